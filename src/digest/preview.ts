import type { Clock } from '../base/clock.js';
import type { Day } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import type { FullEdition } from '../editions/edition.js';
import { findEdition } from '../editions/find-edition.js';
import { bestOfWeek, type PickDeps } from '../editions/pick.js';
import { Selector } from '../interests/selection.js';
import { buildInlinePicture, type InlinePicture } from '../mail/inline-picture.js';
import { placeholderMarks, toCompiledSize } from '../mail/mime.js';
import type { PictureStore } from '../pictures/picture.js';
import { DEFAULT_PREFERENCES } from '../subscribers/preferences.js';
import type { Subscriber } from '../subscribers/subscriber.js';
import type { Tokens } from '../subscribers/tokens.js';
import type { Messages } from '../views/messages.js';
import { Cards } from './cards.js';
import { type DigestDeps, renderDigest } from './digest.js';

export interface PreviewDeps extends DigestDeps, Omit<PickDeps, 'clock'> {
  clock: Clock;
  tokens: Tokens;
  messages: Messages;
  pictures: Pick<PictureStore, 'settled' | 'sizes' | 'file'>;
  /** Whether mails carry a picture of their first paper. */
  thumbnails: { readonly mails: boolean };
  today(): Day;
}

export interface PreviewOptions {
  /** Left out: the day of the newest edition, or today for a weekly one. */
  day: Day | undefined;
  /** Left out: as the subscriber has it. */
  weekly: boolean | undefined;
  /** Whose digest it is; `null`: that of somebody without interests. */
  subscriber: Subscriber | null;
  /** Whether the reader's links work, so that anybody who sees them can end the subscription. */
  links?: boolean | undefined;
}

export interface Preview {
  date: Day;
  subject: string;
  html: string;
  text: string;
  /** How many papers it shows. */
  shown: number;
  /** Bytes as encoded. */
  size: number;
}

/**
 * The digest as it would go out.
 * @throws PaperboyError `no_edition`, `no_papers`
 */
export async function previewDigest(
  deps: PreviewDeps,
  { day, weekly: wanted, subscriber, links = false }: PreviewOptions,
): Promise<Preview> {
  const { editions, templates, messages } = deps;
  const weekly = wanted ?? subscriber?.frequency === 'weekly';
  const edition = weekly
    ? await findWeek(deps, day ?? deps.today())
    : await editions.withPapers(await findEdition(editions, day));
  if (edition.count === 0) {
    const what = weekly ? 'The week to' : 'The edition of';
    throw new PaperboyError('no_papers', `${what} ${edition.date} has no papers.`);
  }
  const selection = new Selector(edition).select(subscriber ?? DEFAULT_PREFERENCES);
  const picture = await findPicture(deps, edition.id, selection.papers[0]);
  const cards = new Cards(edition, templates, messages);
  const digest = renderDigest(deps, cards, selection, null, picture);
  const fill = linkFiller(deps, subscriber, links);
  return {
    date: edition.date,
    subject: digest.subject,
    html: showInPlace(fill(digest.html), picture),
    text: fill(digest.text),
    shown: digest.shown,
    size: toCompiledSize(digest.compiled),
  };
}

/** What was settled for the edition, else the picture that would be if it were planned now. */
async function findPicture(
  { pictures, thumbnails, site }: PreviewDeps,
  editionId: number,
  paperId = '',
): Promise<InlinePicture | undefined> {
  const settled = await pictures.settled(editionId);
  const known = (await pictures.sizes([paperId])).get(paperId);
  const isShown = settled ? settled.hashes.has(paperId) : thumbnails.mails;
  const body = isShown && known ? await pictures.file(known.hash, 'large') : null;
  if (!body || !known) return undefined;
  return buildInlinePicture(body, { ...known.large, domain: new URL(site.publicUrl).hostname });
}

/** A file has no parts beside it, as a mail has. */
function showInPlace(html: string, picture: InlinePicture | undefined): string {
  if (!picture) return html;
  const data = `data:image/jpeg;base64,${picture.body.toString('base64')}`;
  return html.replaceAll(`cid:${picture.cid}`, data);
}

/** The weekly edition, or what it would be if it were made now. */
async function findWeek(deps: PreviewDeps, date: Day): Promise<FullEdition> {
  const { editions, clock } = deps;
  const made = await editions.find(date, 'weekly');
  if (made) return editions.withPapers(made);
  const papers = await bestOfWeek(deps, date);
  const now = clock.now();
  return {
    ...{ id: 0, kind: 'weekly', date, state: 'draft' },
    ...{ pickedAt: now, frozenAt: null, sendAt: null, changedAt: now },
    ...{ count: papers.length, note: null, papers },
  };
}

/** Stands where a token does in the mail, and is as long. */
const NO_TOKEN = 'only-in-their-mail';

/** Puts links in: a preview is passed on and kept, so they lead nowhere unless that is asked for. */
function linkFiller(
  { site: { publicUrl }, tokens }: PreviewDeps,
  subscriber: Subscriber | null,
  links: boolean,
) {
  const toLink = (purpose: 'unsubscribe' | 'preferences') => {
    if (!subscriber) return `${publicUrl}/`;
    const { id, links: renewed } = subscriber;
    return `${publicUrl}/${purpose}/${links ? tokens[purpose](id, renewed) : NO_TOKEN}`;
  };
  return (body: string) =>
    body
      .replaceAll(placeholderMarks.unsubscribe, toLink('unsubscribe'))
      .replaceAll(placeholderMarks.preferences, toLink('preferences'));
}
