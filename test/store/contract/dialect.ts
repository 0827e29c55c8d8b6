import { afterEach, expect } from 'vitest';
import type { Clock } from '../../../src/base/clock.js';
import type { ClaimedMail, DeliveryState } from '../../../src/delivery/delivery.js';
import type { Begun, Outbox } from '../../../src/delivery/ledger.js';
import type { Outcome } from '../../../src/delivery/outcome.js';
import type { Audience, PlanningLedger } from '../../../src/delivery/planning/planning-ledger.js';
import type { Edition } from '../../../src/editions/edition.js';
import { parseArxivId } from '../../../src/papers/identity.js';
import type { RatedPaper } from '../../../src/papers/paper.js';
import type { Store } from '../../../src/store/store.js';
import type { Cadence, Preferences } from '../../../src/subscribers/preferences.js';
import type { Subscriber } from '../../../src/subscribers/subscriber.js';
import { HOUR, MovableClock } from '../clock.js';

export const TABLES = ['deliveries', 'notices'] as const;
export type Table = (typeof TABLES)[number];

/** The id of the selection of these papers, for no reasons. */
export async function idOfSelection(
  ledger: Pick<PlanningLedger, 'selectionIds'>,
  editionId: number,
  papers: readonly string[],
): Promise<number> {
  return found((await ledger.selectionIds(editionId, [{ papers, reasons: [] }]))[0]);
}

/** How long a mail of each outbox is tried. */
export const LIFETIME: Record<Table, number> = { deliveries: 24 * HOUR, notices: 48 * HOUR };

/** A mail as it lies in its table. */
export interface MailRow {
  signed_by: string | null;
  id: number;
  subscriber_id: number;
  state: DeliveryState;
  reply: string | null;
  attempts: number;
  lost_replies: number;
  lost_connections: number;
  route: string | null;
  worker: string | null;
  lease_until: number | null;
  due_at: number;
  next_at: number;
  expires_at: number;
  ended_at: number | null;
  dated_at: number | null;
  language: string | null;
  /** Of deliveries only. */
  set_aside?: string | null;
  selection_id?: number;
}

/** What a kind of database brings along to be put through the contract. */
export interface Dialect {
  /** Opens the database of that name, which is made empty when it is opened first. */
  openStore(database: string, clock: Clock, keyMarks?: readonly string[]): Promise<Store>;
  /** Removes the database of that name, which nobody has open any more. */
  discard(database: string): Promise<void>;
  /** Writes into it past the program. */
  execute(database: string, sql: string): Promise<void>;
  /** The rows of an outbox in the order of their ids. */
  mails(database: string, table: Table): Promise<MailRow[]>;
  /**
   * Lets so many workers, each with a handle of its own, claim mails few by few until none is
   * left, all in the same moment, which is `START`.
   * @returns which mails each of them got.
   */
  claimAtOnce(database: string, table: Table, workers: number): Promise<number[][]>;
}

let databases = 0;

/** Gives each test worlds of its own and tidies up behind it. */
export function worlds(dialect: Dialect): () => Promise<World> {
  const open: World[] = [];
  afterEach(async () => {
    for (const world of open.splice(0)) await world.close();
  });
  return async () => {
    const clock = new MovableClock();
    const database = `contract-${++databases}`;
    const store = await dialect.openStore(database, clock);
    const world = new World(dialect, database, clock, store);
    open.push(world);
    return world;
  };
}

/** An empty database, its clock, and short ways to put into it what tests need. */
export class World {
  readonly #handles: Store[];
  #subscribers = 0;

  constructor(
    readonly dialect: Dialect,
    readonly database: string,
    readonly clock: MovableClock,
    readonly store: Store,
  ) {
    this.#handles = [store];
  }

  async close(): Promise<void> {
    for (const handle of this.#handles) await handle.close();
    await this.dialect.discard(this.database);
  }

  /** One more handle to the same database, as another process has it. */
  async handle(keyMarks?: readonly string[]): Promise<Store> {
    const handle = await this.dialect.openStore(this.database, this.clock, keyMarks);
    this.#handles.push(handle);
    return handle;
  }

  execute(sql: string): Promise<void> {
    return this.dialect.execute(this.database, sql);
  }

  async subscriber(preferences: Partial<Preferences> = {}): Promise<Subscriber> {
    const email = `reader${++this.#subscribers}@example.org`;
    return found(await this.store.subscribers.importActive(email, preferences, this.clock.now()));
  }

  async subscribers(count: number): Promise<Subscriber[]> {
    const made: Subscriber[] = [];
    for (let index = 0; index < count; index++) made.push(await this.subscriber());
    return made;
  }

  async edition(date = '2026-03-02', papers = [paper('2603.00001')]): Promise<Edition> {
    return found(await this.store.editions.saveDraft('daily', date, papers, this.clock.now()));
  }

  /** Plans a delivery to each of the subscribers. */
  async plan(
    edition: Edition,
    subscribers: readonly Subscriber[],
    { dueAt = this.clock.now(), first = null }: { dueAt?: number; first?: Cadence | null } = {},
  ): Promise<number> {
    const { ledger } = this.store;
    const selectionId = await idOfSelection(ledger, edition.id, ['2603.00001']);
    return ledger.plan(
      edition.id,
      subscribers.map(({ id }) => ({
        subscriberId: id,
        selectionId,
        first,
        language: 'en',
        dueAt,
      })),
    );
  }

  /** Puts one mail for an active subscriber into an outbox. */
  async mail(table: Table, reader?: Subscriber): Promise<{ id: number; reader: Subscriber }> {
    const subscriber = reader ?? (await this.subscriber());
    if (table === 'deliveries') {
      await this.plan(await this.edition(), [subscriber]);
    } else {
      const cause = 'reader';
      const notice = { kind: 'preferences', cause, subscriberId: subscriber.id } as const;
      const createdAt = this.clock.now();
      const limit = { max: 100, maxConfirmations: 100, since: 0 };
      await this.store.notices.enqueue({ ...notice, round: 1, createdAt, language: 'en' }, limit);
    }
    const row = (await this.mails(table)).filter((mail) => mail.subscriber_id === subscriber.id);
    return { id: found(row.at(-1)).id, reader: subscriber };
  }

  box(table: Table, store: Store = this.store): Outbox<ClaimedMail> {
    return table === 'deliveries' ? store.ledger : store.notices;
  }

  mails(table: Table): Promise<MailRow[]> {
    return this.dialect.mails(this.database, table);
  }

  async row(table: Table, id: number): Promise<MailRow> {
    return found((await this.mails(table)).find((mail) => mail.id === id));
  }

  /** Takes a mail as far as `sending`, by the worker of that name. */
  async send(table: Table, id: number, worker: string): Promise<void> {
    await this.box(table).claim(worker, 100);
    const begun = await begin(this.box(table), id, worker);
    if (begun !== 'sending') throw new Error(`The mail ${id} is ${begun}.`);
  }
}

/** An edition for all who do not want weekly digests and have had nothing like it. */
export function audience({ id }: Edition, changes: Partial<Audience> = {}): Audience {
  return {
    editionId: id,
    weekly: false,
    sharing: [],
    insteadOf: [],
    defaultLanguage: 'en',
    ...changes,
  };
}

/** Ends a planned delivery as skipped for the reason that `change` makes. */
export async function skip(
  w: World,
  reader: Subscriber,
  change: () => Promise<unknown>,
): Promise<void> {
  const { ledger } = w.store;
  const claimed = await ledger.claim('worker', 100);
  await change();
  const mine = found(claimed.find(({ subscriberId }) => subscriberId === reader.id));
  expect(await begin(ledger, mine.id, 'worker')).toBe('ineligible');
}

/** Begins sending one mail, as a connection does; `again`: over a fresh one. */
export async function begin(
  box: Pick<Outbox<ClaimedMail>, 'advance'>,
  id: number,
  worker: string,
  { route = 'smtp', again = false } = {},
): Promise<Begun | undefined> {
  return (await box.advance(worker, { results: [], begin: [{ id, route, again }] })).get(id);
}

/** Ends one attempt, as a connection does. */
export async function settle(
  box: Pick<Outbox<ClaimedMail>, 'advance'>,
  id: number,
  worker: string,
  outcome: Outcome,
  retryIn: number | null,
): Promise<void> {
  await box.advance(worker, { results: [{ id, outcome, retryIn }], begin: [] });
}

/** When the next of these mails comes up, or its lease runs out; `null` when none is open. */
export function nextAt(mails: readonly MailRow[]): number | null {
  const open = mails.filter((mail) => mail.ended_at === null);
  return open.length === 0
    ? null
    : Math.min(...open.map(({ lease_until, next_at }) => lease_until ?? next_at));
}

/** What is there; a test that lacks it has failed. */
export function found<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('Nothing is there.');
  return value;
}

export function paper(id: string, changes: Partial<RatedPaper> = {}): RatedPaper {
  return {
    id,
    arxivId: parseArxivId(id)?.id ?? null,
    doi: null,
    title: `On the paper ${id}`,
    abstract: `The abstract of ${id}.`,
    summary: null,
    authors: ['Ada Lovelace'],
    organisation: null,
    publishedOn: null,
    url: `https://huggingface.co/papers/${id}`,
    pdfUrl: `https://arxiv.org/pdf/${id}`,
    codeUrl: null,
    projectUrl: null,
    keywords: [],
    categories: [],
    withdrawn: false,
    signal: { upvotes: 1, comments: 0, codeStars: null },
    ...changes,
  };
}
