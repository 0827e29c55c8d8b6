/**
 * Makes the fonts of the pages and of the pictures that links show, from Source Serif 4 as
 * `@fontsource-variable/source-serif-4` has it: `npx tsx scripts/fonts.ts`.
 *
 * For pages: three styles as WOFF2, each in two files of which browsers fetch the second only where a
 * page has such letters. For pictures: two weights as TrueType, the only form that resvg reads.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import subsetFont from 'subset-font';

const PACKAGE = dirname(
  createRequire(import.meta.url).resolve('@fontsource-variable/source-serif-4/package.json'),
);
const ASSETS = new URL('../templates/assets/', import.meta.url).pathname;
const FONTS = new URL('../templates/fonts/', import.meta.url).pathname;

const range = (first: number, last: number) =>
  String.fromCodePoint(...Array.from({ length: last - first + 1 }, (_, n) => first + n));

/** English and what is around it: ASCII, Western European letters, punctuation, and signs of our own. */
const LATIN = `${range(0x20, 0x7e)}${range(0xa0, 0xff)}ıŒœŠšŽžŁł‐‑–—‘’‚“”„†•…‹›€™←→−×`;
/** The other languages in Latin letters. */
const LATIN_EXT = range(0x100, 0x17f) + range(0x218, 0x21b) + range(0x1e80, 0x1e85);
/** Of what titles of papers have. */
const GREEK = range(0x391, 0x3a9) + range(0x3b1, 0x3c9);

/** Kerning, marks, and the figures that columns need; no ligatures: hyphens in titles stay what they are. */
const FEATURES = ['kern', 'mark', 'mkmk', 'ccmp', 'locl', 'lnum'];

interface Style {
  name: string;
  weight: number;
  slant: 'normal' | 'italic';
}

const STYLES: readonly Style[] = [
  { name: 'regular', weight: 400, slant: 'normal' },
  { name: 'bold', weight: 700, slant: 'normal' },
  { name: 'italic', weight: 400, slant: 'italic' },
];

const source = (part: string, { slant }: Style) =>
  readFileSync(join(PACKAGE, 'files', `source-serif-4-${part}-wght-${slant}.woff2`));

async function write(
  file: string,
  from: Buffer,
  text: string,
  { weight }: Style,
  targetFormat: 'woff2' | 'sfnt',
): Promise<void> {
  const font = await subsetFont(from, text, {
    targetFormat,
    variationAxes: { wght: weight },
    keepFeatures: FEATURES,
    noHinting: true,
  });
  writeFileSync(file, font);
  console.log(`${file.replace(/.*templates/, 'templates')}: ${font.length} bytes`);
}

for (const style of STYLES) {
  const file = (part: string) => join(ASSETS, `serif-${style.name}${part}.woff2`);
  await write(file(''), source('latin', style), LATIN, style, 'woff2');
  await write(file('-ext'), source('latin-ext', style), LATIN_EXT, style, 'woff2');
}
for (const style of STYLES.filter(({ slant }) => slant === 'normal')) {
  for (const [part, text] of [
    ['latin', LATIN],
    ['latin-ext', LATIN_EXT],
    ['greek', GREEK],
  ] as const) {
    const file = join(FONTS, `serif-${style.name}-${part}.ttf`);
    await write(file, source(part, style), text, style, 'sfnt');
  }
}
copyFileSync(join(PACKAGE, 'LICENSE'), join(FONTS, 'OFL.txt'));
