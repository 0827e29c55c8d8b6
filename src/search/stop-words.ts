/** Words that almost every abstract has: to ask for them costs much and tells nothing. */
const STOP_WORDS = new Set(
  'a an and are as at be by for from in into is it its of on or that the their these this to was we which with'.split(
    ' ',
  ),
);

export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word.toLowerCase());
}
