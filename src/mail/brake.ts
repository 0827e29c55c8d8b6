/** A refusal, as the brake looks at it. */
export interface Refusal {
  /** Whose mail it is. */
  reader: number;
  domain: string;
  /** Its words without what differs from mail to mail. */
  words: string;
  /** Whether the words are about the sender, whoever the reader is. */
  ofUs: boolean;
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
/** … nor so many, however many mails were taken before. */
const MOST_READERS = 20;
/** Words about us need no more than a second opinion. */
const ENOUGH_OF_US = 2;
/** Domains, and different words, that are kept in mind. */
const MOST_KEPT = 2_000;

interface Row<Ref> {
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
export class Brake<Ref> {
  /** Same refusals since a mail was accepted anywhere. */
  readonly #rows = new Map<string, Row<Ref>>();
  readonly #domains = new Map<string, DomainSeen<Ref>>();
  /** Readers whose mails met words about us, and how many mails their domain had taken by then. */
  readonly #suspects = new Map<number, number>();
  #accepted = 0;

  /** A mail was accepted: what was refused before it in its domain was not about us. */
  accept(domain: string): void {
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
   * @returns whose doing it is, and what is to be taken back with it
   */
  refuse(refusal: Refusal, ref: Ref): { ruling: Ruling; takeBack: Ref[] } {
    const { reader, domain, ofUs } = refusal;
    const words = ofUs ? 'about us' : refusal.words;
    const seen = this.#seen(domain);
    const everywhere = addTo(this.#rows, words, refusal, ref);
    const there = addTo(seen.rows, words, refusal, ref);
    if (!ofUs) {
      return judgeSame(everywhere, there, enoughAfter(this.#accepted), enoughAfter(seen.accepted));
    }
    if (everywhere.domains.size >= ENOUGH_DOMAINS) return { ruling: 'route', takeBack: [] };
    const before = this.#suspects.get(reader);
    // Others of the domain were accepted since: it is about this reader.
    if (before !== undefined && seen.accepted > before) {
      this.#suspects.delete(reader);
      return { ruling: 'reader', takeBack: [] };
    }
    keep(this.#suspects, reader, seen.accepted);
    // The first waits until others of the domain have been tried; if there are none, it comes again.
    const first = before === undefined && there.readers.size < ENOUGH_OF_US;
    return { ruling: first ? 'suspect' : 'domain', takeBack: [] };
  }

  #seen(domain: string): DomainSeen<Ref> {
    const known = this.#domains.get(domain);
    if (known) return known;
    const seen = { accepted: 0, rows: new Map<string, Row<Ref>>() };
    keep(this.#domains, domain, seen);
    return seen;
  }
}

/** Who has just taken mails knows its readers: of an old list many may be gone. */
function enoughAfter(accepted: number): number {
  return Math.min(ENOUGH_READERS + accepted, MOST_READERS);
}

function judgeSame<Ref>(
  everywhere: Row<Ref>,
  there: Row<Ref>,
  enough: number,
  enoughThere: number,
): { ruling: Ruling; takeBack: Ref[] } {
  if (everywhere.readers.size >= enough && everywhere.domains.size >= ENOUGH_DOMAINS) {
    return { ruling: 'route', takeBack: everywhere.refs.splice(0) };
  }
  // Of one domain alone, the first is enough of a sign only together with the others.
  if (there.readers.size >= enoughThere) {
    return { ruling: 'domain', takeBack: there.refs.splice(0) };
  }
  return { ruling: 'reader', takeBack: [] };
}

function addTo<Ref>(
  rows: Map<string, Row<Ref>>,
  words: string,
  { reader, domain }: Refusal,
  ref: Ref,
): Row<Ref> {
  const row = rows.get(words) ?? { readers: new Set(), domains: new Set(), refs: [] };
  if (!row.readers.has(reader) && row.refs.length < MOST_KEPT) row.refs.push(ref);
  row.readers.add(reader);
  row.domains.add(domain);
  keep(rows, words, row);
  return row;
}

/** Keeps the newest, so that nobody can fill the memory. */
function keep<K, V>(kept: Map<K, V>, key: K, value: V): void {
  const [oldest] = kept.keys();
  if (!kept.has(key) && kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(key, value);
}
