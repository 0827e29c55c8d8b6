import SQLite from 'better-sqlite3';
import { createLogger } from '../../src/base/logger.js';
import type { Random } from '../../src/base/random.js';
import { type ComposeDeps, Composer } from '../../src/delivery/compose.js';
import type { ClaimedDelivery, ClaimedNotice } from '../../src/delivery/delivery.js';
import { compileTemplates, type MailTemplates } from '../../src/digest/templates.js';
import type { Edition } from '../../src/editions/edition.js';
import { findStale } from '../../src/editions/freeze.js';
import { ReturnPaths } from '../../src/mail/return-path.js';
import type { Store } from '../../src/store/store.js';
import type { Cadence, Preferences } from '../../src/subscribers/preferences.js';
import type { Subscriber } from '../../src/subscribers/subscriber.js';
import { createTokens } from '../../src/subscribers/tokens.js';
import { TEMPLATES } from '../../src/views/liquid.js';
import {
  found,
  idOfSelection,
  type MailRow,
  paper,
  type Table,
} from '../store/contract/dialect.js';
import { catalogues, plainSite } from '../support/words.js';

export const PUBLIC_URL = 'https://papers.example.org';
export const SECRET = 'a secret of the operator, long enough to keep';
export const FROM = { name: 'Daily Papers', address: 'papers@example.org' };
/** Mails come back to `FROM`, which has no key in it. */
export const RETURN_PATHS = new ReturnPaths(
  { bounceAddress: null, readsBounces: false, bounceVerp: true, mailFrom: FROM },
  [SECRET],
);
export const silent = createLogger('silent');

/** Chance without surprises: every jitter is in the middle. */
export const steady: Random = { bytes: (size) => Buffer.alloc(size, 7), fraction: () => 0.5 };

let compiled: Promise<MailTemplates> | undefined;

/** The program's own templates, compiled once. */
export function templates(): Promise<MailTemplates> {
  compiled ??= compileTemplates(TEMPLATES);
  return compiled;
}

export async function composer(
  store: Store,
  changes: Partial<ComposeDeps> = {},
  Kind: new (deps: ComposeDeps) => Composer = Composer,
): Promise<Composer> {
  return new Kind({
    templates: await templates(),
    site: plainSite({ publicUrl: PUBLIC_URL }),
    catalogues,
    editions: store.editions,
    ledger: store.ledger,
    pictures: store.pictures,
    tokens: createTokens(SECRET),
    from: FROM,
    secret: SECRET,
    ...changes,
  });
}

export async function activeSubscriber(
  store: Store,
  email: string,
  preferences: Partial<Preferences> = {},
): Promise<Subscriber> {
  return found(await store.subscribers.importActive(email, preferences, 0));
}

/** An edition of so many papers, numbered from `from` on. */
export async function makeEdition(
  store: Store,
  { date = '2026-03-02', count = 3, from = 1, pickedAt = 0 } = {},
): Promise<Edition> {
  const papers = Array.from({ length: count }, (_, n) =>
    paper(`2603.${String(n + from).padStart(5, '0')}`, {
      signal: { upvotes: 99 - n, comments: 0, codeStars: null },
    }),
  );
  return found(await store.editions.saveDraft('daily', date, papers, pickedAt));
}

/** Plans one delivery of an edition to each of the readers, due at `dueAt`. */
export async function planFor(
  store: Store,
  edition: Edition,
  readers: readonly Subscriber[],
  { dueAt, first = null }: { dueAt: number; first?: Cadence | null },
): Promise<void> {
  const frozen = await store.editions.freeze(edition.id, dueAt, findStale);
  const { papers } = await store.editions.withPapers(frozen.edition);
  const selectionId = await idOfSelection(
    store.ledger,
    edition.id,
    papers.map(({ id }) => id),
  );
  await store.ledger.plan(
    edition.id,
    readers.map(({ id }) => ({ subscriberId: id, selectionId, first, language: 'en', dueAt })),
  );
}

export async function enqueueNotice(
  store: Store,
  { id, round }: Subscriber,
  kind: ClaimedNotice['kind'],
  createdAt: number,
): Promise<void> {
  const cause = kind === 'confirm' ? 'stranger' : 'reader';
  const notice = { kind, cause, subscriberId: id, round, createdAt, language: 'en' } as const;
  await store.notices.enqueue(notice, { max: 100, maxConfirmations: 100, since: 0 });
}

export async function claimDelivery(store: Store): Promise<ClaimedDelivery> {
  return found((await store.ledger.claim('composing', 1))[0]);
}

export async function claimNotice(store: Store): Promise<ClaimedNotice> {
  return found((await store.notices.claim('composing', 1))[0]);
}

/** The rows of an outbox as they lie in the store's file. */
export function mailsIn(file: string, table: Table = 'deliveries'): MailRow[] {
  const database = new SQLite(file, { readonly: true });
  try {
    return database.prepare<[], MailRow>(`select * from ${table} order by id`).all();
  } finally {
    database.close();
  }
}
