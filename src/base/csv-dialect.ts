/** What may stand between fields. Where a header has as many of two of them, the first one. */
const DELIMITERS = [',', ';', '\t', '|'];

/** `sep=;`, which Excel writes and wants above the columns. */
const SEPARATOR_LINE = /^"?sep=([^"\s]|\t)"?[,;\t|]*$/i;

/** The delimiter that a line of its own names; `null` for any other line. */
export function readSeparatorLine(line: string): string | null {
  return SEPARATOR_LINE.exec(line.trimStart().replace(/[ \r]+$/, ''))?.[1] ?? null;
}

/**
 * The delimiter of a header: the one that makes most of the columns that whoever reads knows, else
 * the one that is there most often. Within quotes it is text.
 */
export function detectDelimiter(
  header: string,
  countKnown: (delimiter: string) => number = () => 0,
): string {
  const text = withoutQuoted(header);
  const found = DELIMITERS.map((delimiter) => ({
    delimiter,
    known: text.includes(delimiter) ? countKnown(delimiter) : 0,
    count: text.split(delimiter).length - 1,
  }));
  const [best] = found.sort((a, b) => b.known - a.known || b.count - a.count);
  return best?.delimiter ?? ',';
}

/** Doubled quotes end a quoted text and begin the next, which comes to the same here. */
function withoutQuoted(line: string): string {
  return line
    .split('"')
    .filter((_part, index) => index % 2 === 0)
    .join('');
}

/** Whether a line ends within a quoted field. A quote within a field that has none around is text. */
export function isOpenAfter(line: string, delimiter: string, openBefore: boolean): boolean {
  let rest = openBefore ? `"${line}` : line;
  for (;;) {
    const field = rest.trimStart();
    if (field.startsWith('"')) {
      const [quoted] = /^"(?:[^"]|"")*"(?!")/.exec(field) ?? [];
      if (quoted === undefined) return true;
      rest = field.slice(quoted.length);
    }
    const next = rest.indexOf(delimiter);
    if (next < 0) return false;
    rest = rest.slice(next + 1);
  }
}
