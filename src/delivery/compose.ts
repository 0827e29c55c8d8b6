import { Cards } from '../digest/cards.js';
import { type Digest, type DigestDeps, renderDigest } from '../digest/digest.js';
import type { EditionStore } from '../editions/edition-store.js';
import type { DkimKey } from '../mail/dkim.js';
import { buildMessageId, digestHeaders, type Mailbox, noticeHeaders } from '../mail/headers.js';
import { toDomain, toListId } from '../mail/host-names.js';
import {
  type CompiledBody,
  compileBody,
  fillPlaceholders,
  type Message,
  placeholderMarks,
} from '../mail/mime.js';
import { CONFIRM_HOURS } from '../subscribers/subscribe.js';
import type { Tokens } from '../subscribers/tokens.js';
import type { ClaimedDelivery, ClaimedNotice } from './delivery.js';
import type { Ledger } from './ledger.js';

/** Bodies that are kept. One is about 50 KB. */
const KEPT = 1_000;

export interface ComposeDeps extends DigestDeps {
  editions: Pick<EditionStore, 'byId' | 'withPapers'>;
  ledger: Pick<Ledger, 'selection'>;
  tokens: Tokens;
  from: Mailbox;
  /** The key of Message-IDs. */
  secret: string;
  /** Signs finished messages. The same message gives the same signature. */
  sign?: (message: Message) => Promise<Message>;
}

const NOTICE_SUBJECTS = {
  confirm: 'Please confirm your address',
  preferences: 'Your Paperboy preferences',
  paused: 'Your Paperboy digests are paused',
} as const;

/** The part of a digest that is kept. */
type Body = Pick<Digest, 'subject' | 'compiled'>;

/** Composes the octets of mails. A mail that is composed again has the same octets (ledger rule 4). */
export class Composer {
  readonly #deps: ComposeDeps;
  readonly #digests = new Map<string, Promise<Body>>();
  readonly #cards = new Map<number, Promise<Cards>>();
  readonly #listId: string;

  constructor(deps: ComposeDeps) {
    this.#deps = deps;
    this.#listId = toListId(deps.publicUrl, deps.from.address);
  }

  async delivery(delivery: ClaimedDelivery): Promise<Message> {
    const { tokens, publicUrl } = this.#deps;
    const digest = await this.#digest(delivery);
    const unsubscribe = `${publicUrl}/unsubscribe/${tokens.unsubscribe(delivery.subscriberId)}`;
    const preferences = `${publicUrl}/preferences/${tokens.preferences(delivery.subscriberId)}`;
    const headers = digestHeaders(
      {
        from: this.#deps.from,
        to: delivery.email,
        subject: digest.subject,
        date: delivery.datedAt,
        messageId: this.#messageId('d', delivery.id),
      },
      { listId: this.#listId, unsubscribeUrl: unsubscribe },
    );
    return this.#signed(fillPlaceholders(headers, digest.compiled, { unsubscribe, preferences }));
  }

  async notice(notice: ClaimedNotice): Promise<Message> {
    const { tokens, publicUrl } = this.#deps;
    const { subscriberId, round, id: noticeId } = notice;
    const expiresAt = notice.dueAt + CONFIRM_HOURS * 3_600_000;
    const headers = noticeHeaders({
      from: this.#deps.from,
      to: notice.email,
      subject: NOTICE_SUBJECTS[notice.kind],
      date: notice.datedAt,
      messageId: this.#messageId('n', notice.id),
    });
    const message = fillPlaceholders(headers, this.#noticeBody(notice), {
      confirm: `${publicUrl}/confirm/${tokens.confirm({ subscriberId, round, expiresAt, noticeId })}`,
      unsubscribe: `${publicUrl}/unsubscribe/${tokens.unsubscribe(subscriberId)}`,
      preferences: `${publicUrl}/preferences/${tokens.preferences(subscriberId)}`,
    });
    return this.#signed(message);
  }

  async #signed(message: Message): Promise<Message> {
    return this.#deps.sign ? this.#deps.sign(message) : message;
  }

  #messageId(kind: 'd' | 'n', id: number): string {
    const { secret, from } = this.#deps;
    return buildMessageId(kind, id, { secret, domain: toDomain(from.address) });
  }

  #digest({ editionId, selectionId, first }: ClaimedDelivery): Promise<Body> {
    return memo(this.#digests, `${selectionId} ${first}`, async () => {
      const cards = await this.#loadCards(editionId);
      const selection = await this.#deps.ledger.selection(selectionId);
      const { subject, compiled } = renderDigest(this.#deps, cards, selection, first);
      return { subject, compiled };
    });
  }

  #loadCards(editionId: number): Promise<Cards> {
    return memo(this.#cards, editionId, async () => {
      const { editions, templates } = this.#deps;
      return new Cards(await editions.withPapers(await editions.byId(editionId)), templates);
    });
  }

  #noticeBody({ kind, email }: ClaimedNotice): CompiledBody {
    const { templates, publicUrl } = this.#deps;
    const context = {
      site: { url: `${publicUrl}/`, name: 'Paperboy' },
      subject: NOTICE_SUBJECTS[kind],
      hours: CONFIRM_HOURS,
      email,
      links: placeholderMarks,
    };
    const { html, text } = templates.notices[kind];
    return compileBody(html(context), text(context));
  }
}

/** The settings that a composer needs. */
export interface ComposerSettings {
  readonly publicUrl: string;
  readonly editedBy: string | null;
  readonly mailFrom: Mailbox;
  readonly dkim: DkimKey | null;
}

type OpenComposerDeps = Pick<
  ComposeDeps,
  'templates' | 'editions' | 'ledger' | 'tokens' | 'secret'
>;

/** Makes a composer by the settings. */
export async function openComposer(
  { publicUrl, editedBy, mailFrom: from, dkim }: ComposerSettings,
  deps: OpenComposerDeps,
): Promise<Composer> {
  const signing = dkim && { sign: (await import('../mail/dkim.js')).createDkimSigner(dkim) };
  return new Composer({ ...deps, publicUrl, editedBy, from, ...signing });
}

/** Keeps the results of `make`, of which the oldest is dropped first. A failure is not kept. */
function memo<K, V>(kept: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const known = kept.get(key);
  if (known) return known;
  const [oldest] = kept.keys();
  if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest);
  const made = make();
  kept.set(key, made);
  made.catch(() => kept.delete(key));
  return made;
}
