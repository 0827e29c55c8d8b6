import type { Interests } from '../subscribers/preferences.js';
import { cleanText } from '../text/clean.js';
import { joinedStem, splitWords } from '../text/words.js';
import { type Hit, type IndexedPaper, PaperIndex } from './paper-index.js';
import { findTopic } from './topics.js';

/**
 * Why a paper is in a selection: `matches diffusion`, `by Jane Doe`. In no language: selections are
 * shared by readers of all of them, so a topic that is offered stands in it by its slug.
 */
export type Reason = readonly [how: 'by' | 'from' | 'matches' | 'topic', words: string];

/** A paper that a reader is interested in, by its number. */
export interface Match {
  paper: number;
  reasons: Reason[];
}

/** The result of one interest. */
interface Answer {
  how: Reason[0];
  hits: readonly Hit[];
  /** For each paper, by its number: 1 if it is among the hits. */
  finds: Uint8Array;
  reason: Reason;
  /** Equal for interests that differ only in spelling. */
  key: string;
}

/** Followed authors and organisations weigh most. */
const WEIGHTS = { by: 8, from: 5, matches: 1, topic: 2 } as const;
/** Most reasons that are shown for a paper. */
const MAX_REASONS = 4;
/** Answers kept for other readers with the same interest. Rarer interests are hardly shared. */
const KEPT = 10_000;
/** Bytes for the answers of a kind. Each has one for every paper, so long editions keep fewer. */
const MOST_MARKS = 8_000_000;

/** Matches the papers of an edition with the interests of any number of readers. */
export class Matcher {
  readonly #index: PaperIndex;
  readonly #count: number;
  readonly #most: number;
  /** Answers with hits. One without hits is fast to find again. */
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

  /** The papers that match, best first; equal ones in the order of the edition. */
  *match(interests: Interests): Generator<Match> {
    const answers = this.#answers(interests);
    const papers = this.#weigh(answers);
    // Yielded one by one, since most selections take only the first ones.
    for (const paper of papers) yield { paper, reasons: toReasons(paper, answers) };
  }

  /** The answers to the interests, without those that have no hits. */
  #answers({ authors, organisations, keywords, topics }: Interests): Answer[] {
    const answers: Answer[] = [];
    const add = (how: Reason[0], interests: readonly string[]) => {
      for (const interest of interests) {
        const answer = this.#loadAnswer(how, interest);
        if (answer) answers.push(answer);
      }
    };
    add('by', authors);
    add('from', organisations);
    add('matches', keywords);
    add('topic', topics);
    return answers;
  }

  /** The papers with any hit, greatest weight first. */
  #weigh(answers: readonly Answer[]): number[] {
    const weights = this.#weights.fill(0);
    for (let place = 0; place < answers.length; place++) {
      const answer = answers[place];
      if (answer === undefined) continue;
      const repeated = isRepeated(answers, place);
      for (const { paper, weight } of answer.hits) {
        if (repeated && isRepeated(answers, place, paper)) continue;
        weights[paper] = (weights[paper] ?? 0) + weight * WEIGHTS[answer.how];
      }
    }
    const papers: number[] = [];
    for (let paper = 0; paper < this.#count; paper++) if (weights[paper]) papers.push(paper);
    return papers.sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
  }

  /** The answer to one interest, `null` if it has no hits. */
  #loadAnswer(how: Reason[0], interest: string): Answer | null {
    const known = this.#known[how];
    const answer = known.get(interest);
    if (answer) return answer;
    const hits = this.#find(how, interest);
    if (hits.length === 0) return null;
    if (known.size >= this.#most) known.clear();
    const fresh = this.#toAnswer(how, interest, hits);
    known.set(interest, fresh);
    return fresh;
  }

  #find(how: Reason[0], interest: string): Hit[] {
    if (how === 'by') return this.#index.by(interest);
    if (how === 'from') return this.#index.from(interest);
    return how === 'topic' ? this.#index.on(interest) : this.#index.about(interest);
  }

  #toAnswer(how: Reason[0], interest: string, hits: readonly Hit[]): Answer {
    const topic = how === 'topic' ? findTopic(interest) : undefined;
    const reason = [how, topic?.slug ?? cleanText(interest)] as const;
    const finds = new Uint8Array(this.#count);
    for (const { paper } of hits) finds[paper] = 1;
    return { how, hits, finds, reason, key: toReasonKey(how, topic?.label ?? reason[1]) };
  }
}

function toReasons(paper: number, answers: readonly Answer[]): Reason[] {
  // Most papers have one reason. An array that is pushed to reserves space for 17, and allocating
  // that for twenty papers of a million readers took most of the time.
  let reasons: Reason[] | undefined;
  for (let place = 0; place < answers.length && reasons?.length !== MAX_REASONS; place++) {
    const answer = answers[place];
    if (!answer?.finds[paper]) continue;
    if (reasons === undefined) reasons = [answer.reason];
    else if (!isRepeated(answers, place, paper)) reasons = [...reasons, answer.reason];
  }
  return reasons ?? [];
}

/**
 * Whether an earlier answer is to the same interest in another spelling.
 * @param paper if given, the earlier answer must have it among its hits
 */
function isRepeated(answers: readonly Answer[], place: number, paper?: number): boolean {
  const key = answers[place]?.key;
  for (let before = 0; before < place; before++) {
    const other = answers[before];
    if (other?.key === key && (paper === undefined || other?.finds[paper])) return true;
  }
  return false;
}

/** Equal for `diffusion` and `Diffusions`, and for `LLM` and `llms`. */
function toReasonKey(how: Reason[0], words: string): string {
  return `${how} ${joinedStem(splitWords(words))}`;
}
