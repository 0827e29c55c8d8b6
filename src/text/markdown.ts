/** What stands for a finished piece of text that nothing else may change. */
export type SetAside = (piece: string) => string;

/** Elements of Markdown that take whole lines. Without line breaks they can't be told from text. */
const FENCE = /^[ \t]*(?:```|~~~)[\w-]{0,20}[ \t]*$/gm;
/** One `#` may be "number of" at the beginning of a wrapped line; it needs an empty line before it. */
const HEADING =
  /^[ \t]{0,3}(?:#{2,6}|(?<=(?<![\s\S])\s{0,9}|\n[ \t]{0,9}\n[ \t]{0,3})#)[ \t]+(?=\S)/gm;
const RULE = /(?<=\n)[ \t]*(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*(?=\n)/g;
const QUOTE = /^[ \t]{0,3}>[ \t]+(?=\S)/gm;
const ITEM = /^[ \t]*[-*+][ \t]+(?=\S)/gm;
/** A list begins the text, or follows an empty line or the end of a sentence. */
const LIST =
  /(?:^|[.:;!?]|\n)[ \t]*(?:^|\n)[ \t]*[-*+][ \t]+\S[^\n]*\n[ \t]*(?:[-*+][ \t]|\n[ \t]*[-*+][ \t])/;

/** Takes the marks of headings, lists, quotations and code off the beginnings of lines. */
export function withoutBlockMarks(raw: string): string {
  if (!/\S[^\S\n]*\n\s*\S/.test(raw) || !/(?:^|\n)[ \t]*[#>*+`~_=-]/.test(raw)) return raw;
  const lines = raw.replaceAll('\r\n', '\n');
  const isList = LIST.test(lines);
  const isQuoted = lines
    .trim()
    .split('\n')
    .every((line) => /^[ \t]*(?:>|$)/.test(line));
  const text = lines.replace(FENCE, '').replace(HEADING, '').replace(RULE, '');
  const plain = isQuoted ? text.replace(QUOTE, '') : text;
  return isList ? plain.replace(ITEM, '• ') : plain;
}

const WEB = String.raw`(?:https?:\/\/|www\.|mailto:)(?:[^\s()<>]|\([^\s()<>]{0,80}\)){1,500}`;
/** `[text](address)`, also of an image, with a title, or with brackets of its own: `[[1]](…)`. */
const LINK = new RegExp(
  String.raw`!?\[((?:[^[\]]|\[[^[\]]{0,80}\]){0,200})\]\(<?(${WEB})>?(?: "[^"]{0,100}")?\)`,
  'g',
);
/** `code`, but not a quotation `in TeX's way'. */
const CODE =
  /(?<![\p{L}\p{N}`'\\])(`{1,2})(?!`)([^\s`](?:[^`]{0,100}[^\s`'\\])?)\1(?![`'\p{L}\p{N}])/gu;

/** Makes text of links and code. What must not be read as anything else is set aside. */
export function readLinksAndCode(text: string, setAside: SetAside): string {
  if (!/[`\]]/.test(text)) return text;
  return text
    .replace(LINK, (_whole, label: string, address: string) => {
      const shown = label.trim();
      const url = setAside(address.replace(/^mailto:/, ''));
      return shown === '' || shown === address ? url : `${shown} (${url})`;
    })
    .replace(CODE, (_whole, _ticks: string, code: string) => setAside(code));
}

/** Before these, stars open something: elsewhere they are powers, arguments, patterns of files. */
const OPENING = String.raw`(?<=^|[\s([{“"‘'—–:;,>~-])`;
/** `"*"` speaks of the sign itself. */
const NO_QUOTED_SIGN = String.raw`(?!(?<=["'“‘]\*{1,3})["'”’])`;
const STRONG = new RegExp(
  String.raw`${OPENING}(\*\*\*|\*\*)${NO_QUOTED_SIGN}(?=[\p{L}\p{N}\uE000-\uF8FF“‘"'([$\\#@+~<≥≤∼≈])((?:[^*]|\*(?!\*)){1,400}?)(?<![\s,;(=*/])\1(?!\*)`,
  'gu',
);
/** Letters of a name that make an abbreviation: `Lo**R**A`. */
const STRONG_LETTERS = /(?<=\p{L}{2})\*\*(\p{L}{1,20})\*\*(?![*\p{N}])/gu;
const EMPHASIS = new RegExp(
  String.raw`${OPENING}\*${NO_QUOTED_SIGN}(?=[\p{L}“‘"'(\uE000-\uF8FF])([^*]{1,150}?)(?<=[\p{L}\p{N}.!?)”’"'%\uE000-\uF8FF])\*(?![\p{L}\p{N}*/(])`,
  'gu',
);
const UNDERLINED =
  /(?<![\p{L}\p{N}_./$-])(___?)(?=[\p{L}\p{N}“"'(])((?:[^_]|_(?!_)){1,300}?)(?<=[\p{L}\p{N}.!?)”"':%])\1(?![\p{L}\p{N}_.(=]\w?)/gu;
const STRUCK =
  /(?<![\p{L}\p{N}~])~~(?=[\p{L}\p{N}])([^~]{1,200}?)(?<=[\p{L}\p{N}.!?)])~~(?![\p{L}\p{N}~])/gu;
/** Names that languages of programs write like this: `__init__`, `__FILE__`. */
const DUNDER =
  /^(?:[a-z][a-z\d]+(?:_[a-z\d]+)*|FILE|LINE|DATE|TIME|FUNCTION|COUNTER|VERSION|VA_ARGS|STDC)$/;
/** The quotation marks of wikis, which TeX would open with backticks. */
const QUOTED =
  /(?<![\p{L}\p{N}`'’=,([{]|\\)''(?=[\p{L}\p{N}\uE000-\uF8FF])([^'`]{1,200}?|(?:[^'`]|'(?!')){1,200}?)(?<=[\p{L}\p{N}.,!?;%)\uE000-\uF8FF])''(?![\p{L}\p{N}'])/gu;

/** Takes the marks of emphasis away. Stars of formulas and underscores of names stay. */
export function withoutEmphasis(text: string): string {
  if (!/\*|__|''|~~/.test(text)) return text;
  return text
    .replace(STRONG, '$2')
    .replace(STRONG_LETTERS, '$1')
    .replace(EMPHASIS, (whole, inner: string, place: number, all: string) =>
      isFactor(inner, place, whole.length, all) ? whole : inner,
    )
    .replace(UNDERLINED, (whole, _sign: string, inner: string) =>
      DUNDER.test(inner) ? whole : inner,
    )
    .replace(STRUCK, '$1')
    .replace(QUOTED, '“$1”');
}

/** Whether a letter between stars is multiplied with its neighbours, as in `a *b* c`. */
function isFactor(inner: string, place: number, length: number, text: string): boolean {
  if (!/^[\p{L}\p{N}]$/u.test(inner)) return false;
  const around = [
    text.slice(Math.max(place - 3, 0), place),
    text.slice(place + length, place + length + 3),
  ];
  return around.some((side) => /(?:^|\s)[\p{L}\p{N})(]\s?$|^\s?[\p{L}\p{N}(](?:\s|$)/u.test(side));
}
