import { longDay } from '../base/day.js';
import type { FullEdition } from '../editions/edition.js';
import type { RatedPaper } from '../papers/paper.js';
import { shorten, shortenProse } from '../papers/text.js';
import { encodeInsert, type Insert } from './mime.js';
import { shortAuthors } from './names.js';
import type { MailTemplates } from './templates.js';

/** How long texts may be, in characters; the first papers of a digest are its leads. */
export interface Room {
  leadAbstract: number;
  /** For a paper without a summary; with one, the summary stands alone. */
  briefText: number;
}

/** From comfortable to tight: what is tried until a digest fits its size. */
export const ROOMS: readonly Room[] = [
  { leadAbstract: 700, briefText: 320 },
  { leadAbstract: 450, briefText: 240 },
  { leadAbstract: 250, briefText: 160 },
  { leadAbstract: 0, briefText: 110 },
];

export const LEADS = 3;
/** Beyond these a title or a list of names is a trick or a mistake. */
const MAX_TITLE = 300;
const MAX_NAMES = 160;

/** One paper rendered and encoded for both parts of a mail. */
export interface Card {
  html: string;
  text: string;
  /** The same as it stands in a mail. */
  encoded: { html: Insert; text: Insert };
}

/** Renders each paper of an edition at most once per place and room. */
export class Cards {
  readonly #edition: FullEdition;
  readonly #templates: MailTemplates;
  readonly #papers: Map<string, RatedPaper>;
  readonly #rendered = new Map<string, Card>();

  /** The edition's day in words. */
  readonly dateLong: string;

  constructor(edition: FullEdition, templates: MailTemplates) {
    this.#edition = edition;
    this.dateLong = longDay(edition.date);
    this.#templates = templates;
    this.#papers = new Map(edition.papers.map((paper) => [paper.id, paper]));
  }

  get edition(): FullEdition {
    return this.#edition;
  }

  paper(id: string): RatedPaper {
    const paper = this.#papers.get(id);
    if (paper) return paper;
    throw new Error(`The edition of ${this.#edition.date} does not hold the paper ${id}.`);
  }

  /** @param place 0 for the first paper of the digest */
  card(id: string, place: number, room: Room): Card {
    const key = `${id} ${place} ${room.briefText}`;
    const known = this.#rendered.get(key);
    if (known) return known;
    const context = { paper: view(this.paper(id), place, room) };
    const html = this.#templates.card.html(context);
    // The lines between cards are the digest's.
    const text = this.#templates.card.text(context).trimEnd();
    const card = { html, text, encoded: { html: encodeInsert(html), text: encodeInsert(text) } };
    this.#rendered.set(key, card);
    return card;
  }
}

/** A paper as the templates see it. */
function view(paper: RatedPaper, place: number, room: Room) {
  const lead = place < LEADS;
  const abstract = lead && paper.summary ? room.leadAbstract : room.briefText;
  return {
    rank: place + 1,
    lead,
    title: shorten(paper.title, MAX_TITLE),
    url: paper.url,
    pdfUrl: paper.pdfUrl,
    codeUrl: paper.codeUrl,
    codeStars: paper.signal.codeStars,
    projectUrl: paper.projectUrl,
    authors: shorten(shortAuthors(paper.authors), MAX_NAMES),
    organisation: paper.organisation && shorten(paper.organisation, MAX_NAMES),
    upvotes: paper.signal.upvotes,
    comments: paper.signal.comments,
    summary: paper.summary && shorten(paper.summary, Math.max(room.briefText, 200)),
    abstract: shortenProse(paper.abstract, abstract),
  };
}
