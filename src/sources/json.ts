/** Far deeper than any source nests what it says. */
const MAX_DEPTH = 100;

/**
 * Reads JSON as a source sends it, with `null` for what is nested too deep: over millions of levels
 * the parser takes seconds, and many times the memory of the text.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return JSON.parse(withoutDepth(text));
}

/** The same JSON with `null` for each list and object that is nested deeper than `limit`. */
export function withoutDepth(text: string, limit = MAX_DEPTH): string {
  const pieces: string[] = [];
  let depth = 0;
  let from = 0;
  for (let index = 0; index < text.length; index++) {
    const mark = text.charCodeAt(index);
    if (mark === QUOTE) {
      index = endOfString(text, index);
    } else if (mark === OPEN_LIST || mark === OPEN_OBJECT) {
      depth++;
      if (depth === limit + 1) pieces.push(text.slice(from, index), 'null');
    } else if (mark === CLOSE_LIST || mark === CLOSE_OBJECT) {
      if (depth === limit + 1) from = index + 1;
      depth--;
    }
  }
  // Where it breaks off in the depth, what is left is no JSON either.
  return pieces.join('') + (depth > limit ? '' : text.slice(from));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Where the string that begins at `start` has its closing quote; the end of a text without it. */
export function endOfString(text: string, start: number): number {
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return text.length;
    let slash = quote;
    while (slash > from && text.charCodeAt(slash - 1) === BACKSLASH) slash--;
    if ((quote - slash) % 2 === 0) return quote;
    from = quote + 1;
  }
}
