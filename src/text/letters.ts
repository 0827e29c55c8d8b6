/**
 * Letters that Unicode does not take apart into a plain letter and an accent, each before what it is
 * read as.
 */
const READ_AS = (
  'ßss ẞSS æae ÆAE œoe ŒOE øo ØO łl ŁL đd ĐD ðd ÐD þth ÞTH ıi ħh ĦH ŧt ŦT ŋn ŊN ĸk ƀb ɃB ɓb ƁB ƈc ƇC ' +
  'ȼc ȻC ɖd ƉD ɗd ƊD ȡd ɇe ɆE əe ƏE ɛe ƐE ǝe ƎE ƒf ƑF ǥg ǤG ɠg ƓG ɦh ɨi ƗI ɩi ƖI ȷj ɉj ɈJ ƙk ƘK ƚl ȽL ' +
  'ɫl ⱢL ȴl ɲn ƝN ƞn ȠN ȵn ɔo ƆO ɵo ƟO ƥp ƤP ɋq ɊQ ɍr ɌR ɽr ⱤR ȿs ʂs ƭt ƬT ʈt ƮT ȶt ⱦt ȾT ʉu ɄU ʋv ƲV ƴy ' +
  'ƳY ɏy ɎY ƶz ƵZ ȥz ȤZ ɀz ⱥa ȺA'
).split(' ');
const LETTERS: ReadonlyMap<string, string> = new Map(
  READ_AS.map((pair) => [pair.slice(0, 1), pair.slice(1)]),
);
const OTHER_LETTERS = new RegExp(`[${[...LETTERS.keys()].join('')}]`, 'gu');

/**
 * What is inside words without being read: soft hyphens, joiners and non-joiners, variation selectors,
 * marks of direction. A zero-width space is none: it stands between words.
 */
export const UNREAD = String.raw`(?!\u200B)\p{Default_Ignorable_Code_Point}`;
const ALL_UNREAD = new RegExp(UNREAD, 'gu');

const ASCII = /^[\x20-\x7E]*$/;

/**
 * A text whose letters are written in one way: full and half width, ligatures and other compatibility
 * forms (NFKC) are alike, `ø` is `o`, and nothing in it goes unread. Accents stay.
 */
export function foldLetters(text: string): string {
  if (ASCII.test(text)) return text;
  return text
    .replace(ALL_UNREAD, '')
    .normalize('NFKD')
    .replace(OTHER_LETTERS, (letter) => LETTERS.get(letter) ?? letter)
    .normalize('NFC');
}

/** Without accents and other marks, except for those that make another sound of a kana: `が`, `か`. */
export function withoutAccents(text: string): string {
  if (ASCII.test(text)) return text;
  return text
    .normalize('NFD')
    .replace(/[^\P{M}\u3099\u309A]+/gu, '')
    .normalize('NFC');
}
