/** Why sending is held: whose words they are, and what is to be mended. */
const HOLD_CODES = [
  'login',
  'relaying',
  'sender',
  'helo',
  'quota',
  'sandbox',
  'reputation',
  'authentication',
  'policy',
  'size',
  'tls',
  // The same refusal again and again, with nobody accepted in between.
  'same-refusal',
] as const;
export type HoldCode = (typeof HOLD_CODES)[number];

/**
 * The server speaks of us: a route, or one domain on it, gets no mails until a probe is accepted.
 * Milliseconds by the store's clock.
 */
export interface Hold {
  route: string;
  /** '' for all domains. */
  domain: string;
  code: HoldCode;
  /** The server's own words. */
  reply: string;
  since: number;
  /** When the next probe may be sent. */
  nextAt: number;
  /** Probes that were sent. */
  probes: number;
}

/** Holds are kept in the store: all processes keep to them, and a restart ends none. */
export interface Holds {
  /**
   * Begins a hold, or notes the newest words of one that is there.
   * @param wait milliseconds until its first probe
   * @returns whether it is new
   */
  hold(hold: Pick<Hold, 'route' | 'domain' | 'code' | 'reply'>, wait: number): Promise<boolean>;
  /**
   * Takes the probe of a hold, if nobody else was quicker.
   * @param probes how many had been sent, by what was seen of the hold
   * @param wait milliseconds until the one after it
   */
  takeProbe(hold: Pick<Hold, 'route' | 'domain' | 'probes'>, wait: number): Promise<boolean>;
  /** Ends a hold; what came of it stays known, since held time does not count. */
  lift(route: string, domain: string): Promise<void>;
  /** Changes the times of refused logins in one conditional write; `null` leaves them. */
  changeLogins(
    route: string,
    step: (times: readonly number[], now: number) => readonly number[] | null,
  ): Promise<boolean>;
}

const FIRST_WAIT = 60_000;
/** No probe comes later after the one before it, in milliseconds. */
export const LONGEST_PROBE_WAIT = 30 * 60_000;

/** Milliseconds from one probe to the next: 1, 2, 4 … 30 minutes. */
export function toProbeWait(probes: number): number {
  return Math.min(FIRST_WAIT * 2 ** probes, LONGEST_PROBE_WAIT);
}

/** Held time makes nothing too late before so long after a mail was due. */
export const HELD_AT_MOST = 72 * 3_600_000;

/** Refused logins in so many milliseconds before a server takes us for somebody who guesses. */
const LOGINS = { most: 5, within: 10 * 60_000 } as const;

/** The times of logins with one more, or `null` where there were enough lately. */
export function addLogin(times: readonly number[], now: number): number[] | null {
  const lately = times.filter((at) => at > now - LOGINS.within && at <= now);
  return lately.length < LOGINS.most ? [...lately, now] : null;
}
