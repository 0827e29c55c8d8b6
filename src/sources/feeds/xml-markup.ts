/** Where a document type ends; `null` where none begins. What it declares is nobody's to expand. */
export function skipDoctype(text: string, at: number): number | null {
  if (!/^<!doctype/i.test(text.slice(at, at + 9))) return null;
  const end = text.indexOf('>', at);
  const inner = text.indexOf('[', at);
  if (inner < 0 || inner > end) return findEnd(text, '>', at);
  return findEnd(text, '>', findEnd(text, ']', inner));
}

/** Where it goes on behind `mark`; the end of the text where there is none. */
function findEnd(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at + mark.length;
}

/**
 * Where a tag ends, which is no `>` within quotes; -1 where another begins before. What is looked at
 * in vain is within quotes, and at most three tags can have the same text within theirs and not end
 * there: each kind of quote turns outside and inside of itself about. So all takes time in
 * proportion to the text.
 */
export function findTagEnd(text: string, at: number): number {
  const stop = /["'<>]/g;
  for (let from = at + 1; ; ) {
    stop.lastIndex = from;
    const found = stop.exec(text);
    if (!found || found[0] === '<') return -1;
    if (found[0] === '>') return found.index;
    const closing = text.indexOf(found[0], found.index + 1);
    if (closing < 0) return -1;
    from = closing + 1;
  }
}
