import { FIRST_LANGUAGE } from '../base/languages.js';
import { Cards } from '../digest/cards.js';
import { type Digest, type DigestDeps, renderDigest } from '../digest/digest.js';
import type { EditionStore } from '../editions/edition-store.js';
import type { DkimIdentity } from '../mail/dkim.js';
import { buildFeedbackId, digestHeaders, type Mailbox, noticeHeaders } from '../mail/headers.js';
import { toDomain, toListId } from '../mail/host-names.js';
import { buildInlinePicture, type InlinePicture } from '../mail/inline-picture.js';
import { buildMessageId, type MessageKind } from '../mail/message-id.js';
import {
  type CompiledBody,
  compileBody,
  compileText,
  fillPlaceholders,
  type Message,
  placeholderMarks,
  withoutMarks,
} from '../mail/mime.js';
import type { PictureStore, SettledPictures } from '../pictures/picture.js';
import { CONFIRM_HOURS } from '../subscribers/subscribe.js';
import type { Tokens } from '../subscribers/tokens.js';
import type { Catalogues } from '../views/catalogues.js';
import type { Messages } from '../views/messages.js';
import { presentSite, type Site } from '../views/site.js';
import type { ClaimedOperatorMail } from './alarms/operator-outbox.js';
import type { ClaimedDelivery, ClaimedMail, ClaimedNotice } from './delivery.js';
import type { Ledger } from './ledger.js';
import { buildNoticeSubject } from './notice-words.js';

/** Bodies that are kept. One is about 50 KB. */
const KEPT = 1_000;
/** Editions whose cards are kept, in one language each; each is some megabytes. */
const KEPT_CARDS = 24;

export interface ComposeDeps extends DigestDeps {
  editions: Pick<EditionStore, 'byId' | 'withPapers'>;
  ledger: Pick<Ledger, 'selection'>;
  catalogues: Catalogues;
  /** Which pictures mails carry is settled when they are planned, whatever the settings say now. */
  pictures: Pick<PictureStore, 'settled' | 'file' | 'sizes'>;
  tokens: Tokens;
  from: Mailbox;
  /** Where answers go, if not to the sender. */
  replyTo?: Mailbox | null | undefined;
  /** The key of Message-IDs. */
  secret: string;
  /** Where a mail ends a subscription, as a `mailto:` URL; `null` where nobody reads it. */
  unsubscribeMailto?: (subscriberId: number) => string | null;
  /** Keys of before, by which mails were composed that are not at their end; newest first. */
  former?: readonly Signer[];
  /** Signs finished messages. The same message gives the same signature. */
  sign?: (message: Message) => Promise<Message>;
}

/** What makes the links and the Message-ID of a mail. */
export interface Signer {
  /** The mark of its key in the ledger. */
  mark: string;
  tokens: Tokens;
  secret: string;
  unsubscribeMailto?: (subscriberId: number) => string | null;
}

/** The part of a digest that is kept. */
type Body = Pick<Digest, 'subject' | 'compiled'> & { feedbackId: string };

type SettledHashes = SettledPictures['hashes'];

/** Composes the octets of mails. A mail that is composed again has the same octets (ledger rule 4). */
export class Composer {
  readonly #deps: ComposeDeps;
  readonly #digests = new Map<string, Promise<Body>>();
  readonly #cards = new Map<string, Promise<Cards>>();
  readonly #settled = new Map<number, Promise<SettledPictures | null>>();
  readonly #pictures = new Map<string, Promise<InlinePicture | undefined>>();
  readonly #listId: string;

  constructor(deps: ComposeDeps) {
    this.#deps = deps;
    this.#listId = toListId(deps.site.publicUrl, deps.from.address);
  }

  async delivery(delivery: ClaimedDelivery): Promise<Message> {
    const { from, replyTo } = this.#deps;
    const { publicUrl } = this.#deps.site;
    const { unsubscribeMailto } = this.#signer(delivery);
    const { unsubscribe, preferences } = this.#links(delivery);
    const { subject, compiled, feedbackId } = await this.#digest(delivery);
    const messageId = this.#messageId('d', delivery);
    const headers = digestHeaders(
      {
        ...{ from, replyTo, to: delivery.email, subject, date: delivery.datedAt },
        ...{ messageId, feedbackId },
      },
      {
        listId: this.#listId,
        unsubscribeUrl: unsubscribe,
        unsubscribeMailto: unsubscribeMailto?.(delivery.subscriberId) ?? null,
        // Without the reader's token: header fields are shown and passed on more freely than bodies.
        helpUrl: `${publicUrl}/preferences`,
        archiveUrl: `${publicUrl}/archive`,
      },
    );
    return this.#signed(fillPlaceholders(headers, compiled, { unsubscribe, preferences }));
  }

  async notice(notice: ClaimedNotice): Promise<Message> {
    const { from, replyTo } = this.#deps;
    const { publicUrl } = this.#deps.site;
    const { tokens } = this.#signer(notice);
    const { subscriberId, round, id: noticeId } = notice;
    // From when it is first tried: it may have waited for days until then.
    const expiresAt = notice.datedAt + CONFIRM_HOURS * 3_600_000;
    const headers = noticeHeaders({
      ...{ from, replyTo, to: notice.email, date: notice.datedAt },
      subject: buildNoticeSubject(notice.kind, this.#deps.site, this.#messages(notice)),
      messageId: this.#messageId('n', notice),
      feedbackId: buildFeedbackId(notice.kind, 'notice'),
    });
    const message = fillPlaceholders(headers, this.#noticeBody(notice), {
      confirm: `${publicUrl}/confirm/${tokens.confirm({ subscriberId, round, expiresAt, noticeId })}`,
      never: `${publicUrl}/never/${tokens.never(notice.email)}`,
      ...this.#links(notice),
    });
    return this.#signed(message);
  }

  /** A mail to the operator, in plain text. */
  async operatorMail(mail: ClaimedOperatorMail): Promise<Message> {
    const { id, recipient, subject, text, createdAt } = mail;
    const { secret, from } = this.#deps;
    const headers = noticeHeaders({
      from,
      to: recipient,
      subject: withoutMarks(subject),
      date: createdAt,
      messageId: buildMessageId('o', id, { secret, domain: toDomain(from.address) }),
    });
    return this.#signed(fillPlaceholders(headers, compileText(withoutMarks(text)), {}));
  }

  async #signed(message: Message): Promise<Message> {
    return this.#deps.sign ? this.#deps.sign(message) : message;
  }

  /**
   * What composed this mail first: a repeat must be the same (ledger rule 4), also after another key
   * was put in front. What is older than marks was composed by the oldest key.
   */
  #signer({ signedBy }: ClaimedMail): Omit<Signer, 'mark'> {
    const { former = [] } = this.#deps;
    const first = signedBy === null ? former.at(-1) : former.find(({ mark }) => mark === signedBy);
    return first ?? this.#deps;
  }

  #links(mail: ClaimedMail): { unsubscribe: string; preferences: string } {
    const { publicUrl } = this.#deps.site;
    const { tokens } = this.#signer(mail);
    const { subscriberId, links } = mail;
    return {
      unsubscribe: `${publicUrl}/unsubscribe/${tokens.unsubscribe(subscriberId, links)}`,
      preferences: `${publicUrl}/preferences/${tokens.preferences(subscriberId, links)}`,
    };
  }

  #messageId(kind: MessageKind, mail: ClaimedMail): string {
    const domain = toDomain(this.#deps.from.address);
    return buildMessageId(kind, mail.id, { secret: this.#signer(mail).secret, domain });
  }

  async #digest({ editionId, selectionId, first, ...mail }: ClaimedDelivery): Promise<Body> {
    const messages = this.#messages(mail);
    const { code } = messages.language;
    const hashes = await this.#loadHashes(editionId, mail.id);
    const key = `${selectionId} ${first} ${code} ${hashes !== null}`;
    return memo(this.#digests, key, async () => {
      const cards = await this.#loadCards(editionId, messages);
      const selection = await this.#deps.ledger.selection(selectionId);
      const picture = await this.#loadPicture(hashes, selection.papers[0]);
      const { subject, compiled } = renderDigest(this.#deps, cards, selection, first, picture);
      const { date, kind } = cards.edition;
      return { subject, compiled, feedbackId: buildFeedbackId(date, kind, 'digest') };
    });
  }

  /**
   * What was settled before this delivery was planned: what has gone without a picture goes without one
   * again (ledger rule 4).
   */
  async #loadHashes(editionId: number, deliveryId: number): Promise<SettledHashes | null> {
    const { pictures } = this.#deps;
    const settled = await memo(this.#settled, editionId, () => pictures.settled(editionId));
    // Until then only single first digests are composed.
    if (settled === null) this.#settled.delete(editionId);
    return settled && deliveryId > settled.afterDelivery ? settled.hashes : null;
  }

  async #loadPicture(
    hashes: SettledHashes | null,
    paperId = '',
  ): Promise<InlinePicture | undefined> {
    const { pictures, site } = this.#deps;
    const hash = hashes?.get(paperId);
    if (hash === undefined) return undefined;
    return memo(this.#pictures, hash, async () => {
      const size = (await pictures.sizes([paperId])).get(paperId)?.large;
      const body = await pictures.file(hash, 'large');
      if (!size || !body) return undefined;
      return buildInlinePicture(body, { ...size, domain: new URL(site.publicUrl).hostname });
    });
  }

  #loadCards(editionId: number, messages: Messages): Promise<Cards> {
    const load = async () => {
      const { editions, templates } = this.#deps;
      const edition = await editions.withPapers(await editions.byId(editionId));
      return new Cards(edition, templates, messages);
    };
    return memo(this.#cards, `${editionId} ${messages.language.code}`, load, KEPT_CARDS);
  }

  /** What a mail is written in; what is older than the choice of a language is in the first one. */
  #messages({ language }: Pick<ClaimedMail, 'language'>): Messages {
    return this.#deps.catalogues.for(language ?? FIRST_LANGUAGE);
  }

  #noticeBody(notice: ClaimedNotice): CompiledBody {
    const { kind, email } = notice;
    const { templates, site } = this.#deps;
    const messages = this.#messages(notice);
    const context = {
      site: presentSite(site),
      subject: buildNoticeSubject(kind, site, messages),
      hours: CONFIRM_HOURS,
      email,
      links: placeholderMarks,
    };
    const { html, text } = templates.notices[kind];
    return compileBody(html(context, messages), text(context, messages));
  }
}

/** The settings that a composer needs. */
export interface ComposerSettings {
  readonly site: Site;
  readonly mailFrom: Mailbox;
  readonly replyTo: Mailbox | null;
  readonly dkim: DkimIdentity | null;
}

type OpenComposerDeps = Pick<
  ComposeDeps,
  | 'templates'
  | 'catalogues'
  | 'editions'
  | 'ledger'
  | 'pictures'
  | 'tokens'
  | 'secret'
  | 'unsubscribeMailto'
  | 'former'
>;

/** Makes a composer by the settings. */
export async function openComposer(
  { site, mailFrom: from, replyTo, dkim }: ComposerSettings,
  deps: OpenComposerDeps,
): Promise<Composer> {
  const signing = dkim && { sign: (await import('../mail/dkim.js')).createDkimSigner(dkim) };
  return new Composer({ ...deps, site, from, replyTo, ...signing });
}

/** Keeps the results of `make`, of which the oldest is dropped first. A failure is not kept. */
function memo<K, V>(
  kept: Map<K, Promise<V>>,
  key: K,
  make: () => Promise<V>,
  most = KEPT,
): Promise<V> {
  const known = kept.get(key);
  if (known) return known;
  const [oldest] = kept.keys();
  if (kept.size >= most && oldest !== undefined) kept.delete(oldest);
  const made = make();
  kept.set(key, made);
  made.catch(() => kept.delete(key));
  return made;
}
