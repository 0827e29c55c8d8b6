/**
 * Puts `part` between the two markers of its name: `<!-- NAME: … -->` and `<!-- NAME: end -->`.
 * @throws Error where the text lacks the markers
 */
export function replacePart(text: string, name: string, part: string): string {
  const begin = `<!-- ${name}: made by "npm run docs" -->`;
  const end = `<!-- ${name}: end -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The markers of "${name}" are missing.`);
  return `${text.slice(0, from + begin.length)}\n\n${part.trim()}\n\n${text.slice(to)}`;
}
