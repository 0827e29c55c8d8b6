import { MAIL_PROVIDERS, PROVIDERS } from './mail-providers.js';

/** Endings that are none and come from a slip of the finger, and what was meant. */
const MISTYPED_ENDINGS: Readonly<Record<string, string>> = {
  ...{ con: 'com', cmo: 'com', ocm: 'com', comm: 'com', coom: 'com', ccom: 'com', cpm: 'com' },
  ...{ vom: 'com', xom: 'com', dom: 'com', cim: 'com', clm: 'com', conm: 'com', comn: 'com' },
  ...{ nte: 'net', ent: 'net', ner: 'net', nett: 'net', met: 'net' },
  ...{ ogr: 'org', rog: 'org', orgg: 'org', prg: 'org', orh: 'org' },
};
/** Endings of countries that are one letter short of `com`: `gmail.co`. */
const SHORT_ENDINGS = new Set(['co', 'cm', 'om']);

/**
 * What somebody meant who typed the domain of a large provider nearly right, or `null`. It is only ever
 * asked, never taken for granted: small domains may differ from large ones by a letter.
 * @param email a valid address
 */
export function suggestAddress(email: string): string | null {
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1).toLowerCase();
  const meant = suggestDomain(domain);
  return meant === null || meant === domain ? null : `${email.slice(0, at)}@${meant}`;
}

function suggestDomain(domain: string): string | null {
  if (isProvider(domain)) return null;
  const mended = mendEnding(domain);
  if (isProvider(mended)) return mended;
  const candidates = [mended, ...(isShort(mended) ? [mended.replace(/[^.]+$/, 'com')] : [])];
  for (const candidate of candidates) {
    const near = findNear(candidate);
    if (near !== null) return near;
  }
  return mended === domain ? null : mended;
}

function isProvider(domain: string): boolean {
  return MAIL_PROVIDERS.some((pattern) => pattern.test(domain)) || PROVIDERS.includes(domain);
}

function isShort(domain: string): boolean {
  return SHORT_ENDINGS.has(domain.slice(domain.lastIndexOf('.') + 1));
}

function mendEnding(domain: string): string {
  const dot = domain.lastIndexOf('.');
  const ending = MISTYPED_ENDINGS[domain.slice(dot + 1)];
  return ending === undefined ? domain : `${domain.slice(0, dot + 1)}${ending}`;
}

/** The provider whose name differs least, by few letters, and whose ending is the same. */
function findNear(domain: string): string | null {
  const [name, ending] = splitDomain(domain);
  let near: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const provider of PROVIDERS) {
    const [itsName, itsEnding] = splitDomain(provider);
    // Of Gmail, there is one ending alone.
    if (ending !== itsEnding && !(name === itsName && ONE_ENDING.has(name))) continue;
    const distance = countSlips(name, itsName);
    if (distance > mostSlips(itsName) || distance >= least) continue;
    near = provider;
    least = distance;
  }
  return near;
}

const ONE_ENDING = new Set(['gmail', 'googlemail', 'icloud', 'hotmail', 'outlook']);

/** A short name is near to too many others. */
function mostSlips(name: string): number {
  if (name.length <= 4) return 0;
  return name.length <= 8 ? 1 : 2;
}

/** The first label, and all that follows. */
function splitDomain(domain: string): [name: string, ending: string] {
  const dot = domain.indexOf('.');
  return [domain.slice(0, dot), domain.slice(dot + 1)];
}

/** Letters that are wrong, missing, too many, or the wrong way round (Damerau, Levenshtein). */
export function countSlips(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const steps = [at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1)];
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        steps.push(at(before, j - 2) + 1);
      }
      row.push(Math.min(...steps));
    }
    before = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
