import type { Composer } from '../../src/delivery/compose.js';
import { routeAllOver } from '../../src/delivery/sending/routes.js';
import { Sender, type SenderDeps } from '../../src/delivery/sending/sender.js';
import type { Edition } from '../../src/editions/edition.js';
import { readRefusal } from '../../src/mail/replies/meaning.js';
import { smtpServer } from '../../src/mail/smtp/smtp.js';
import type { SmtpPhases } from '../../src/mail/smtp/smtp-phases.js';
import type { Store } from '../../src/store/store.js';
import type { Subscriber } from '../../src/subscribers/subscriber.js';
import { suppressAfterRefusal } from '../../src/subscribers/suppress-after-refusal.js';
import { FastClock, SECOND } from '../store/clock.js';
import type { MailRow, Table } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import {
  activeSubscriber,
  composer,
  mailsIn,
  makeEdition,
  planFor,
  RETURN_PATHS,
  silent,
  steady,
} from './harness.js';
import { NO_LIMITS } from './no-limits.js';

export interface SenderOptions extends Partial<SenderDeps> {
  port: number;
  connections?: number;
  mailsPerConnection?: number;
  /** Times of the phases, where not those of the RFC. */
  phases?: SmtpPhases;
  /** Changes how the server is spoken to: without TLS unless said otherwise. */
  server?: Parameters<typeof smtpServer>[0];
  auth?: { user: string; pass: string };
}

export interface RunOptions extends SenderOptions {
  signal?: AbortSignal;
  /** Seconds without a mail after which the run ends, though some may be left. */
  patience?: number;
}

let workers = 0;

/** A store with an edition and readers, and senders that work on it by a clock that leaps. */
export class Post {
  readonly store: Store;
  readonly clock: FastClock;
  readonly #opened: { close(): unknown }[] = [];

  constructor(
    readonly temp: TempStore<FastClock>,
    readonly composer: Composer,
    readonly edition: Edition,
  ) {
    this.store = temp.store;
    this.clock = temp.clock;
  }

  static async open(): Promise<Post> {
    const temp = await tempStore(new FastClock());
    return new Post(temp, await composer(temp.store), await makeEdition(temp.store));
  }

  /** Closes it with the store, before that, the last one first. */
  opened<T extends { close(): unknown }>(thing: T): T {
    this.#opened.push(thing);
    return thing;
  }

  async close(): Promise<void> {
    for (const thing of this.#opened.reverse()) await thing.close();
    await this.temp.close();
  }

  /** Makes readers `reader1@…` and so on, each with a delivery that is due. */
  async plan(count: number): Promise<Subscriber[]> {
    return this.planTo(Array.from({ length: count }, (_, n) => `reader${n + 1}@reader.example`));
  }

  /** Makes readers of these addresses, each with a delivery that is due. */
  async planTo(addresses: readonly string[]): Promise<Subscriber[]> {
    const readers: Subscriber[] = [];
    for (const address of addresses) readers.push(await activeSubscriber(this.store, address));
    await planFor(this.store, this.edition, readers, { dueAt: this.clock.now() });
    return readers;
  }

  sender(options: SenderOptions): Sender {
    const { port, auth, server: speech, phases, ...others } = options;
    const { connections = 1, mailsPerConnection = 100, ...changes } = others;
    const smtp = { host: '127.0.0.1', port, secure: false, ignoreTLS: true, ...speech };
    const server = smtpServer({ ...smtp, ...(auth && { auth }) }, 'papers.example.org', phases);
    const limits = { connections, mailsPerConnection, rate: null, dailyCap: null };
    return new Sender({
      notices: this.store.notices,
      deliveries: this.store.ledger,
      throttleStore: this.store.throttleStore,
      mailCounts: this.store.mailCounts,
      noticeBudgets: this.store.noticeBudgets,
      limits: NO_LIMITS,
      composer: this.composer,
      holds: this.store.holds,
      routes: [{ name: 'smtp', server, ...limits }],
      routing: routeAllOver(['smtp']),
      suppress: (refusal) =>
        this.store.atomically(({ subscribers }) =>
          suppressAfterRefusal({ subscribers, readRefusal, clock: this.clock }, refusal),
        ),
      returnPaths: RETURN_PATHS,
      worker: `worker ${++workers}`,
      clock: this.clock,
      random: steady,
      logger: silent,
      ...changes,
    });
  }

  /** Sends until nothing is left that will come up, or patience ends. */
  async run({ signal, patience = 3_600, ...options }: RunOptions): Promise<Sender> {
    const sender = this.sender(options);
    await sender.run(signal ?? new AbortController().signal, async (idleFor) => {
      if (idleFor > patience * SECOND) return true;
      return [...this.mails('deliveries'), ...this.mails('notices')].every((mail) => mail.ended_at);
    });
    return sender;
  }

  mails(table: Table = 'deliveries'): MailRow[] {
    return mailsIn(this.temp.file, table);
  }
}

/** A promise, and what fulfils it. */
export function gate(): { passed: Promise<void>; open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
