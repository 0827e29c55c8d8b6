/** What the name of an archive or category of arXiv looks like: `cs`, `cs.CL`, `physics.ao-ph`. */
export const CATEGORY = /^[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]{2}|\.[a-z]+(?:-[a-z]+)*)?$/;

/**
 * Second names of categories, each with the one under which arXiv counts a paper
 * (https://arxiv.org/category_taxonomy), and archives of the nineties, each with what it became.
 */
const ALIASES = new Map([
  ...[['cs.SY', 'eess.SY'] as const, ['cs.NA', 'math.NA'] as const],
  ...[['math.MP', 'math-ph'] as const, ['math.IT', 'cs.IT'] as const],
  ...[['stat.TH', 'math.ST'] as const, ['q-fin.EC', 'econ.GN'] as const],
  ...[['alg-geom', 'math.AG'] as const, ['cmp-lg', 'cs.CL'] as const],
  ...[['dg-ga', 'math.DG'] as const, ['funct-an', 'math.FA'] as const],
  ...[['q-alg', 'math.QA'] as const, ['chao-dyn', 'nlin.CD'] as const],
]);

const BY_LETTERS = new Map([...ALIASES].map(([alias, name]) => [alias.toLowerCase(), name]));

/** The name under which arXiv counts papers of this category. */
export function toCategory(name: string): string {
  return BY_LETTERS.get(name.toLowerCase()) ?? name;
}

/** Each category once, under its first name, in order. */
export function toCategories(names: readonly string[]): string[] {
  return [...new Set(names.map(toCategory))];
}

/** All names of a category, its own first. */
export function toCategoryNames(name: string): string[] {
  const own = toCategory(name);
  return [own, ...[...ALIASES].flatMap(([alias, known]) => (known === own ? [alias] : []))];
}

/** Whether a paper of `other` is one of `category`; `cs` covers `cs.CL`, and `eess.SY`, too. */
export function coversCategory(category: string, other: string): boolean {
  const own = toCategory(category);
  return toCategoryNames(other).some((name) => name === own || name.startsWith(`${own}.`));
}
