import { PaperboyError, toErrorMessage } from '../../base/errors.js';
import type { ClaimedDelivery } from '../../delivery/delivery.js';
import {
  findRoutes,
  inboxRoute,
  type Route,
  type Routing,
  routeAllOver,
} from '../../delivery/sending/routes.js';
import type { FullEdition } from '../../editions/edition.js';
import type { EditionStore } from '../../editions/edition-store.js';
import { type Selection, Selector } from '../../interests/selection.js';
import { toDomain, toEhloName } from '../../mail/host-names.js';
import type { Message } from '../../mail/mime.js';
import { withoutSecrets } from '../../mail/replies/secrets.js';
import { smtpServer } from '../../mail/smtp/smtp.js';
import type { SmtpResult } from '../../mail/smtp/smtp-result.js';
import { samplePapers } from '../../sources/sample/sample.js';
import { DEFAULT_PREFERENCES } from '../../subscribers/preferences.js';
import type { SubscriberStore } from '../../subscribers/subscriber-store.js';

/** What the settings say of a test digest. */
export interface TestSettings {
  readonly publicUrl: string;
  /** None: mail goes to the embedded inbox. */
  readonly routes: readonly Route[];
  readonly routing: Routing;
  readonly smtpConnections: number;
}

/** Composes a digest from what is given to it instead of from the store. */
export type OpenTestComposer = (from: {
  editions: Pick<EditionStore, 'byId' | 'withPapers'>;
  ledger: { selection(id: number): Promise<Selection> };
}) => Promise<{ delivery(delivery: ClaimedDelivery): Promise<Message> }>;

interface TestDeps {
  editions: Pick<EditionStore, 'newest' | 'withPapers'>;
  subscribers: Pick<SubscriberStore, 'findSuppression'>;
  openComposer: OpenTestComposer;
  /** The sender in the envelope. */
  envelopeFrom: string;
  clock: { now(): number };
}

/** What became of a test digest. */
export interface TestReport {
  to: string;
  envelopeFrom: string;
  route: string;
  server: string;
  accepted: boolean;
  /** The server's own words, or why there are none. */
  reply: string;
  edition: string;
  messageId: string;
  bytes: number;
  /** DKIM signatures of ours. */
  signatures: number;
}

/** Milliseconds for connecting, greeting and login. */
const LIMIT = 60_000;

/**
 * Sends a real digest to one address, over the route that its domain takes, past the ledger and all
 * limits. Nothing is written, and its links lead to no reader.
 * @throws PaperboyError `suppressed` where the address must not be mailed
 */
export async function sendTest(
  settings: TestSettings,
  deps: TestDeps,
  to: string,
): Promise<TestReport> {
  const { clock, envelopeFrom, openComposer } = deps;
  if ((await deps.subscribers.findSuppression(to)) !== null) {
    throw new PaperboyError('suppressed', `${to} is suppressed, so it gets no mail.`);
  }
  const edition = await loadTestEdition(deps);
  const selection = new Selector(edition).select(DEFAULT_PREFERENCES);
  const composer = await openComposer({
    editions: { byId: async () => edition, withPapers: async () => edition },
    ledger: { selection: async () => selection },
  });
  const message = await composer.delivery(toDelivery(to, edition, clock.now()));
  const route = findTestRoute(settings, toDomain(to));
  const server = smtpServer(route.smtp, toEhloName(settings.publicUrl));
  const answer = await send(server, { from: envelopeFrom, to }, message);
  const header = message[0].toString('latin1');
  return {
    ...{ to, envelopeFrom, route: route.name, server: server.name },
    ...{ accepted: answer.accepted, reply: withoutSecrets(answer.reply, route.smtp) },
    edition: edition.date,
    messageId: /^Message-ID: (\S+)/im.exec(header)?.[1] ?? '',
    bytes: message.reduce((sum, { length }) => sum + length, 0),
    signatures: header.match(/^DKIM-Signature:/gim)?.length ?? 0,
  };
}

/** The newest edition, or else the sample. */
async function loadTestEdition({ editions, clock }: TestDeps): Promise<FullEdition> {
  const newest = await editions.newest();
  if (newest !== null && newest.count > 0) return editions.withPapers(newest);
  const { date, papers } = samplePapers();
  const now = clock.now();
  return {
    ...{ id: 0, kind: 'sample', date, state: 'frozen', pickedAt: now, frozenAt: now, sendAt: null },
    ...{ count: papers.length, note: null, changedAt: now, papers },
  };
}

/** Ids begin with 1, so that none is anybody's; each test has a Message-ID of its own. */
function toDelivery(email: string, edition: FullEdition, now: number): ClaimedDelivery {
  return {
    ...{ id: now, subscriberId: 0, email, attempts: 0, lostConnections: 0, boundTo: null },
    ...{ dueAt: now, datedAt: now, expiresAt: now + LIMIT },
    ...{ editionId: edition.id, selectionId: 0, first: null, links: 0, signedBy: null },
    language: null,
  };
}

function findTestRoute({ routes, routing, smtpConnections }: TestSettings, domain: string): Route {
  const inbox = inboxRoute(smtpConnections);
  const all = routes.length > 0 ? routes : [inbox];
  const [first] = findRoutes(routes.length > 0 ? routing : routeAllOver([inbox.name]), domain);
  return all.find(({ name }) => name === first) ?? all[0] ?? inbox;
}

interface Answer {
  accepted: boolean;
  reply: string;
}

async function send(
  server: ReturnType<typeof smtpServer>,
  envelope: { from: string; to: string },
  message: Message,
): Promise<Answer> {
  try {
    const session = await server.open(AbortSignal.timeout(LIMIT));
    try {
      return toAnswer(await session.send(envelope, message));
    } finally {
      session.close();
    }
  } catch (error) {
    return { accepted: false, reply: toErrorMessage(error) };
  }
}

function toAnswer(result: SmtpResult): Answer {
  if (result.kind === 'accepted') return { accepted: true, reply: result.reply };
  const reply = result.kind === 'replied' ? result.reply.text : result.reason;
  return { accepted: false, reply };
}
