// @ts-check

/**
 * What a word is to search, as it was when this migration was written: see `src/text/word-spans.ts`
 * and `src/text/letters.ts`. Papers that come later bring their words along.
 */

const READ_AS = (
  'ßss ẞSS æae ÆAE œoe ŒOE øo ØO łl ŁL đd ĐD ðd ÐD þth ÞTH ıi ħh ĦH ŧt ŦT ŋn ŊN ĸk ƀb ɃB ɓb ƁB ƈc ƇC ' +
  'ȼc ȻC ɖd ƉD ɗd ƊD ȡd ɇe ɆE əe ƏE ɛe ƐE ǝe ƎE ƒf ƑF ǥg ǤG ɠg ƓG ɦh ɨi ƗI ɩi ƖI ȷj ɉj ɈJ ƙk ƘK ƚl ȽL ' +
  'ɫl ⱢL ȴl ɲn ƝN ƞn ȠN ȵn ɔo ƆO ɵo ƟO ƥp ƤP ɋq ɊQ ɍr ɌR ɽr ⱤR ȿs ʂs ƭt ƬT ʈt ƮT ȶt ⱦt ȾT ʉu ɄU ʋv ƲV ƴy ' +
  'ƳY ɏy ɎY ƶz ƵZ ȥz ȤZ ɀz ⱥa ȺA'
).split(' ');
const LETTERS = new Map(READ_AS.map((pair) => [pair.slice(0, 1), pair.slice(1)]));
const OTHER_LETTERS = new RegExp(`[${[...LETTERS.keys()].join('')}]`, 'gu');
const UNREAD = String.raw`(?!\u200B)\p{Default_Ignorable_Code_Point}`;
const ALL_UNREAD = new RegExp(UNREAD, 'gu');
const ASCII = /^[\x20-\x7E]*$/;
const SIGNS = String.raw`\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{sc=Bopomofo}`;
const CHARACTER = String.raw`(?=[\p{L}\p{N}])[${SIGNS}]`;
const MARKED_CHARACTER = new RegExp(String.raw`(${CHARACTER})\p{M}+`, 'gu');
const HAS_CHARACTER = new RegExp(CHARACTER, 'u');
const RUN = new RegExp(String.raw`(?:[\p{L}\p{N}\p{M}\p{So}\p{Sc}]|${UNREAD})+`, 'gu');
const WORD = new RegExp(String.raw`${CHARACTER}|(?:(?!${CHARACTER})[\p{L}\p{N}\p{M}])+`, 'gu');
/** Words as both stores find them. */
const STORES_WORDS = /[\p{L}\p{N}\p{M}]+/gu;
/** To PostgreSQL, they are letters by some locales. */
const EASTERN_SIGNS = /[\u3000-\u303F\uFF00-\uFFEF]/;
const LONGEST_ABSTRACT = 8_000;

/** @param {string} text */
function fold(text) {
  return text
    .replace(ALL_UNREAD, '')
    .normalize('NFKD')
    .replace(OTHER_LETTERS, (letter) => LETTERS.get(letter) ?? letter)
    .normalize('NFC')
    .replace(MARKED_CHARACTER, '$1');
}

/** @param {string} text */
function toWords(text) {
  const runs = [...text.matchAll(RUN)].map(([run]) => (ASCII.test(run) ? run : fold(run)));
  return runs
    .flatMap((run) => run.match(WORD) ?? [])
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .join(' ');
}

/** @param {string} text */
function isSplitOtherwise(text) {
  if (ASCII.test(text)) return false;
  if (HAS_CHARACTER.test(text) || EASTERN_SIGNS.test(text)) return true;
  return toWords(text) !== (text.normalize('NFC').match(STORES_WORDS) ?? []).join(' ');
}

/**
 * @param {{ title: string, abstract: string, summary: string | null, authors: string }} paper
 * @returns the JSON of the words of a paper, `null` where stores find them by themselves.
 */
export function toSearchTexts({ title, abstract, summary, authors }) {
  const names = /** @type {string[]} */ (JSON.parse(authors));
  const searched = summary !== null && HAS_CHARACTER.test(summary) ? summary : '';
  if (![title, abstract, ...names, searched].some(isSplitOtherwise)) return null;
  return JSON.stringify({
    title: toWords(title),
    abstract: `${toWords(abstract.slice(0, LONGEST_ABSTRACT))} ${toWords(searched)}`.trim(),
    authors: names.map(toWords).join(' '),
  });
}
