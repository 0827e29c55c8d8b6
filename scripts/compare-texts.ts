import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findChanges } from './texts/changes.js';

// Shows what changed rules of cleaning do to real texts, before and after:
//
//     npx tsx scripts/compare-texts.ts FOLDER --against OTHER_CHECKOUT
//
// FOLDER holds days as the API of Hugging Face answers them, in JSON: titles, abstracts and summaries
// are compared. Of other files (.txt, .md) each paragraph is a text. OTHER_CHECKOUT is one of this
// repository, like that of `git worktree add ../before main`, with its packages.

interface Text {
  name: string;
  raw: string;
}
type Clean = (raw: string) => string;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { against: { type: 'string' } },
});
const [folder] = positionals;
if (folder === undefined || values.against === undefined) {
  process.stderr.write('npx tsx scripts/compare-texts.ts FOLDER --against OTHER_CHECKOUT\n');
  process.exit(2);
}

const before = await loadCleaning(resolve(values.against));
const after = await loadCleaning(resolve(import.meta.dirname, '..'));
const texts = readTexts(folder);
let changed = 0;
let places = 0;
let unstable = 0;
for (const { name, raw } of texts) {
  const [was, is] = [before(raw), after(raw)];
  if (after(is) !== is) {
    unstable++;
    process.stdout.write(`${name}: cleaning twice gives something else\n`);
  }
  if (was === is) continue;
  changed++;
  for (const change of findChanges(was, is)) {
    places++;
    process.stdout.write(`${name}\n  before  ${change.before}\n  after   ${change.after}\n`);
  }
}
process.stdout.write(
  `${texts.length} texts, ${changed} differ, at ${places} places; ${unstable} change again when cleaned twice\n`,
);

async function loadCleaning(checkout: string): Promise<Clean> {
  const { cleanText } = await import(join(checkout, 'src/text/clean.ts'));
  return cleanText;
}

function readTexts(from: string): Text[] {
  return readdirSync(from, { recursive: true, encoding: 'utf8' })
    .sort()
    .flatMap((file) => {
      if (file.endsWith('.json')) return readDay(file, readFileSync(join(from, file), 'utf8'));
      if (!/\.(?:md|txt)$/.test(file)) return [];
      const paragraphs = readFileSync(join(from, file), 'utf8').split(/\n\s*\n/);
      return paragraphs.map((raw, place) => ({ name: `${file} paragraph ${place + 1}`, raw }));
    });
}

/** The texts of a day; of files of another shape none. */
function readDay(file: string, json: string): Text[] {
  const items: unknown = JSON.parse(json);
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: { paper?: Record<string, unknown> }) =>
    ['title', 'summary', 'ai_summary'].flatMap((field) => {
      const raw = item?.paper?.[field];
      const name = `${file} ${item?.paper?.['id']} ${field}`;
      return typeof raw === 'string' ? [{ name, raw }] : [];
    }),
  );
}
