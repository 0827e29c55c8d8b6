/** One case per line: what a source sends, two bars, what a reader sees; alone: it stays. */
export function cases(table: string): [string, string][] {
  return table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(' || '))
    .map(([sent = '', read]) => [sent, read ?? sent]);
}
