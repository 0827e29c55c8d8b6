import { type Hit, type IndexedPaper, PaperIndex } from '../papers/paper-index.js';
import { cleanText } from '../papers/text.js';
import { findTopic } from '../papers/topics.js';
import { joinedStem, wordsOf } from '../papers/words.js';
import type { Interests } from '../subscribers/preferences.js';

/** Why a paper is in a selection: `matches diffusion`, `by Jane Doe`. */
export type Reason = readonly [how: 'by' | 'from' | 'matches' | 'topic', words: string];

/** A paper that a reader is interested in, by its number. */
export interface Match {
  paper: number;
  reasons: Reason[];
}

/** What an interest finds, and what is said of it. */
interface Answer {
  hits: readonly Hit[];
  reason: Reason;
  /** The same for interests that differ only in how they are written. */
  key: string;
}

/** Whom a reader follows says more than a word, and a word more than a whole field. */
const WEIGHTS = { by: 8, from: 5, matches: 1, topic: 2 } as const;
/** Reasons that a paper is given with; who wants to know knows after these. */
const MAX_REASONS = 4;
/** Answers kept for others with the same interest; beyond so many, most are asked for once. */
const KEPT = 50_000;

/** Matches the papers of an edition with the interests of any number of readers. */
export class Matcher {
  readonly #index: PaperIndex;
  readonly #count: number;
  readonly #known = new Map<string, Answer>();

  constructor(papers: readonly IndexedPaper[]) {
    this.#index = new PaperIndex(papers);
    this.#count = papers.length;
  }

  /** What of the papers matches, what matches most first; else in their own order. */
  match({ authors, organisations, keywords, topics }: Interests): Match[] {
    const weights = new Array<number>(this.#count).fill(0);
    const reasons = new Map<number, Reason[]>();
    const add = (how: Reason[0], interests: readonly string[], ask: (text: string) => Hit[]) => {
      const asked = new Set<string>();
      for (const interest of interests) {
        const { hits, reason, key } = this.#remember(how, interest, ask);
        const again = asked.has(key);
        asked.add(key);
        for (const { paper, weight } of hits) {
          if (again && reasons.get(paper)?.some((given) => keyOf(...given) === key)) continue;
          weights[paper] = (weights[paper] ?? 0) + weight * WEIGHTS[how];
          const given = reasons.get(paper);
          if (given === undefined) reasons.set(paper, [reason]);
          else if (given.length < MAX_REASONS) given.push(reason);
        }
      }
    };
    add('by', authors, (name) => this.#index.by(name));
    add('from', organisations, (name) => this.#index.from(name));
    add('matches', keywords, (words) => this.#index.about(words));
    add('topic', topics, (name) => this.#index.on(name));
    return [...reasons]
      .map(([paper, given]) => ({ paper, reasons: given }))
      .sort((a, b) => (weights[b.paper] ?? 0) - (weights[a.paper] ?? 0) || a.paper - b.paper);
  }

  #remember(how: Reason[0], interest: string, ask: (text: string) => Hit[]): Answer {
    const asked = `${how} ${interest}`;
    const known = this.#known.get(asked);
    if (known) return known;
    if (this.#known.size >= KEPT) this.#known.clear();
    const reason = [how, wordsFor(how, interest)] as const;
    const answer = { hits: ask(interest), reason, key: keyOf(...reason) };
    this.#known.set(asked, answer);
    return answer;
  }
}

/** `diffusion` and `Diffusions` say the same of a paper that both match, and so do `LLM` and `llms`. */
function keyOf(how: Reason[0], words: string): string {
  return `${how} ${joinedStem(wordsOf(words))}`;
}

/** As the reader wrote it; the topics that are offered by the names under which they are. */
function wordsFor(how: Reason[0], interest: string): string {
  const label = how === 'topic' ? findTopic(interest)?.label : undefined;
  return label ?? cleanText(interest);
}
