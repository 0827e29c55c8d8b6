import { PaperboyError } from '../base/errors.js';
import type { EditionPaper, FullEdition } from '../editions/edition.js';
import type { Reason } from '../interests/matcher.js';
import { toTopicLabel } from '../interests/topics.js';
import type { InlinePicture } from '../mail/inline-picture.js';
import {
  type Encoded,
  encodePart,
  hasCutMark,
  insertPartials,
  partialMark,
  withoutMarks,
} from '../mail/mime.js';
import { shorten, shortenProse } from '../text/clean.js';
import { escapeHtml } from '../views/escape.js';
import { wrap } from '../views/liquid.js';
import type { Messages } from '../views/messages.js';
import { LEADS, presentPaper } from '../views/paper-view.js';
import type { MailTemplates } from './templates.js';

/** Longest texts of a card in characters. The first papers of a digest are its leads. */
export interface TextBudget {
  leadAbstract: number;
  /** The abstract of a paper without a summary. A paper with a summary shows that alone. */
  briefText: number;
}

/** From generous to tight. They are tried in this order until a digest fits its size. */
export const TEXT_BUDGETS: readonly TextBudget[] = [
  { leadAbstract: 700, briefText: 320 },
  { leadAbstract: 450, briefText: 240 },
  { leadAbstract: 250, briefText: 160 },
  { leadAbstract: 0, briefText: 110 },
];

/** A longer title or list of names is an attack or a mistake. */
const MAX_TITLE = 300;
const MAX_NAMES = 160;
/** Columns of the number before a title in the text part, including its full stop. */
const RANK_WIDTH = 4;
/** Columns and indentation of a card in the text part. */
const TEXT_WIDTH = 72;
const TEXT_INDENT = '     ';

/** A card, or the layout of a digest, for both parts of a mail. */
export interface Parts {
  html: Encoded;
  text: Encoded;
}

/**
 * Renders the cards of an edition and keeps them. For each text budget a paper is rendered at most
 * four times: as a lead or not, with or without reasons.
 */
export class Cards {
  readonly edition: FullEdition;
  /** What they say is in its language. */
  readonly messages: Messages;
  /** Layouts of digests, by everything that makes them differ. */
  readonly layouts = new Map<string, Parts>();
  readonly #templates: MailTemplates;
  readonly #papers: Map<string, EditionPaper>;
  readonly #rendered = new Map<string, Parts>();
  readonly #placed = new Map<string, Parts>();

  constructor(edition: FullEdition, templates: MailTemplates, messages: Messages) {
    this.edition = edition;
    this.messages = messages;
    this.#templates = templates;
    this.#papers = new Map(edition.papers.map((paper) => [paper.id, paper]));
  }

  /** @throws Error if the edition does not have the paper */
  paper(id: string): EditionPaper {
    const paper = this.#papers.get(id);
    if (paper) return paper;
    throw new Error(`The edition of ${this.edition.date} does not have the paper ${id}.`);
  }

  /**
   * @param place 0 for the first paper of the digest
   * @param reasons why this reader gets it; none for a paper that everybody gets
   */
  card(
    id: string,
    place: number,
    budget: TextBudget,
    reasons: readonly Reason[] = [],
    picture?: InlinePicture,
  ): Parts {
    const lead = place < LEADS;
    if (reasons.length > 0) {
      // Reasons are personal data, so they are not kept.
      const why = encodeReasons(reasons);
      return ranked(this.#render(id, lead, true, budget, picture), place, why);
    }
    return memo(this.#placed, `${id} ${place} ${budget.briefText} ${picture?.cid}`, () =>
      ranked(this.#render(id, lead, false, budget, picture), place),
    );
  }

  #render(
    id: string,
    lead: boolean,
    forYou: boolean,
    budget: TextBudget,
    picture?: InlinePicture,
  ): Parts {
    return memo(
      this.#rendered,
      `${id} ${lead} ${forYou} ${budget.briefText} ${picture?.cid}`,
      () => {
        const reasons = forYou ? partialMark('reasons') : '';
        const context = { paper: { ...view(this.paper(id), lead, budget), reasons, picture } };
        return {
          html: encodeRendered(this.#templates.card.html(context, this.messages)),
          // The layout puts the empty lines between cards.
          text: encodeRendered(this.#templates.card.text(context, this.messages).trimEnd()),
        };
      },
    );
  }
}

function ranked({ html, text }: Parts, place: number, reasons?: Parts): Parts {
  const rank = place + 1;
  return {
    html: insertPartials(html, {
      rank: encodePart(`${rank}`),
      ...(reasons && { reasons: reasons.html }),
    }),
    text: insertPartials(text, {
      rank: encodePart(`${rank}.`.padStart(RANK_WIDTH)),
      ...(reasons && { reasons: reasons.text }),
    }),
  };
}

/**
 * Encodes the output of a template, with the marks in it.
 * @throws PaperboyError `template_fault` if the template has cut a mark
 */
export function encodeRendered(content: string): Encoded {
  if (!hasCutMark(content)) return encodePart(content);
  throw new PaperboyError(
    'template_fault',
    'A template of the digest shortens or changes a value that is inserted later (subject, preheader, cards, rank, reasons, links); it must print these values as they are.',
  );
}

function memo<V>(known: Map<string, V>, key: string, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

/** A paper as the templates see it. */
function view(paper: EditionPaper, lead: boolean, budget: TextBudget) {
  const whole = presentPaper(paper);
  return {
    ...whole,
    // A mark instead of the number: the card has another rank in other selections.
    rank: partialMark('rank'),
    lead,
    title: shorten(paper.title, MAX_TITLE),
    authors: shorten(whole.authors, MAX_NAMES),
    organisation: paper.organisation && shorten(paper.organisation, MAX_NAMES),
    ...chooseTexts(paper, lead, budget),
    suggestedBy: shorten(whole.suggestedBy, MAX_NAMES),
  };
}

/**
 * Long words in a row, which SpamAssassin takes for made-up prose (LONGWORDS: up to 2.2 points where a
 * mail has two of these). Scientists write so.
 */
const LONG_WORDS = [
  /\b(?:[a-z]{8,}[\s.]+){6}/,
  /\b(?:[a-z]{6,}[\s.]+){9}/,
  /\b(?:[a-z]{5,}[\s.]+){10}/,
];

function hasLongWords(text: string): boolean {
  return LONG_WORDS.some((run) => run.test(`${text} `));
}

/** Leads have both texts, others the first that there is. */
function chooseTexts({ summary, abstract }: EditionPaper, lead: boolean, budget: TextBudget) {
  const { leadAbstract, briefText } = budget;
  const short = summary && shorten(summary, Math.max(briefText, 200));
  if (short && hasLongWords(short)) {
    const instead = shortenProse(abstract, lead ? Math.max(leadAbstract, briefText) : briefText);
    if (instead !== '' && !hasLongWords(instead)) return { summary: null, abstract: instead };
  }
  return {
    summary: short,
    abstract: shortenProse(abstract, lead && summary ? leadAbstract : briefText),
  };
}

/** The words before a reason, by its kind. */
const BEGINNINGS: Readonly<Record<Reason[0], string>> = {
  by: 'by ',
  from: 'from ',
  matches: 'matches ',
  topic: 'topic: ',
};

/** Reasons for both parts of a mail: `matches diffusion · by Jane Doe`. */
function encodeReasons(reasons: readonly Reason[]): { html: Encoded; text: Encoded } {
  const safe = reasons.map(([how, words]) => {
    const label = how === 'topic' ? toTopicLabel(words) : words;
    return [BEGINNINGS[how], withoutMarks(label)] as const;
  });
  const html = safe.map(([begin, words]) => `${begin}<em>${escapeHtml(words)}</em>`);
  const text = safe.map(([begin, words]) => begin + words).join('; ');
  return {
    html: encodePart(html.join(' &middot; ')),
    text: encodePart(wrap(text, TEXT_WIDTH, TEXT_INDENT).trimStart()),
  };
}
