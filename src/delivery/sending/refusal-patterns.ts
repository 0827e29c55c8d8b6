/** A refusal to be compared with others. */
export interface Refusal {
  /** The subscriber's id. */
  reader: number;
  domain: string;
  /** The reply without the parts that differ between readers (`maskReply`). */
  words: string;
  /** Whether the words are about us and not about the reader. */
  ofUs: boolean;
  /** Whether such words may also come from the filter of one reader. */
  perhapsOfReader?: boolean;
}

/**
 * What a refusal is about, by what happened to other readers just before.
 * - `reader`: the refusal stands.
 * - `suspect`: it may be about us; the mail waits a little until others have been tried.
 * - `domain`, `route`: it is about us, at this domain or over the whole route.
 */
export type Ruling = 'reader' | 'suspect' | 'domain' | 'route';

/** Readers in a row with the same refusal from which on it is about us. */
const ENOUGH_READERS = 5;
/** Domains in the same row from which on it is about the whole route. */
const ENOUGH_DOMAINS = 2;
/** Refusals with words about us from which on they are believed. */
const ENOUGH_OF_US = 2;
/** Milliseconds within which refusals are in one row. */
const ROW_AT_MOST = 24 * 3_600_000;
/** Milliseconds for which a domain that was wrong about us can't hold the whole route. */
const DISCREDITED_FOR = 24 * 3_600_000;
/** Domains, readers and different words that are kept. */
const MOST_KEPT = 2_000;

interface Row<Ref> {
  /** When the first refusal came, in milliseconds. */
  since: number;
  readers: Set<number>;
  domains: Set<string>;
  refs: Ref[];
}

interface DomainSeen<Ref> {
  /** How many mails it has accepted. */
  accepted: number;
  rows: Map<string, Row<Ref>>;
}

/**
 * Notices when refusals are about us and not about their readers: several readers in a row get the same
 * refusal with nobody accepted in between, or words about us come from several sides. A single domain
 * can hold its own mails only.
 */
export class RefusalPatterns<Ref> {
  /** Rows of refusals since a mail was accepted anywhere, by their words. */
  readonly #rows = new Map<string, Row<Ref>>();
  readonly #domains = new Map<string, DomainSeen<Ref>>();
  /** Readers that got words about us, and how many mails their domain had accepted by then. */
  readonly #suspects = new Map<number, number>();
  /** Readers whose refusals were taken back, and how many mails had been accepted by then. */
  readonly #takenBack = new Map<number, { everywhere: boolean; accepted: number }>();
  /** Domains that held the route though other domains accepted mail, and until when they can't again. */
  readonly #discredited = new Map<string, number>();
  #accepted = 0;

  /** A mail was accepted, so earlier refusals of its domain were not about us. */
  noteAccepted(domain: string): void {
    this.#accepted++;
    this.#rows.clear();
    const seen = this.#seen(domain);
    seen.accepted++;
    seen.rows.clear();
  }

  /**
   * Decides what a refusal is about.
   * @param ref stands for the refusal in `takeBack`
   * @param now milliseconds of a monotonic clock
   * @returns the ruling, and the earlier refusals to take back
   */
  rule(refusal: Refusal, ref: Ref, now: number): { ruling: Ruling; takeBack: Ref[] } {
    const { reader, domain, ofUs, perhapsOfReader = false } = refusal;
    const words = ofUs ? 'about us' : refusal.words;
    const seen = this.#seen(domain);
    // Its first refusal was taken back and others were accepted since, so the second one stands.
    // Otherwise readers who are gone would hold the domain again and again.
    if (!ofUs && this.#isConfirmed(reader, seen)) return { ruling: 'reader', takeBack: [] };
    const there = addTo(seen.rows, words, refusal, ref, now);
    const believed = (this.#discredited.get(domain) ?? now) <= now;
    const everywhere = believed ? addTo(this.#rows, words, refusal, ref, now) : newRow<Ref>(now);
    if (!ofUs) return this.#ruleSame(everywhere, there, seen);
    if (everywhere.domains.size >= ENOUGH_DOMAINS) return { ruling: 'route', takeBack: [] };
    const before = this.#suspects.get(reader);
    // Other mails to the domain were accepted since, so it is about this reader.
    if (before !== undefined && seen.accepted > before) {
      this.#suspects.delete(reader);
      return { ruling: 'reader', takeBack: [] };
    }
    // No other reader of a domain that accepts mails gets it, so it is this reader's filter.
    const alone = there.readers.size === 1 && seen.accepted > 0;
    if (before !== undefined && alone && perhapsOfReader) return { ruling: 'reader', takeBack: [] };
    keep(this.#suspects, reader, seen.accepted);
    // The first one waits until other mails to the domain were tried. If there are none, it is
    // attempted again.
    const first = before === undefined && there.readers.size < ENOUGH_OF_US;
    return { ruling: first ? 'suspect' : 'domain', takeBack: [] };
  }

  /** These domains held the route, but a probe to another domain was accepted. */
  discredit(domains: Iterable<string>, now: number): void {
    for (const domain of domains) keep(this.#discredited, domain, now + DISCREDITED_FOR);
  }

  #ruleSame(
    everywhere: Row<Ref>,
    there: Row<Ref>,
    seen: DomainSeen<Ref>,
  ): { ruling: Ruling; takeBack: Ref[] } {
    const ofAll = everywhere.readers.size >= ENOUGH_READERS;
    if (ofAll && everywhere.domains.size >= ENOUGH_DOMAINS) {
      this.#noteTakenBack(everywhere, { everywhere: true, accepted: this.#accepted });
      return { ruling: 'route', takeBack: everywhere.refs.splice(0) };
    }
    if (there.readers.size >= ENOUGH_READERS) {
      this.#noteTakenBack(there, { everywhere: false, accepted: seen.accepted });
      return { ruling: 'domain', takeBack: there.refs.splice(0) };
    }
    return { ruling: 'reader', takeBack: [] };
  }

  #noteTakenBack({ readers }: Row<Ref>, then: { everywhere: boolean; accepted: number }): void {
    for (const reader of readers) keep(this.#takenBack, reader, then);
  }

  #isConfirmed(reader: number, seen: DomainSeen<Ref>): boolean {
    const then = this.#takenBack.get(reader);
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

/** Keeps the entries that were used last, so that memory is bounded. */
function keep<K, V>(kept: Map<K, V>, key: K, value: V): void {
  kept.delete(key);
  const [oldest] = kept.keys();
  if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(key, value);
}
