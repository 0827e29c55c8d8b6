/**
 * Characters that hide or reorder what a reader sees: controls, zero-width marks, bidirectional
 * overrides and isolates (the trick known as "Trojan Source"), tags, noncharacters, private use,
 * the byte order mark.
 */
const HIDDEN =
  /[\p{Cc}\p{Co}\p{Noncharacter_Code_Point}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/gu;

const LINE_BREAK = /[\t-\r\u0085]/;

/** Scripts in which joiners change how neighbours are written. */
const JOINING = [
  ...['Arabic', 'Syriac', 'Mongolian', 'Nko', 'Mandaic', 'Phags_Pa', 'Adlam', 'Hanifi_Rohingya'],
  ...['Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil', 'Telugu', 'Kannada'],
  ...['Malayalam', 'Sinhala', 'Khmer', 'Myanmar', 'Tibetan', 'Thaana', 'Balinese', 'Javanese'],
];
const ofJoining = JOINING.map((script) => `\\p{Script_Extensions=${script}}`).join('');

/** Invisible characters that are needed where they stand, with what must come before and after. */
const NEEDED = [
  // Joiners inside words of joining scripts. In Latin words they only make look-alikes.
  `(?<=[${ofJoining}])(?:\\u200D|\\u200C(?=[${ofJoining}]))`,
  // Emoji sequences, with or without a skin tone.
  String.raw`(?<=\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?)\u200D(?=\p{Extended_Pictographic})`,
  // Variation selectors: emoji or text style, other forms of ideographs and symbols.
  String.raw`(?<=\p{Emoji})[\uFE0E\uFE0F]`,
  String.raw`(?<=[\p{Script=Han}\p{Sm}\p{So}])[\uFE00-\uFE0F]`,
  String.raw`(?<=\p{Script=Han})[\u{E0100}-\u{E01EF}]`,
  String.raw`(?<=\p{Script=Mongolian})[\u180B-\u180D\u180F]`,
  // Fillers for the missing part of a Korean syllable.
  String.raw`\u115F(?=[\u1161-\u11A7])|(?<=[\u1100-\u115E])\u1160`,
].join('|');
const NEEDED_HERE = new RegExp(NEEDED, 'gu');

/** Removes invisible characters, except those that other characters need to be written right. */
export function withoutHidden(text: string): string {
  // Repeats, since removing one character may make the joiner after it needless.
  for (let before = text; ; ) {
    const after = withoutNeedless(before);
    if (after === before) return after;
    before = after;
  }
}

function withoutNeedless(text: string): string {
  HIDDEN.lastIndex = 0;
  if (!HIDDEN.test(text)) return text;
  const once = text.replace(/([\u200C\u200D])[\u200C\u200D]+/g, '$1');
  const needed = new Set([...once.matchAll(NEEDED_HERE)].map(({ index }) => index));
  return once.replace(HIDDEN, (character, place: number) =>
    LINE_BREAK.test(character) || needed.has(place) ? character : '',
  );
}
