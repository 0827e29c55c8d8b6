import { PaperboyError } from '../base/errors.js';
import { type EditionPaper, type FullEdition, risingLine } from '../editions/edition.js';
import type { Reason } from '../interests/matcher.js';
import { type Encoded, encodePart, hasCutMark, partialMark, put } from '../mail/mime.js';
import { shorten, shortenProse } from '../text/clean.js';
import { shortAuthors } from '../views/names.js';
import { encodeReasons } from './reasons.js';
import type { MailTemplates } from './templates.js';

/** How long texts may be, in characters; the first papers of a digest are its leads. */
export interface TextBudget {
  leadAbstract: number;
  /** For a paper without a summary; with one, the summary stands alone. */
  briefText: number;
}

/** From comfortable to tight: what is tried until a digest fits its size. */
export const TEXT_BUDGETS: readonly TextBudget[] = [
  { leadAbstract: 700, briefText: 320 },
  { leadAbstract: 450, briefText: 240 },
  { leadAbstract: 250, briefText: 160 },
  { leadAbstract: 0, briefText: 110 },
];

export const LEADS = 3;
/** Beyond these a title or a list of names is a trick or a mistake. */
const MAX_TITLE = 300;
const MAX_NAMES = 160;
/** Columns of the number before a title in the text part, its full stop included. */
const RANK_WIDTH = 4;

/** A card, or a digest around its cards, for both parts of a mail. */
export interface Parts {
  html: Encoded;
  text: Encoded;
}

/**
 * Renders each paper of an edition at most once as a lead and once as another, per budget, and as
 * often again for readers who are told why they get it.
 */
export class Cards {
  readonly edition: FullEdition;
  /** What digests have around their cards, by what makes it differ. */
  readonly layouts = new Map<string, Parts>();
  readonly #templates: MailTemplates;
  readonly #papers: Map<string, EditionPaper>;
  readonly #rendered = new Map<string, Parts>();
  readonly #placed = new Map<string, Parts>();

  constructor(edition: FullEdition, templates: MailTemplates) {
    this.edition = edition;
    this.#templates = templates;
    this.#papers = new Map(edition.papers.map((paper) => [paper.id, paper]));
  }

  paper(id: string): EditionPaper {
    const paper = this.#papers.get(id);
    if (paper) return paper;
    throw new Error(`The edition of ${this.edition.date} does not hold the paper ${id}.`);
  }

  /**
   * @param place 0 for the first paper of the digest
   * @param reasons why this reader gets it; a paper that all get has none
   */
  card(id: string, place: number, budget: TextBudget, reasons: readonly Reason[] = []): Parts {
    const lead = place < LEADS;
    if (reasons.length > 0) {
      // Reasons are a reader's own: nothing of them is kept.
      const why = encodeReasons(reasons);
      return ranked(this.#render(id, lead, true, budget), place, why);
    }
    return remember(this.#placed, `${id} ${place} ${budget.briefText}`, () =>
      ranked(this.#render(id, lead, false, budget), place),
    );
  }

  #render(id: string, lead: boolean, forYou: boolean, budget: TextBudget): Parts {
    return remember(this.#rendered, `${id} ${lead} ${forYou} ${budget.briefText}`, () => {
      const reasons = forYou ? partialMark('reasons') : '';
      const context = { paper: { ...view(this.paper(id), lead, budget), reasons } };
      return {
        html: encodeRendered(this.#templates.card.html(context)),
        // The lines between cards are the digest's.
        text: encodeRendered(this.#templates.card.text(context).trimEnd()),
      };
    });
  }
}

function ranked({ html, text }: Parts, place: number, reasons?: Parts): Parts {
  const rank = place + 1;
  return {
    html: put(html, { rank: encodePart(`${rank}`), ...(reasons && { reasons: reasons.html }) }),
    text: put(text, {
      rank: encodePart(`${rank}.`.padStart(RANK_WIDTH)),
      ...(reasons && { reasons: reasons.text }),
    }),
  };
}

/**
 * Encodes what a template has made of marks among other things.
 * @throws PaperboyError `template_fault` when it has treated a mark like text
 */
export function encodeRendered(content: string): Encoded {
  if (!hasCutMark(content)) return encodePart(content);
  throw new PaperboyError(
    'template_fault',
    'A template of the digest shortens what is put in later (subject, preheader, cards, rank, reasons, links); it can only show it as it is.',
  );
}

function remember<V>(known: Map<string, V>, key: string, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

/** A paper as the templates see it. */
function view(paper: EditionPaper, lead: boolean, budget: TextBudget) {
  const abstract = lead && paper.summary ? budget.leadAbstract : budget.briefText;
  return {
    // Not the number itself: the same card has another place in another selection.
    rank: partialMark('rank'),
    lead,
    title: shorten(paper.title, MAX_TITLE),
    url: paper.url,
    pdfUrl: paper.pdfUrl,
    codeUrl: paper.codeUrl,
    codeStars: paper.signal.codeStars,
    projectUrl: paper.projectUrl,
    authors: shorten(shortAuthors(paper.authors), MAX_NAMES),
    organisation: paper.organisation && shorten(paper.organisation, MAX_NAMES),
    upvotes: paper.uncounted ? null : paper.signal.upvotes,
    comments: paper.signal.comments,
    summary: paper.summary && shorten(paper.summary, Math.max(budget.briefText, 200)),
    abstract: shortenProse(paper.abstract, abstract),
    rising: risingLine(paper),
    suggestedBy: shorten(shortAuthors(paper.suggestedBy ?? []), MAX_NAMES),
  };
}
