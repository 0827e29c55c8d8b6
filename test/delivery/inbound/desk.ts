import { parseBounceAddress } from '../../../src/config/bounce-settings.js';
import type {
  InboundMail,
  ProviderEvent,
  Received,
} from '../../../src/delivery/inbound/inbound.js';
import { InboundService } from '../../../src/delivery/inbound/receive.js';
import type { MailRef } from '../../../src/delivery/inbound/report-store.js';
import { buildMessageId } from '../../../src/mail/message-id.js';
import { ReturnPaths } from '../../../src/mail/return-path.js';
import type { Store } from '../../../src/store/store.js';
import type { Subscriber } from '../../../src/subscribers/subscriber.js';
import type { MovableClock } from '../../store/clock.js';
import { begin, found, type MailRow, settle, type Table } from '../../store/contract/dialect.js';
import { dsn, type Told } from '../../support/report-mails.js';
import { FROM, mailsIn, makeEdition, planFor, SECRET } from '../harness.js';

export const BOUNCES = 'bounces@example.org';

export const returnPaths = new ReturnPaths(
  {
    bounceAddress: parseBounceAddress(BOUNCES),
    bounceVerp: true,
    readsBounces: true,
    mailFrom: FROM,
  },
  [SECRET],
);

export function inboundOn(store: Store, clock: MovableClock): InboundService {
  const deps = { atomically: store.atomically, returnPaths, secrets: [SECRET] };
  return new InboundService({ ...deps, clock });
}

export function event(changes: Partial<ProviderEvent> & { at: number }): ProviderEvent {
  return {
    ...{ provider: 'postmark', id: 'e1', kind: 'permanent', recipient: 'ada@reader.test' },
    ...{ status: '5.1.1', reply: '550 5.1.1 Gone', messageId: null, feedbackId: null },
    ...changes,
  };
}

let editions = 0;

/** A store, what it sent, and what comes back. */
export class InboundDesk {
  readonly inbound: InboundService;

  constructor(
    readonly store: Store,
    readonly clock: MovableClock,
    readonly file: string,
  ) {
    this.inbound = inboundOn(store, clock);
  }

  /** A reader with these interests of ours: an address alone. */
  async reader(email = 'ada@reader.test'): Promise<Subscriber> {
    return found(await this.store.subscribers.importActive(email, {}, this.clock.now()));
  }

  /** Sends an edition of its own to a reader, and gives the delivery's number. */
  async send(reader: Subscriber, reply = '250 2.0.0 Ok'): Promise<number> {
    const { store, clock } = this;
    const date = new Date(Date.UTC(2026, 2, 2 + editions++)).toISOString().slice(0, 10);
    const edition = await makeEdition(store, { date, count: 1, from: editions });
    await planFor(store, edition, [reader], { dueAt: clock.now() });
    const mail = found((await store.ledger.claim('one', 9))[0]);
    await begin(store.ledger, mail.id, 'one');
    const accepted = { kind: 'accepted', reply } as const;
    const outcome = reply.startsWith('2')
      ? accepted
      : ({ ...accepted, kind: 'refused', of: 'refused' } as const);
    await settle(store.ledger, mail.id, 'one', outcome, null);
    return mail.id;
  }

  /** Hands in a mail that came to these addresses. */
  async receive(
    octets: Uint8Array,
    changes: Partial<InboundMail> = {},
    options: { dryRun?: boolean } = {},
  ): Promise<Received[]> {
    return this.inbound.receive({ octets, via: 'smtp', recipients: [], ...changes }, options);
  }

  /** Hands in a report of a delivery under its own return path. */
  async bounce(id: number, told: Told = {}): Promise<string> {
    const to = returnPaths.build('d', id).from;
    return (await this.receive(dsn({ ...told, to }), { recipients: [to] }))
      .map(({ action }) => action)
      .join();
  }

  messageId({ kind, id }: MailRef): string {
    return buildMessageId(kind, id, { secret: SECRET, domain: 'example.org' });
  }

  state(id: number, table: Table = 'deliveries'): string {
    return found(this.mails(table).find((mail) => mail.id === id)).state;
  }

  mails(table: Table = 'deliveries'): MailRow[] {
    return mailsIn(this.file, table);
  }

  async suppression(email = 'ada@reader.test') {
    return this.store.subscribers.findSuppression(email);
  }
}
