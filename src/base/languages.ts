/** The languages that a site writes in, as BCP 47 codes (RFC 5646) like `de` and `pt-BR`. */
export interface Languages {
  /** What it writes in to whoever has not chosen any; one of `all`. */
  own: string;
  all: readonly string[];
}

/** What was written before readers could choose a language. */
export const FIRST_LANGUAGE = 'en';

/** No tag that is in use, and no name of a language, is as long. */
const LONGEST = 64;

/**
 * Finds the language that somebody means: by a code in any spelling (`pt_br`, `de-AT`), or by its name
 * in English or in itself. A code is shortened from its end until it is known (RFC 4647 §3.4), then
 * what is written alike counts: `zh-Hans-SG` is `zh-CN`, but `zh-TW` is not.
 * @returns one of `all`; `null` if it is none of them
 */
export function findLanguage(text: string, all: readonly string[]): string | null {
  const name = text.trim();
  if (name === '' || name.length > LONGEST) return null;
  if (all.includes(name)) return name;
  const code = toCode(name);
  return (code === null ? null : lookUp(code, all)) ?? findByName(name, all);
}

/** The first of these that the site writes in, or else its own. */
export function chooseLanguage(
  { own, all }: Languages,
  ...wanted: readonly (string | null | undefined)[]
): string {
  return wanted.find((one): one is string => typeof one === 'string' && all.includes(one)) ?? own;
}

/** A language by its own name: `Deutsch`. */
export function formatLanguage(code: string): string {
  const name = toName(code, code);
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

/** `de_AT.UTF-8`, as systems write it, is `de-AT`. */
function toCode(text: string): string | null {
  try {
    const [code] = Intl.getCanonicalLocales(text.replace(/[.@].*$/, '').replaceAll('_', '-'));
    return code ?? null;
  } catch {
    return null;
  }
}

function lookUp(code: string, all: readonly string[]): string | null {
  for (let range = code; range !== ''; range = shorten(range)) {
    const found = all.find((one) => one.toLowerCase() === range.toLowerCase());
    if (found !== undefined) return found;
  }
  return loadIndex(all).written.get(toWritten(code)) ?? null;
}

/** Without the last subtag, and without a single letter that would be the last then. */
function shorten(range: string): string {
  return range.replace(/(?:^|-)[^-]*$/, '').replace(/-[a-z0-9]$/i, '');
}

/** The language with the script that it is usually written in. */
function toWritten(code: string): string {
  const { language, script } = new Intl.Locale(code).maximize();
  return `${language}-${script}`;
}

/** A list of languages by how they are written, and by their names in small letters. */
interface Index {
  written: ReadonlyMap<string, string>;
  names: ReadonlyMap<string, string>;
}

/** Made once for each list: ICU takes a while over them, and anybody may ask. */
const indexes = new WeakMap<readonly string[], Index>();

function loadIndex(all: readonly string[]): Index {
  const known = indexes.get(all);
  if (known !== undefined) return known;
  // The first language has what several share.
  const last = [...all].reverse();
  const names = last.flatMap((code) => toNames(code).map((name) => [name, code] as const));
  const index = {
    written: new Map(last.map((code) => [toWritten(code), code])),
    names: new Map(names.map(([name, code]) => [name.toLowerCase(), code])),
  };
  indexes.set(all, index);
  return index;
}

function findByName(text: string, all: readonly string[]): string | null {
  return loadIndex(all).names.get(text.toLowerCase()) ?? null;
}

/** `Brazilian Portuguese`, `português (Brasil)`, `Portuguese`, `português`. */
function toNames(code: string): string[] {
  const codes = [code, toWritten(code), new Intl.Locale(code).language];
  return codes.flatMap((one) => [toName(one, 'en'), toName(one, code)]);
}

function toName(code: string, locale: string): string {
  return new Intl.DisplayNames([locale], { type: 'language' }).of(code) ?? code;
}
