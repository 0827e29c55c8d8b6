/**
 * Languages whose names of months are known, as Unicode's CLDR has them. Names that mean different
 * months in two of them, like `listopad`, mean none.
 */
const LANGUAGES = [
  ...[
    'en-US',
    'en-GB',
    'de',
    'de-AT',
    'fr',
    'es',
    'it',
    'pt',
    'pt-PT',
    'ca',
    'gl',
    'ro',
    'nl',
    'da',
  ],
  ...[
    'sv',
    'nb',
    'is',
    'fi',
    'et',
    'lv',
    'lt',
    'pl',
    'cs',
    'sk',
    'sl',
    'hr',
    'sr',
    'sr-Latn',
    'bs',
    'mk',
  ],
  ...[
    'bg',
    'ru',
    'uk',
    'be',
    'el',
    'hu',
    'tr',
    'az',
    'id',
    'ms',
    'ar',
    'ar-LB',
    'he',
    'hi',
    'sw',
    'af',
    'sq',
  ],
];

/** What people write and CLDR does not have. */
const MORE: Readonly<Record<string, number>> = {
  ...{ sept: 9, mrz: 3, maerz: 3, janv: 1, fevr: 2, aout: 8, juil: 7, juin: 6, ags: 8, agt: 8 },
};

let english: ReadonlyMap<string, number> | undefined;
let all: ReadonlyMap<string, number> | undefined;

/** The number of the month that a word names, `null` for other words. */
export function parseMonth(word: string): number | null {
  const name = toName(word);
  english ??= loadNames(['en-US', 'en-GB']);
  const known = english.get(name);
  if (known !== undefined) return known;
  all ??= loadNames(LANGUAGES);
  return all.get(name) ?? MORE[name] ?? null;
}

/** Without accents and the full stop of an abbreviation. */
function toName(word: string): string {
  return word
    .normalize('NFKD')
    .replace(/[\p{M}.'’]/gu, '')
    .toLowerCase();
}

function loadNames(languages: readonly string[]): Map<string, number> {
  const names = new Map<string, number>();
  const ambiguous = new Set<string>();
  for (const language of languages) {
    for (const format of [{ month: 'long' }, { month: 'short' }] as const) {
      // Many languages have another form beside a day: `апреля`, not `апрель`.
      for (const day of [undefined, 'numeric'] as const) {
        const options = { ...format, day, timeZone: 'UTC', calendar: 'gregory' } as const;
        const formatter = new Intl.DateTimeFormat(language, options);
        for (let month = 1; month <= 12; month++) {
          const parts = formatter.formatToParts(Date.UTC(2025, month - 1, 2));
          const name = toName(parts.find(({ type }) => type === 'month')?.value ?? '');
          if (!/^\p{L}{3,}$/u.test(name)) continue;
          if ((names.get(name) ?? month) !== month) ambiguous.add(name);
          names.set(name, month);
        }
      }
    }
  }
  for (const name of ambiguous) names.delete(name);
  return names;
}
