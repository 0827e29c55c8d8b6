import { stem } from 'porter2';

/** What a word has in common with its other forms, without accents, as the stores see it. */
export function toStem(word: string): string {
  return stem(word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase());
}
