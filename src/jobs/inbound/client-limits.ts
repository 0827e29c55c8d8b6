import ipaddr from 'ipaddr.js';
import type { Clock } from '../../base/clock.js';

/** What one client may do. A client is an IPv4 address, or the network that an IPv6 address is in. */
export interface ClientRates {
  /** Connections at the same time. */
  connections: number;
  /** Mails within a minute. */
  mails: number;
  /** Recipients within a minute that are not ours. */
  unknown: number;
}

const MINUTE = 60_000;
/** Whoever has a line at home has a network of this size, and all addresses in it. */
const HOME_NETWORK = 64;
/** Clients that are remembered; more are only seen when somebody wants to fill the memory. */
const MOST_CLIENTS = 10_000;

interface Seen {
  open: number;
  /** When the minute began that is counted. */
  since: number;
  mails: number;
  unknown: number;
}

/** Counts what each client does, so that none of them takes the place of all others. */
export class ClientLimits {
  readonly #rates: ClientRates;
  readonly #clock: Clock;
  readonly #isFront: (address: string) => boolean;
  readonly #clients = new Map<string, Seen>();

  /** @param isFront who passes on what others send, so that no limit of one client holds for it */
  constructor(
    rates: ClientRates,
    { clock, isFront }: { clock: Clock; isFront(address: string): boolean },
  ) {
    this.#rates = rates;
    this.#clock = clock;
    this.#isFront = isFront;
  }

  /** Notes a connection, unless the client has too many or asked for too many unknown recipients. */
  open(address: string): boolean {
    if (this.#isFront(address)) return true;
    const seen = this.#find(address);
    if (seen.open >= this.#rates.connections || seen.unknown >= this.#rates.unknown) return false;
    seen.open += 1;
    return true;
  }

  close(address: string): void {
    if (!this.#isFront(address)) this.#find(address).open -= 1;
  }

  /** Notes a mail that begins; `false`: it is one too many in this minute. */
  mail(address: string): boolean {
    if (this.#isFront(address)) return true;
    const seen = this.#find(address);
    if (seen.mails >= this.#rates.mails) return false;
    seen.mails += 1;
    return true;
  }

  /** Notes a recipient that is not ours; `false`: the client is guessing. */
  unknown(address: string): boolean {
    if (this.#isFront(address)) return true;
    const seen = this.#find(address);
    seen.unknown += 1;
    return seen.unknown < this.#rates.unknown;
  }

  #find(address: string): Seen {
    const key = toNetwork(address);
    const now = this.#clock.steady();
    const known = this.#clients.get(key);
    if (known === undefined) {
      if (this.#clients.size >= MOST_CLIENTS) this.#forget(now);
      const seen: Seen = { open: 0, since: now, mails: 0, unknown: 0 };
      this.#clients.set(key, seen);
      return seen;
    }
    if (now - known.since >= MINUTE) Object.assign(known, { since: now, mails: 0, unknown: 0 });
    return known;
  }

  /** Those who are gone; if they all came within this minute, the counts of all who are gone. */
  #forget(now: number): void {
    const gone = [...this.#clients].filter(([, { open }]) => open === 0);
    const old = gone.filter(([, { since }]) => now - since >= MINUTE);
    for (const [key] of old.length > 0 ? old : gone) this.#clients.delete(key);
  }
}

function toNetwork(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const ip = ipaddr.process(address);
  if (ip.kind() === 'ipv4') return ip.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${ip.toString()}/${HOME_NETWORK}`).toString();
}
