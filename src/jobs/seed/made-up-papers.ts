import { addDays, type Day, dayOfWeek, startOfDay } from '../../base/day.js';
import type { ListedPaper } from '../../papers/paper.js';
import type { Source } from '../../sources/source.js';
import type { Chance } from './chance.js';
import {
  FIELDS,
  FIRST_NAMES,
  type Field,
  LABS,
  LAST_NAMES,
  METHODS,
  NAME_PARTS,
  QUALITIES,
} from './seed-words.js';

/** A paper, and how many votes it gets in the end. */
interface MadeUpPaper {
  listed: ListedPaper;
  /** When its votes begin to come. */
  from: number;
  votes: number;
}

const HOUR = 3_600_000;
/** Half of the votes have come after so many hours. */
const HALF_AFTER = 20;
/** Numbers that arXiv itself never reaches. */
const FIRST_NUMBER = 90_001;

/** Papers that are made up day by day: always the same ones for a day. */
export class MadeUpPapers {
  readonly #last: Day;
  readonly #days = new Map<Day, MadeUpPaper[]>();
  readonly #titles = new Set<string>();
  readonly #numbers = new Map<string, number>();

  /** @param last the last of so many days that have papers */
  constructor(chance: Chance, last: Day, days: number) {
    this.#last = last;
    for (let ago = days - 1; ago >= 0; ago--) {
      const day = addDays(last, -ago);
      const count = dayOfWeek(day) > 5 ? chance.number(3, 6) : chance.number(16, 28);
      const papers = Array.from({ length: count }, () => this.#makeUp(chance, day));
      this.#days.set(day, papers);
    }
  }

  /** A further paper of a day, which no source lists: for somebody to suggest. */
  unlisted(chance: Chance, day: Day): ListedPaper {
    return this.#makeUp(chance, day).listed;
  }

  /** A source that lists them with the votes that have come by the clock, or without any. */
  source(name: 'huggingface' | 'arxiv', now: () => number): Source {
    const listed = (day: Day) =>
      (this.#days.get(day) ?? []).flatMap((paper, place) => {
        if (name === 'huggingface') return [withVotes(paper, now())];
        return place % 3 === 0 ? [{ ...paper.listed, signal: null }] : [];
      });
    return {
      name,
      countsVotes: name === 'huggingface',
      listDay: async (day) => {
        const papers = listed(day);
        return { listed: papers.length, papers, dropped: [] };
      },
      newestDay: async () => this.#last,
    };
  }

  #makeUp(chance: Chance, day: Day): MadeUpPaper {
    const month = day.slice(2, 7).replace('-', '');
    const number = this.#numbers.get(month) ?? FIRST_NUMBER;
    this.#numbers.set(month, number + 1);
    const arxivId = `${month}.${number}`;
    // Sources show a day's first papers on the evening before.
    const from = startOfDay(day, 'UTC') - 12 * HOUR;
    const isLate = chance.happens(0.05);
    return {
      listed: { paper: this.#makeUpPaper(chance, day, arxivId), signal: null, version: 1 },
      // A few are found by many only days later.
      from: isLate ? from + 48 * HOUR : from,
      // Most get few, and very few get many.
      votes: Math.round((isLate ? 60 : 1) + 4 / (0.02 + chance.fraction())),
    };
  }

  #makeUpPaper(chance: Chance, day: Day, arxivId: string): ListedPaper['paper'] {
    const field = chance.one(FIELDS);
    const method = chance.one(METHODS);
    const task = chance.one(field.tasks);
    const hasCode = chance.happens(0.5);
    const others = chance.some(FIELDS, chance.number(0, 2)).map(({ category }) => category);
    return {
      ...{ id: arxivId, arxivId, doi: null },
      title: this.#makeUpTitle(chance, method, task),
      abstract: makeUpAbstract(chance, field, method, task),
      summary: chance.happens(0.7) ? `${capital(method)} make ${task} cheaper.` : null,
      authors: Array.from({ length: chance.number(1, 9) }, () => makeUpName(chance)),
      organisation: chance.happens(0.6) ? chance.one(LABS) : null,
      publishedOn: addDays(day, -chance.number(1, 3)),
      url: `https://papers.example/${arxivId}`,
      pdfUrl: `https://papers.example/${arxivId}.pdf`,
      codeUrl: hasCode ? `https://code.example/${arxivId}` : null,
      projectUrl: null,
      keywords: [...field.keywords],
      categories: [...new Set([field.category, ...others])],
      withdrawn: false,
    };
  }

  #makeUpTitle(chance: Chance, method: string, task: string): string {
    for (;;) {
      const quality = chance.one(QUALITIES);
      const name = NAME_PARTS.map((parts) => chance.one(parts)).join('');
      const title = chance.one([
        `${name}: ${quality} ${task} with ${method}`,
        `${quality} ${method} for ${task}`,
        `${name}: How far do ${method} go in ${task}?`,
        `${quality} ${task}, and what ${method} in ${name} have to do with it`,
      ]);
      if (this.#titles.has(title)) continue;
      this.#titles.add(title);
      return title;
    }
  }
}

function withVotes({ listed, from, votes }: MadeUpPaper, now: number): ListedPaper {
  const hours = Math.max(now - from, 0) / HOUR;
  const upvotes = Math.floor((votes * hours) / (hours + HALF_AFTER));
  const codeStars = listed.paper.codeUrl === null ? null : votes * 7;
  return { ...listed, signal: { upvotes, comments: Math.floor(upvotes / 12), codeStars } };
}

export function makeUpName(chance: Chance): string {
  return `${chance.one(FIRST_NAMES)} ${chance.one(LAST_NAMES)}`;
}

function makeUpAbstract(chance: Chance, field: Field, method: string, task: string): string {
  const percent = chance.number(3, 38);
  const [keyword = task, other = task] = chance.some(field.keywords, 2);
  const sentences = [
    `Much work on ${keyword} leaves ${task} aside, since it is hard to measure.`,
    `We look at ${task} with ${method}, which need no labels and little memory.`,
    `A model learns first from easy cases, and then from those that it got wrong.`,
    `On ${chance.number(3, 12)} benchmarks the error falls by ${percent}% at the same cost.`,
    `What helps ${other} most is not the size of the model but the order of its data.`,
    `Where inputs are far from the training data, ${method} are no better than a simple baseline.`,
    `Code, weights and all ${chance.number(200, 9_000)} annotated examples are public.`,
  ];
  return sentences.filter((_sentence, place) => place < 4 || chance.happens(0.7)).join(' ');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
