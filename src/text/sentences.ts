/** Abbreviations that stand before a name, a number or an example: no sentence ends with them. */
const LEADING = new Set(
  (
    'mr mrs ms messrs dr prof st mt ft gen col lt sgt capt rev hon gov sen rep pres adm ' +
    'fig figs eq eqs eqn eqns sec secs sect tab tabs ref refs no nos vol vols ch chap app appx par pp ' +
    'thm lem def defn prop cor alg rem ex vs v cf viz approx ca circa incl esp resp ie eg aka wrt ' +
    'jan feb mar apr jun jul aug sep sept oct nov dec vgl bzw dept univ inst assoc avg max min ' +
    'est ed eds trans transl sup suppl supp'
  ).split(' '),
);
/** Those that are words as well end a sentence where one of the others begins. */
const ALSO_WORDS = new Set(
  'no st par sec app ex def rem cor prop alg ref tab max min ed sup ft mar sun sat dec trans resp pp'.split(
    ' ',
  ),
);
/** Abbreviations that may end a sentence. */
const TRAILING = new Set(
  'al etc inc ltd co corp bros jr sr phd esq plc llc gmbh ag wk hr hrs mins secs'.split(' '),
);
/** Words with which sentences begin, and names hardly ever do. */
const BEGINNING =
  /^(?:we|our|ours|us|the|this|that|these|those|it|its|they|their|there|here|however|moreover|furthermore|in|on|at|to|for|from|with|without|by|as|an?|if|when|while|where|what|how|why|who|which|although|though|since|because|but|and|or|yet|so|thus|hence|then|also|finally|first|second|third|experiments?|results?|code|extensive|specifically|additionally|compared|unlike|despite|under|using|by|existing|recent|to|our|both|each|all|some|most|many|such|one|two|he|she|you|i|let|can|does|do|is|are)$/i;

/** How long a remark in brackets may be; a bracket without an end is none. */
const BRACKETED = 300;
const BRACKETS = /\([^()]{0,300}\)/g;

/** Where the words before and after a mark are looked for. */
const WORD_BEFORE = /(\S{0,40})$/;
const END = /[.!?]["'”’)\]]*(?=\s+["'“‘([¿¡]*[\p{Lu}\p{Lo}\p{N}])|[。！？][”’」』）]*/gu;

/**
 * The places behind the sentences of a text. What is no end stays inside: abbreviations, initials,
 * numbers, an ellipsis, a remark in brackets. In doubt there is none, so that no sentence is cut.
 */
export function findSentenceEnds(text: string): number[] {
  const brackets = findBrackets(text);
  let bracket = 0;
  const ends: number[] = [];
  for (const { 0: mark, index } of text.matchAll(END)) {
    while ((brackets[bracket]?.end ?? Infinity) <= index) bracket++;
    if ((brackets[bracket]?.start ?? Infinity) < index) continue;
    const end = index + mark.length;
    if (!mark.startsWith('.') || isEnd(text, index, end)) ends.push(end);
  }
  return ends;
}

interface Span {
  start: number;
  end: number;
}

/** Remarks in brackets, and one that is not closed where a text was cut. */
function findBrackets(text: string): Span[] {
  const spans = [...text.matchAll(BRACKETS)].map(({ 0: remark, index }) => ({
    start: index,
    // A full stop before the closing bracket ends a sentence that is all in brackets.
    end: index + remark.length - (/[.!?]\)$/.test(remark) ? 2 : 1),
  }));
  const open = text.lastIndexOf('(');
  const isOpen = open > text.lastIndexOf(')') && text.length - open < BRACKETED;
  return isOpen ? [...spans, { start: open, end: text.length }] : spans;
}

/** Whether the full stop at `stop` ends a sentence, given that a capital letter or number follows. */
function isEnd(text: string, stop: number, end: number): boolean {
  const [, chunk = ''] = WORD_BEFORE.exec(text.slice(Math.max(stop - 40, 0), stop)) ?? [];
  const word = chunk.replace(/^["'“‘([{—–]+/, '');
  const [, next = ''] =
    /^\s+["'“‘([¿¡]*([\p{L}\p{M}\p{N}’'-]{0,30})/u.exec(text.slice(end, end + 50)) ?? [];
  const begins = BEGINNING.test(next);
  // An ellipsis, or a stop by itself as in `.NET`.
  if (word === '' || /[.…]$/.test(word)) return false;
  const name = word.replace(/^.*[-/–—]/, '');
  if (/^\d{1,2}$/.test(word)) return !isListNumber(text, stop - word.length);
  if (/^\p{L}$/u.test(name) || /^(?:\p{Lu}\.-?)+\p{Lu}$/u.test(word)) return begins;
  if (/^(?:\p{L}{1,3}\.)+\p{L}{1,3}$/u.test(word)) return begins && /\p{Lu}/u.test(word);
  return isWordEnd(name, begins) && (begins || !/^\p{N}/u.test(next) || name.length > 3);
}

function isWordEnd(word: string, begins: boolean): boolean {
  const plain = word.toLowerCase();
  if (LEADING.has(plain)) return begins && (ALSO_WORDS.has(plain) || /\p{Lu}{2}/u.test(word));
  if (TRAILING.has(plain)) return begins;
  // Short words without a vowel are abbreviations, unless they are written in capitals.
  return begins || !/^\p{Lu}?[b-df-hj-np-tv-xz]{1,4}$/u.test(word);
}

/** Whether a number is that of an item: it begins the text, or follows the end of something. */
function isListNumber(text: string, start: number): boolean {
  const before = text.slice(Math.max(start - 20, 0), start).trimEnd();
  const [, abbreviation] = /(\p{L}+)\.$/u.exec(before) ?? [];
  if (abbreviation !== undefined) return !LEADING.has(abbreviation.toLowerCase());
  return /(?:^|[.:;!?•])$/.test(before);
}
