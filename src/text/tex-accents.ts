/** The letters of Latin alphabets that take each of TeX's accents. */
const TAKERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "'": 'aceiklmnoprsuwyzgACEIKLMNOPRSUWYZG',
    '`': 'aeinouwyAEINOUWY',
    '^': 'aceghijosuwyzACEGHIJOSUWYZ',
    '"': 'aeiouyAEIOUY',
    '~': 'aeinouyAEINOUY',
    '=': 'aeiouyAEIOUY',
    '.': 'zZI',
    v: 'acdegijklnorstuzACDEGIKLNORSTUZ',
    u: 'aegiouAEGIOU',
    H: 'ouOU',
    r: 'auAU',
    c: 'cdegklnrstCDEGKLNRST',
    k: 'aeiouAEIOU',
    d: 'adehiklmnorstuvyzADEHIKLMNORSTUVYZ',
    b: 'bdklnrtzBDKLNRTZ',
  }),
);

/** A letter behind an accent: itself, or one that TeX writes as a command, as in `Garc\'\i a`. */
const COMMAND_LETTER = /\\(i|j|ae|AE|o|O|aa|AA)(?![A-Za-z])(?:\{\}| (?=\p{L}))?/uy;
const COMMAND_LETTERS: Readonly<Record<string, string>> = {
  ...{ i: 'i', j: 'j', ae: 'æ', AE: 'Æ', o: 'ø', O: 'Ø', aa: 'å', AA: 'Å' },
};

/** What an English contraction or an Irish name has after its apostrophe: `it\'s`, `O\'Connor`. */
const CONTRACTION = /(?:s|t|d|m|ll|re|ve|clock|n\\')(?!\p{L})|n\\'/uy;
/** What files are called behind an escaped full stop: `a\.zip`. */
const EXTENSION = /z(?:ip|sh|st|lib)?(?!\p{L})/uy;
const CAPITALIZED = /\p{Lu}\p{Ll}/uy;
/** How far behind an opening quotation mark the closing one is looked for. */
const QUOTED = 200;

/** A letter that takes an accent, and where the text goes on. */
export interface Accented {
  letter: string;
  end: number;
}

/**
 * The letter without braces that takes the accent `sign`, which is a command of one letter or a
 * backslash with a sign. Null where the backslash escapes a quotation mark, or belongs to something
 * else, like the `\d` of a regular expression.
 * @param at the place behind the sign
 */
export function findAccented(text: string, sign: string, at: number): Accented | null {
  const before = text[at - sign.length - 2] ?? '';
  const isLetterSign = /[A-Za-z]/.test(sign);
  const inWord = /\p{L}/u.test(before);
  const start = isLetterSign && text[at] === ' ' ? at + 1 : at;
  const found = letterAt(text, start);
  if (found === null) return null;
  if (found.isPlain && !TAKERS.get(sign)?.includes(found.letter)) return null;
  const isFree = isLetterSign
    ? // At the beginning of a word these are rather a class of a regular expression.
      inWord || !/[bdr]/.test(sign) || (sign === 'r' && /\p{Lu}/u.test(found.letter))
    : !isPunctuation(text, sign, at, inWord || before === '{' ? before : '');
  return isFree ? found : null;
}

function letterAt(text: string, at: number): (Accented & { isPlain: boolean }) | null {
  COMMAND_LETTER.lastIndex = at;
  const name = COMMAND_LETTER.exec(text)?.[1];
  if (name !== undefined) {
    const letter = COMMAND_LETTERS[name] ?? '';
    return { letter, end: COMMAND_LETTER.lastIndex, isPlain: false };
  }
  const letter = text[at];
  return letter === undefined ? null : { letter, end: at + 1, isPlain: true };
}

/**
 * Whether the sign behind a backslash is an escaped apostrophe or quotation mark, or a full stop: no
 * accent.
 */
function isPunctuation(text: string, sign: string, at: number, before: string): boolean {
  if (before === '{') return false;
  if (sign === '.' && matchesAt(EXTENSION, text, at)) return true;
  if (before !== '') {
    if (sign !== "'") return false;
    if (matchesAt(CONTRACTION, text, at)) return true;
    const alone = isAlone(text, at);
    if ((alone || /\p{Ll}/u.test(before)) && matchesAt(CAPITALIZED, text, at)) return true;
    return alone && before === 'O' && /\p{Lu}/u.test(text[at] ?? '');
  }
  if (sign === '"' && !/\p{L}|\\/u.test(text[at + 1] ?? '')) return true;
  if (sign === '.' || sign === '=') return !/\p{L}/u.test(text[at + 1] ?? '');
  return sign !== '^' && isClosedLater(text, sign, at);
}

/** Whether the letter before the backslash is a word by itself, as in `O\'Connor`. */
function isAlone(text: string, at: number): boolean {
  return !/\p{L}/u.test(text[at - 4] ?? '');
}

/** Whether what begins here is a quotation: the next such sign closes a word and begins none. */
function isClosedLater(text: string, sign: string, at: number): boolean {
  const next = text.slice(at, at + QUOTED).indexOf(`\\${sign}`);
  if (next < 1) return false;
  const behind = text[at + next + 2] ?? '';
  return !/[\s(]/.test(text[at + next - 1] ?? '') && !/[\p{L}{\\]/u.test(behind);
}

function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}
