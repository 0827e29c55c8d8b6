/** Papers by the hundred thousand, with words as unevenly common as those of real abstracts. */
import { dice } from './papers.js';

export interface LibraryPaper {
  id: string;
  day: string;
  title: string;
  abstract: string;
  authors: string[];
}

/** The most common words of abstracts, the most common first; behind them come made-up ones. */
const COMMON =
  `the of and to a in we for that on with is by as this our models are from can learning an be
  model which language data training large to it through methods these at or tasks across has not
  performance while existing such have approach results framework propose more but using reasoning
  their show into both between method new based between visual generation its task also network
  time high experiments knowledge information two video benchmark image evaluation novel quality
  human attention inference first over diffusion agents agent however introduce system policy
  reinforcement deep neural representation transformer efficient context prompt multimodal dataset
  robust scaling optimisation alignment latent token tokens memory search planning robot scene
  detection segmentation retrieval speech graph safety reward feedback code world space motion`.split(
    /\s+/,
  );
const STARTS = 'br ch cl cr d dr f fl g gl h j k l m n p pl qu r s sh st t tr v w z'.split(' ');
const VOWELS = 'a e i o u ai ea io ou'.split(' ');
const ENDS = 'b ck d f g l m n nd nt r rn s st t x'.split(' ');
const SUFFIXES = ['', '', 'ing', 'ation', 'al', 'ive', 'ed', 'ly', 'ness', 's'];
const WORDS = 60_000;
const FAMILIES = 6_000;
const GIVEN = 400;

/** Draws places from 0 on, the first far more often than the last (Zipf and Mandelbrot). */
function zipf(size: number): (roll: number) => number {
  const sums = new Float64Array(size);
  let sum = 0;
  for (let place = 0; place < size; place++) {
    sum += 1 / (place + 3.7) ** 1.06;
    sums[place] = sum;
  }
  return (roll) => {
    const wanted = (roll / 2 ** 24) * sum;
    let [low, high] = [0, size - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** A word that nobody uses, the same for each number. */
export function madeUp(number: number): string {
  const roll = dice(number + 77);
  const one = (parts: readonly string[]) => parts[roll(parts.length)] ?? '';
  const syllables = Array.from(
    { length: 2 + roll(2) },
    () => one(STARTS) + one(VOWELS) + one(ENDS),
  );
  return syllables.join('') + one(SUFFIXES);
}

/** @returns the papers of so many, ten to twenty years' worth at a hundred a day, oldest first. */
export function* library(count: number): Generator<LibraryPaper> {
  const words = [...new Set(COMMON)];
  for (let number = 0; words.length < WORDS; number++) words.push(madeUp(number));
  const families = Array.from({ length: FAMILIES }, (_, n) => capital(madeUp(900_000 + n)));
  const given = Array.from({ length: GIVEN }, (_, n) => capital(madeUp(990_000 + n)));
  const [word, family] = [zipf(WORDS), zipf(FAMILIES)];
  for (let nth = 0; nth < count; nth++) {
    const roll = dice(nth + 1);
    const some = (length: number) =>
      Array.from({ length }, () => words[word(roll(2 ** 24))] ?? '').join(' ');
    const sentences = Array.from({ length: 6 + roll(5) }, () => `${capital(some(14 + roll(14)))}.`);
    const date = new Date(Date.UTC(2024, 0, 1) + Math.floor(nth / 100) * 86_400_000);
    const day = date.toISOString().slice(0, 10);
    yield {
      id: `${day.slice(2, 4)}${day.slice(5, 7)}.${String(10_000 + (nth % 90_000))}`,
      day,
      title: capital(some(6 + roll(8))),
      abstract: sentences.join(' '),
      authors: Array.from(
        { length: 2 + roll(9) },
        () => `${given[roll(GIVEN)]} ${families[family(roll(2 ** 24))]}`,
      ),
    };
  }
}

function capital(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}
