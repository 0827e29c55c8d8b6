/** A refusal, as the brake looks at it. */
export interface Refusal {
  /** Whose mail it is. */
  reader: number;
  domain: string;
  /** Its words without what differs from mail to mail. */
  words: string;
  /** Whether the words are about the sender, whoever the reader is. */
  ofUs: boolean;
  /** Whether they may be those of one reader's own filter all the same. */
  perhapsOfReader?: boolean;
}

/**
 * Whose doing a refusal is, after what happened to others just now.
 * - `reader`: it stands.
 * - `suspect`: it may be about us; the mail waits a little, until others have been tried.
 * - `domain`, `route`: it is about us, there or everywhere.
 */
export type Ruling = 'reader' | 'suspect' | 'domain' | 'route';

/** So many readers in a row with the same refusal are no accident … */
const ENOUGH_READERS = 5;
/** … and the same at so many domains is no domain's doing. */
const ENOUGH_DOMAINS = 2;
/** Words about us need no more than a second opinion. */
const ENOUGH_OF_US = 2;
/** What is further apart is not in a row. */
const ROW_AT_MOST = 24 * 3_600_000;
/** How long a domain that was wrong about us is not believed when it speaks of all. */
const DISCREDITED_FOR = 24 * 3_600_000;
/** Domains, and different words, that are kept in mind. */
const MOST_KEPT = 2_000;

interface Row<Ref> {
  /** When the first of them came, in milliseconds. */
  since: number;
  readers: Set<number>;
  domains: Set<string>;
  refs: Ref[];
}

interface DomainSeen<Ref> {
  /** How many mails it has taken. */
  accepted: number;
  rows: Map<string, Row<Ref>>;
}

/**
 * Notices when refusals are about us and not about those who are refused: the same one again and
 * again with nobody accepted in between, or words about the sender from more than one side. One
 * domain alone can hold up its own mails and nobody else's.
 */
export class RefusalPatterns<Ref> {
  /** Same refusals since a mail was accepted anywhere. */
  readonly #rows = new Map<string, Row<Ref>>();
  readonly #domains = new Map<string, DomainSeen<Ref>>();
  /** Readers whose mails met words about us, and how many mails their domain had taken by then. */
  readonly #suspects = new Map<number, number>();
  /** Readers whose refusals were taken back, and how many mails had been taken by then. */
  readonly #doubted = new Map<number, { everywhere: boolean; accepted: number }>();
  /** Domains whose refusals held all sending though others took mail, and until when they count less. */
  readonly #discredited = new Map<string, number>();
  #accepted = 0;

  /** A mail was accepted: what was refused before it in its domain was not about us. */
  noteAccepted(domain: string): void {
    this.#accepted++;
    this.#rows.clear();
    const seen = this.#seen(domain);
    seen.accepted++;
    seen.rows.clear();
  }

  /** Mails that any server has accepted since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Mails that this domain has accepted since the start. */
  acceptedBy(domain: string): number {
    return this.#domains.get(domain)?.accepted ?? 0;
  }

  /**
   * @param ref what is to be taken back should it turn out to be about us
   * @param now milliseconds of any clock that goes on
   * @returns whose doing it is, and what is to be taken back with it
   */
  rule(refusal: Refusal, ref: Ref, now: number): { ruling: Ruling; takeBack: Ref[] } {
    const { reader, domain, ofUs, perhapsOfReader = false } = refusal;
    const words = ofUs ? 'about us' : refusal.words;
    const seen = this.#seen(domain);
    // Others were taken since: the second time it is believed, or those who are gone would come
    // together again and again.
    if (!ofUs && this.#isConfirmed(reader, seen)) return { ruling: 'reader', takeBack: [] };
    const there = addTo(seen.rows, words, refusal, ref, now);
    const believed = (this.#discredited.get(domain) ?? now) <= now;
    const everywhere = believed ? addTo(this.#rows, words, refusal, ref, now) : newRow<Ref>(now);
    if (!ofUs) return this.#judgeSame(everywhere, there, seen);
    if (everywhere.domains.size >= ENOUGH_DOMAINS) return { ruling: 'route', takeBack: [] };
    const before = this.#suspects.get(reader);
    // Others of the domain were accepted since: it is about this reader.
    if (before !== undefined && seen.accepted > before) {
      this.#suspects.delete(reader);
      return { ruling: 'reader', takeBack: [] };
    }
    // Nobody else of a domain that takes mails hears it: it is this reader's filter.
    const alone = there.readers.size === 1 && seen.accepted > 0;
    if (before !== undefined && alone && perhapsOfReader) return { ruling: 'reader', takeBack: [] };
    keep(this.#suspects, reader, seen.accepted);
    // The first waits until others of the domain have been tried; if there are none, it comes again.
    const first = before === undefined && there.readers.size < ENOUGH_OF_US;
    return { ruling: first ? 'suspect' : 'domain', takeBack: [] };
  }

  /** A hold of all sending that these domains brought about was over as soon as another was asked. */
  discredit(domains: Iterable<string>, now: number): void {
    for (const domain of domains) keep(this.#discredited, domain, now + DISCREDITED_FOR);
  }

  #judgeSame(
    everywhere: Row<Ref>,
    there: Row<Ref>,
    seen: DomainSeen<Ref>,
  ): { ruling: Ruling; takeBack: Ref[] } {
    const ofAll = everywhere.readers.size >= ENOUGH_READERS;
    if (ofAll && everywhere.domains.size >= ENOUGH_DOMAINS) {
      this.#doubt(everywhere, { everywhere: true, accepted: this.#accepted });
      return { ruling: 'route', takeBack: everywhere.refs.splice(0) };
    }
    if (there.readers.size >= ENOUGH_READERS) {
      this.#doubt(there, { everywhere: false, accepted: seen.accepted });
      return { ruling: 'domain', takeBack: there.refs.splice(0) };
    }
    return { ruling: 'reader', takeBack: [] };
  }

  #doubt({ readers }: Row<Ref>, then: { everywhere: boolean; accepted: number }): void {
    for (const reader of readers) keep(this.#doubted, reader, then);
  }

  #isConfirmed(reader: number, seen: DomainSeen<Ref>): boolean {
    const then = this.#doubted.get(reader);
    if (!then) return false;
    return (then.everywhere ? this.#accepted : seen.accepted) > then.accepted;
  }

  #seen(domain: string): DomainSeen<Ref> {
    const seen = this.#domains.get(domain) ?? { accepted: 0, rows: new Map<string, Row<Ref>>() };
    keep(this.#domains, domain, seen);
    return seen;
  }
}

function addTo<Ref>(
  rows: Map<string, Row<Ref>>,
  words: string,
  { reader, domain }: Refusal,
  ref: Ref,
  now: number,
): Row<Ref> {
  const known = rows.get(words);
  const row = known && now - known.since <= ROW_AT_MOST ? known : newRow<Ref>(now);
  if (!row.readers.has(reader) && row.refs.length < MOST_KEPT) row.refs.push(ref);
  row.readers.add(reader);
  row.domains.add(domain);
  keep(rows, words, row);
  return row;
}

function newRow<Ref>(now: number): Row<Ref> {
  return { since: now, readers: new Set(), domains: new Set(), refs: [] };
}

/** Keeps what was used last, so that nobody can fill the memory. */
function keep<K, V>(kept: Map<K, V>, key: K, value: V): void {
  kept.delete(key);
  const [oldest] = kept.keys();
  if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(key, value);
}
