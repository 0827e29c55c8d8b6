import { blackboard, scripts } from './tex-symbols.js';

/** Superscript or subscript characters if Unicode has them all, else `^…` or `_…`. */
export function raised(sign: '^' | '_', text: string): string {
  const inner = text.trim();
  const small = [...inner].map((character) => scripts[sign].get(character));
  if (/\p{L}/u.test(inner) ? small.length <= 3 : small.length <= 12) {
    if (!small.includes(undefined)) return small.join('');
  }
  return /^(?:[\p{L}\p{N}\uE000-\uF8FF.*]*|.)$/u.test(inner)
    ? `${sign}${inner}`
    : `${sign}(${inner})`;
}

export function hollow(text: string): string {
  return [...text].map((character) => blackboard.get(character) ?? character).join('');
}

/** A letter with an accent. On more than one letter it would sit wrong, so it is left out. */
export function marked(text: string, mark: string): string {
  const letter = text.replace('ı', 'i').replace('ȷ', 'j');
  return [...letter].length === 1 ? `${letter}${mark}`.normalize('NFC') : text;
}

/** A part of a product or fraction, in brackets if it is a sum or several words. */
export function factor(text: string): string {
  return /^[^\s+−-]*$/.test(text) ? text : `(${text})`;
}

/** A chemical formula: `H2O`. */
export function indexed(formula: string): string {
  return formula.replace(/(?<=[\p{L})\]])\d{1,3}/gu, (number) => raised('_', number));
}

const ROOTS: ReadonlyMap<string, string> = new Map([
  ['3', '∛'],
  ['4', '∜'],
]);

/** A root of any degree. Others than these three have no sign of their own. */
export function rooted(text: string, degree = ''): string {
  return `${ROOTS.get(degree) ?? '√'}${factor(text)}`;
}
