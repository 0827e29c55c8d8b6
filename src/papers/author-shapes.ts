/** What stands between two commas of a list of authors. */
export interface Piece {
  text: string;
  /** `Jr.` or `III`, wherever it stood; empty where there is none. */
  suffix: string;
}

const SUFFIX = /^(?:jr|jnr|sr|snr|ii|iii|iv)\.?$/i;
const DEGREE = /^(?:ph\.?\s?d|m\.?d|m\.?sc|b\.?sc|m\.?p\.?h|d\.?phil|dr|prof|frcp|frcs|esq)\.?$/i;
const SUFFIX_BEHIND = /^(.+?),?\s+(jr|jnr|sr|snr|ii|iii|iv)(\.?)$/i;

export const LONGEST_NAME = 300;

/** The pieces between commas. Suffixes go to the piece before, degrees are left out. */
export function toPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (const raw of text.split(',')) {
    const piece = withoutMarks(raw.slice(0, LONGEST_NAME));
    const before = pieces.at(-1);
    if (before && SUFFIX.test(piece)) before.suffix = piece;
    else if (isName(piece) && !(before && DEGREE.test(piece))) pieces.push(takeSuffix(piece));
  }
  return pieces;
}

function takeSuffix(text: string): Piece {
  const [, name = text, suffix = '', dot = ''] = SUFFIX_BEHIND.exec(text) ?? [];
  return { text: name, suffix: suffix + dot };
}

/** Without the numbers and stars by which a name refers to an institute. */
function withoutMarks(text: string): string {
  const bare = text.replace(/[\s*†‡§¶∗]+$/u, '').trim();
  return countWords(bare) > 1 && !isGroup(bare) ? bare.replace(/\s*\d{1,2}$/, '') : bare;
}

function isName(text: string): boolean {
  return /\p{L}/u.test(text);
}

export function formatName({ text, suffix }: Piece): string {
  return suffix === '' ? text : `${text} ${suffix}`;
}

/** Given name first; names in Han or Hangul keep their order. */
export function invert(family: Piece, given: Piece): string {
  const suffix = family.suffix || given.suffix;
  const isEastern = EASTERN.test(family.text) && EASTERN.test(given.text);
  const text = isEastern ? family.text + given.text : `${given.text} ${family.text}`;
  return formatName({ text, suffix });
}

/** As it was written, where nobody can tell whether it is one name or two. */
export function asWritten(...pieces: Piece[]): string {
  return pieces.map(formatName).join(', ');
}

export function countWords(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}

const INITIAL = String.raw`\p{Lu}\p{M}*(?:\p{Ll}{0,2}\.|(?!\p{L}))`;
const INITIALS = new RegExp(
  `^${INITIAL}(?:[\\s-]*${INITIAL})*(?:\\s+(?:\\p{Ll}+\\s*){1,3})?$`,
  'u',
);
const BARE_INITIALS = /^(?:\p{Lu}\p{M}*[\s-]?){1,3}$/u;
const ENDS_IN_INITIAL = /^\p{Lu}.*[\s-]\p{Lu}\.$/u;
const ENDS_IN_BARE_INITIAL = /^\p{Lu}\S*\p{Ll}\S*\s\p{Lu}$/u;

/** `X.`, `P.-J.`, `P. van der`, `Donald E.`: nobody's whole name. */
export function isGiven({ text }: Piece): boolean {
  return INITIALS.test(text) || ENDS_IN_INITIAL.test(text);
}

/** What behind a family name can be nothing but the given one: `JR` and `Donald E`, too. */
export function isGivenBehind(family: Piece, { text }: Piece): boolean {
  if (BARE_INITIALS.test(text)) return true;
  return countWords(family.text) === 1 && ENDS_IN_BARE_INITIAL.test(text);
}

/** `van der Berg`, `de la Cruz`, `al-Khwarizmi`: written so, a family name that stands first. */
export function isParticleFamily({ text }: Piece): boolean {
  return /^(?:\p{Ll}+['’]?\s+)+\p{Lu}|^(?:\p{Ll}{1,3}['’-])\p{Lu}/u.test(text);
}

const FAMILY_INITIALS =
  /^((?:\p{Ll}+\s+)*\p{Lu}[\p{L}\p{M}'’-]*\p{Ll}[\p{L}\p{M}'’-]*)\s+(\p{Lu}{1,3}|\p{Lu}\.(?:[\s-]?\p{Lu}\.){0,3})$/u;

/** `Smith JA` or `Smith J.A.`, as indexes write it: given name first; `null` for other forms. */
export function fromFamilyInitials({ text, suffix }: Piece): string | null {
  const [, family, initials] = FAMILY_INITIALS.exec(text) ?? [];
  if (family === undefined || initials === undefined) return null;
  const dotted = initials.includes('.') ? initials : initials.replace(/./gu, '$&.');
  const given = dotted.replace(/\.(?=\p{Lu})/gu, '. ');
  return formatName({ text: `${given} ${family}`, suffix });
}

const EASTERN = /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\s·]+$/u;

/** The family names of three quarters of all Chinese, and the commonest of Korea. */
const EASTERN_FAMILIES = new Set(
  '王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林郑鄭罗羅梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾萧蕭肖田董潘袁于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范范金石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛闫段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴武戴莫孔向汤湯김이박최정강조윤장임',
);

/** A whole name in Han or Hangul, with the family name in it. */
export function isEasternName({ text }: Piece): boolean {
  const letters = [...text.replace(/\s/g, '')];
  if (!EASTERN.test(text) || letters.length < 2) return false;
  return letters.length > 2 || EASTERN_FAMILIES.has(letters[0] ?? '');
}

export function isEastern(text: string): boolean {
  return EASTERN.test(text);
}

const GROUP_WORDS = [
  'collaborations?|consortium|consortia|teams?|groups?|networks?|initiative|project|investigators',
  'committee|task force|instituto?|institutes?|institutions?|universit\\p{L}+|laborator\\p{L}+|labs?',
  'departments?|foundation|association|society|council|agency|corporation|inc|ltd|gmbh|cent(?:er|re)s?',
  'academy|ministry|program|programme|alliance|partnership|organi[sz]ation|community|contributors',
  'college|hospital',
].join('|');
const GROUP = new RegExp(`(?<![\\p{L}-])(?:${GROUP_WORDS})(?![\\p{L}-])`, 'iu');
const GROUP_BEHIND = new RegExp(`(?<![\\p{L}-])(?:${GROUP_WORDS})\\.?$`, 'iu');

/** Of people who go by one name: `ATLAS Collaboration`. */
export function isGroup(text: string): boolean {
  return GROUP.test(text);
}

/** Whether a group's name is over here. */
export function endsInGroup(text: string): boolean {
  return GROUP_BEHIND.test(text) && !/\s(?:of|for)\s/i.test(text);
}
