import { toParagraphs } from '../editions/curation.js';
import { editionPath, editionTitle } from '../editions/edition.js';
import type { Selection } from '../interests/selection.js';
import type { InlinePicture } from '../mail/inline-picture.js';
import {
  assembleBody,
  type CompiledBody,
  type Encoded,
  encodePart,
  partialMark,
  placeholderMarks,
  toCompiledSize,
  withPartials,
} from '../mail/mime.js';
import type { Cadence } from '../subscribers/preferences.js';
import { shorten } from '../text/clean.js';
import { escapeHtml } from '../views/escape.js';
import { toNamedSources } from '../views/named-sources.js';
import { joined, LEADS } from '../views/paper-view.js';
import { presentSite, type Site } from '../views/site.js';
import { type Cards, encodeRendered, type Parts, TEXT_BUDGETS, type TextBudget } from './cards.js';
import type { MailTemplates } from './templates.js';

/** Gmail clips at 102 KB. The difference is for header fields, placeholders and what relays add. */
const MAX_SIZE = 87_000;

export interface Digest {
  subject: string;
  /** Built when read: sending needs the compiled body alone. */
  readonly html: string;
  readonly text: string;
  compiled: CompiledBody;
  /** How many papers it shows. The rest of its selection is on the web. */
  shown: number;
}

export interface DigestDeps {
  templates: MailTemplates;
  site: Site;
}

/**
 * Renders a selection so that mailboxes show it whole: abstracts are shortened first, then the last
 * papers move to "more on the web".
 * @param first the reader's cadence, if it is the first digest after they confirmed
 * @param picture of its first paper
 * @throws PaperboyError `template_fault`
 */
export function renderDigest(
  deps: DigestDeps,
  cards: Cards,
  selection: Selection,
  first: Cadence | null,
  picture?: InlinePicture,
): Digest {
  const { papers } = selection;
  // It stands beside the text, and mailboxes do not count it.
  const most = MAX_SIZE + (picture?.part.length ?? 0);
  for (const budget of TEXT_BUDGETS) {
    const digest = attempt(deps, cards, selection, papers.length, budget, first, picture);
    if (toCompiledSize(digest.compiled) <= most) return digest;
  }
  const tight = TEXT_BUDGETS.at(-1) ?? { leadAbstract: 0, briefText: 110 };
  let fits = 1;
  let tooMany = papers.length;
  let best = attempt(deps, cards, selection, fits, tight, first, picture);
  while (tooMany - fits > 1) {
    const shown = Math.floor((fits + tooMany) / 2);
    const tried = attempt(deps, cards, selection, shown, tight, first, picture);
    if (toCompiledSize(tried.compiled) <= most) {
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
  picture: InlinePicture | undefined,
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
    const card = cards.card(id, place, budget, reasons[place], place === 0 ? picture : undefined);
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
    compiled: assembleBody(
      { part: layout.html, partials: html },
      { part: layout.text, partials: text },
      picture,
    ),
    shown,
  };
}

/**
 * Renders everything that does not differ between selections. The rest is inserted already encoded.
 * @throws PaperboyError `template_fault`
 */
function renderLayout(
  { templates, site }: DigestDeps,
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
      url: site.publicUrl + editionPath(edition),
      sample: edition.kind === 'sample',
      count: edition.count,
      note: toParagraphs(edition.note),
      sources: toNamedSources(edition),
    },
    more: edition.count - shown,
    next: first && formatNext(first),
    site: presentSite(site),
    links: { unsubscribe: placeholderMarks.unsubscribe, preferences: placeholderMarks.preferences },
    // With reasons: papers for this reader, then the others. Without: leads, then the rest.
    forYou: marks.slice(0, forYou),
    trending: forYou > 0 ? marks.slice(forYou) : [],
    leads: forYou > 0 ? [] : marks.slice(0, LEADS),
    rest: forYou > 0 ? [] : marks.slice(LEADS),
  };
  const layout = {
    html: encodeRendered(templates.digest.html(context, cards.messages)),
    text: encodeRendered(templates.digest.text(context, cards.messages)),
  };
  cards.layouts.set(key, layout);
  return layout;
}

/** What a first digest says about the next ones. */
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

/** The preview beside the subject in a list of mails: the beginning of the top paper's text. */
function buildPreheader(cards: Cards, paperIds: readonly string[]): string {
  const [top] = paperIds;
  if (top === undefined) return '';
  const { summary, abstract } = cards.paper(top);
  return shorten(summary ?? abstract, 140);
}

/** Phones show about forty letters of a subject, desktops about twice as many. */
const MAX_NAMES_LENGTH = 70;
const TOP = 3;

/**
 * `DreamX-Phi 1.0, Kimi K3 and 18 more papers`: names as many of the top papers as fit, after the
 * `heading` if there is one.
 * @param titles of all papers of the digest, best first
 */
export function buildSubject(titles: readonly string[], heading?: string): string {
  const [first] = titles;
  if (first === undefined) return 'No papers today';
  const begin = heading === undefined ? '' : `${heading}: `;
  const names = [shortTitle(first)];
  for (const title of titles.slice(1, TOP)) {
    const name = shortTitle(title);
    if (begin.length + [...names, name].join(', ').length > MAX_NAMES_LENGTH) break;
    names.push(name);
  }
  const others = titles.length - names.length;
  if (others === 0) return begin + joined(names);
  return `${begin}${names.join(', ')} and ${others} more ${others === 1 ? 'paper' : 'papers'}`;
}

/** The text before a colon is usually the name by which a paper becomes known. */
function shortTitle(title: string): string {
  const [, name] = /^([^:]{3,40}): /.exec(title) ?? [];
  return name ?? shorten(title, 60);
}
