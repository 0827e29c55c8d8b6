import type { Interests } from '../subscribers/preferences.js';
import { cleanText } from '../text/clean.js';
import { joinedStem, splitWords } from '../text/words.js';
import { type Hit, type IndexedPaper, PaperIndex } from './paper-index.js';
import { findTopic } from './topics.js';

/** Why a paper is in a selection: `matches diffusion`, `by Jane Doe`. */
export type Reason = readonly [how: 'by' | 'from' | 'matches' | 'topic', words: string];

/** A paper that a reader is interested in, by its number. */
export interface Match {
  paper: number;
  reasons: Reason[];
}

/** What an interest finds, and what is said of it. */
interface Answer {
  how: Reason[0];
  hits: readonly Hit[];
  /** By the number of a paper: 1 if it is among the hits. */
  finds: Uint8Array;
  reason: Reason;
  /** The same for interests that differ only in how they are written. */
  key: string;
}

/** Whom a reader follows says more than a word, and a word more than a whole field. */
const WEIGHTS = { by: 8, from: 5, matches: 1, topic: 2 } as const;
/** Reasons that a paper is given with; who wants to know knows after these. */
const MAX_REASONS = 4;
/** Answers kept for others with the same interest; beyond so many, most are asked for once. */
const KEPT = 10_000;
/** Of a long edition fewer: each answer has a mark for every paper. */
const MOST_MARKS = 8_000_000;

/** Matches the papers of an edition with the interests of any number of readers. */
export class Matcher {
  readonly #index: PaperIndex;
  readonly #count: number;
  readonly #most: number;
  /** What was asked before and finds something: what does not is soon asked again. */
  readonly #known: Readonly<Record<Reason[0], Map<string, Answer>>> = {
    by: new Map(),
    from: new Map(),
    matches: new Map(),
    topic: new Map(),
  };
  readonly #weights: Float64Array;

  constructor(papers: readonly IndexedPaper[]) {
    this.#index = new PaperIndex(papers);
    this.#count = papers.length;
    this.#most = Math.min(KEPT, Math.ceil(MOST_MARKS / papers.length));
    this.#weights = new Float64Array(papers.length);
  }

  /** What of the papers matches, what matches most first; else in their own order. */
  *match(interests: Interests): Generator<Match> {
    const answers = this.#answers(interests);
    const papers = this.#weigh(answers);
    // One by one: whoever selects takes fewer than there are, mostly.
    for (const paper of papers) yield { paper, reasons: reasonsFor(paper, answers) };
  }

  /** What the interests find, those that find nothing left out. */
  #answers({ authors, organisations, keywords, topics }: Interests): Answer[] {
    const answers: Answer[] = [];
    const ask = (how: Reason[0], interests: readonly string[]) => {
      for (const interest of interests) {
        const answer = this.#remember(how, interest);
        if (answer) answers.push(answer);
      }
    };
    ask('by', authors);
    ask('from', organisations);
    ask('matches', keywords);
    ask('topic', topics);
    return answers;
  }

  /** The papers that anything finds, what most speaks for first. */
  #weigh(answers: readonly Answer[]): number[] {
    const weights = this.#weights.fill(0);
    for (let place = 0; place < answers.length; place++) {
      const answer = answers[place];
      if (answer === undefined) continue;
      const toldBefore = saysAgain(answers, place);
      for (const { paper, weight } of answer.hits) {
        if (toldBefore && saysAgain(answers, place, paper)) continue;
        weights[paper] = (weights[paper] ?? 0) + weight * WEIGHTS[answer.how];
      }
    }
    const papers: number[] = [];
    for (let paper = 0; paper < this.#count; paper++) if (weights[paper]) papers.push(paper);
    return papers.sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
  }

  #remember(how: Reason[0], interest: string): Answer | null {
    const known = this.#known[how];
    const answer = known.get(interest);
    if (answer) return answer;
    const hits = this.#ask(how, interest);
    if (hits.length === 0) return null;
    if (known.size >= this.#most) known.clear();
    const fresh = this.#answer(how, interest, hits);
    known.set(interest, fresh);
    return fresh;
  }

  #ask(how: Reason[0], interest: string): Hit[] {
    if (how === 'by') return this.#index.by(interest);
    if (how === 'from') return this.#index.from(interest);
    return how === 'topic' ? this.#index.on(interest) : this.#index.about(interest);
  }

  #answer(how: Reason[0], interest: string, hits: readonly Hit[]): Answer {
    const reason = [how, wordsFor(how, interest)] as const;
    const finds = new Uint8Array(this.#count);
    for (const { paper } of hits) finds[paper] = 1;
    return { how, hits, finds, reason, key: toReasonKey(...reason) };
  }
}

function reasonsFor(paper: number, answers: readonly Answer[]): Reason[] {
  // Mostly there is one, and an array that is pushed to has room for seventeen: for twenty papers of a
  // million readers, that is most of the time.
  let reasons: Reason[] | undefined;
  for (let place = 0; place < answers.length && reasons?.length !== MAX_REASONS; place++) {
    const answer = answers[place];
    if (!answer?.finds[paper]) continue;
    if (reasons === undefined) reasons = [answer.reason];
    else if (!saysAgain(answers, place, paper)) reasons = [...reasons, answer.reason];
  }
  return reasons ?? [];
}

/** Whether an answer says, of this paper or of any, what one before it has said in another writing. */
function saysAgain(answers: readonly Answer[], place: number, paper?: number): boolean {
  const key = answers[place]?.key;
  for (let before = 0; before < place; before++) {
    const other = answers[before];
    if (other?.key === key && (paper === undefined || other?.finds[paper])) return true;
  }
  return false;
}

/** `diffusion` and `Diffusions` say the same of a paper that both match, and so do `LLM` and `llms`. */
function toReasonKey(how: Reason[0], words: string): string {
  return `${how} ${joinedStem(splitWords(words))}`;
}

/** As the reader wrote it; the topics that are offered by the names under which they are. */
function wordsFor(how: Reason[0], interest: string): string {
  const label = how === 'topic' ? findTopic(interest)?.label : undefined;
  return label ?? cleanText(interest);
}
