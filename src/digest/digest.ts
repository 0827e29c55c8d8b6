import { toParagraphs } from '../editions/curation.js';
import { editionPath, editionTitle } from '../editions/edition.js';
import type { Selection } from '../interests/selection.js';
import {
  assemble,
  type CompiledBody,
  compiledSize,
  type Encoded,
  encodePart,
  partialMark,
  placeholderMarks,
  withPartials,
} from '../mail/mime.js';
import type { Cadence } from '../subscribers/preferences.js';
import { shorten } from '../text/clean.js';
import { escapeHtml } from '../views/liquid.js';
import { toNamedSources } from '../views/named-sources.js';
import {
  type Cards,
  encodeRendered,
  LEADS,
  type Parts,
  TEXT_BUDGETS,
  type TextBudget,
} from './cards.js';
import { buildSubject } from './subject.js';
import type { MailTemplates } from './templates.js';

/** Gmail clips at 102 KB; what is left is for header fields, placeholders and relays' additions. */
const MAX_SIZE = 87_000;

export interface Digest {
  subject: string;
  /** Put together when asked for: a mail needs only the compiled. */
  readonly html: string;
  readonly text: string;
  compiled: CompiledBody;
  /** How many papers it shows; the others of its selection are on the web. */
  shown: number;
}

export interface DigestDeps {
  templates: MailTemplates;
  /** Where the pages are, without a slash at the end. */
  publicUrl: string;
  /** Who edits the editions, where somebody is to be named. */
  editedBy?: string | null;
}

/**
 * Renders a selection within the size that mailboxes show whole: abstracts are shortened first,
 * then papers at the end move to "more on the web".
 * @param first when the next ones come, where it greets somebody who has just confirmed
 */
export function renderDigest(
  deps: DigestDeps,
  cards: Cards,
  selection: Selection,
  first: Cadence | null,
): Digest {
  const { papers } = selection;
  for (const budget of TEXT_BUDGETS) {
    const digest = attempt(deps, cards, selection, papers.length, budget, first);
    if (compiledSize(digest.compiled) <= MAX_SIZE) return digest;
  }
  const tight = TEXT_BUDGETS.at(-1) ?? { leadAbstract: 0, briefText: 110 };
  let fits = 1;
  let tooMany = papers.length;
  let best = attempt(deps, cards, selection, fits, tight, first);
  while (tooMany - fits > 1) {
    const shown = Math.floor((fits + tooMany) / 2);
    const tried = attempt(deps, cards, selection, shown, tight, first);
    if (compiledSize(tried.compiled) <= MAX_SIZE) {
      best = tried;
      fits = shown;
    } else {
      tooMany = shown;
    }
  }
  return best;
}

function attempt(
  deps: DigestDeps,
  cards: Cards,
  { papers, reasons }: Selection,
  shown: number,
  budget: TextBudget,
  first: Cadence | null,
): Digest {
  const forYou = Math.min(reasons.length, shown);
  const layout = renderLayout(deps, cards, { shown, forYou, first });
  const subject = buildSubject(
    papers.map((id) => cards.paper(id).title),
    cards.edition.kind === 'weekly' ? 'Best of the week' : undefined,
  );
  const preheader = buildPreheader(cards, papers);
  const html: Record<string, Encoded> = {
    subject: encodePart(escapeHtml(subject)),
    preheader: encodePart(escapeHtml(preheader)),
  };
  const text: Record<string, Encoded> = {
    subject: encodePart(subject),
    preheader: encodePart(preheader),
  };
  for (const [place, id] of papers.slice(0, shown).entries()) {
    const card = cards.card(id, place, budget, reasons[place]);
    html[place] = card.html;
    text[place] = card.text;
  }
  return {
    subject,
    get html() {
      return withPartials(layout.html, html);
    },
    get text() {
      return withPartials(layout.text, text);
    },
    compiled: assemble(
      { part: layout.html, partials: html },
      { part: layout.text, partials: text },
    ),
    shown,
  };
}

/**
 * A digest without what differs from selection to selection, which is put in encoded.
 * @throws PaperboyError `template_fault`
 */
function renderLayout(
  { templates, publicUrl, editedBy }: DigestDeps,
  cards: Cards,
  { shown, forYou, first }: { shown: number; forYou: number; first: Cadence | null },
): Parts {
  const key = `${shown} ${forYou} ${first}`;
  const known = cards.layouts.get(key);
  if (known) return known;
  const { edition } = cards;
  const marks = Array.from({ length: shown }, (_, place) => partialMark(place));
  const context = {
    subject: partialMark('subject'),
    preheader: partialMark('preheader'),
    edition: {
      title: editionTitle(edition),
      url: publicUrl + editionPath(edition),
      sample: edition.kind === 'sample',
      count: edition.count,
      note: toParagraphs(edition.note),
      sources: toNamedSources(edition),
      editedBy,
    },
    more: edition.count - shown,
    next: first && formatNext(first),
    site: { url: `${publicUrl}/`, name: 'Paperboy' },
    links: { unsubscribe: placeholderMarks.unsubscribe, preferences: placeholderMarks.preferences },
    // Papers for the reader and the others, or leads and the rest of what all get.
    forYou: marks.slice(0, forYou),
    trending: forYou > 0 ? marks.slice(forYou) : [],
    leads: forYou > 0 ? [] : marks.slice(0, LEADS),
    rest: forYou > 0 ? [] : marks.slice(LEADS),
  };
  const layout = {
    html: encodeRendered(templates.digest.html(context)),
    text: encodeRendered(templates.digest.text(context)),
  };
  cards.layouts.set(key, layout);
  return layout;
}

/** What a first digest says of the next ones. */
function formatNext(first: Cadence): string {
  switch (first) {
    case 'daily':
      return 'the next comes with the next edition';
    case 'weekdays':
      return 'the next comes with the next edition, Monday to Friday';
    default:
      return `from now on, the best of the week comes every ${first[0]?.toUpperCase()}${first.slice(1)}`;
  }
}

/** The grey line beside the subject in a list of mails: what the top paper says. */
function buildPreheader(cards: Cards, paperIds: readonly string[]): string {
  const [top] = paperIds;
  if (top === undefined) return '';
  const { summary, abstract } = cards.paper(top);
  return shorten(summary ?? abstract, 140);
}
