import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, test } from 'vitest';
import { LOCALES, SOURCE_LANGUAGE } from '../../src/views/catalogues.js';
import { ROOT } from '../support/program.js';

/** Messages whose keys are put together where they are used: like `source.` and the name of a source. */
const PUT_TOGETHER = ['source.', 'notice.subject_', 'library.list-', 'library.about-'];

type Texts = ReadonlyMap<string, string>;

function readTexts(code: string): Texts {
  const folder = join(LOCALES, code);
  const files = readdirSync(folder).filter((file) => file !== 'language.json');
  return new Map(
    files.flatMap((file) =>
      Object.entries(JSON.parse(readFileSync(join(folder, file), 'utf8')) as object).map(
        ([name, text]) => [`${basename(file, '.json')}.${name}`, text as string] as const,
      ),
    ),
  );
}

function filesIn(folder: string, ending: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => ending.test(file))
    .map((file) => readFileSync(join(ROOT, folder, file), 'utf8'));
}

/** The keys that templates and code name. */
function findUsed(): Set<string> {
  const inTemplates = filesIn('templates', /\.(liquid|mjml)$/).flatMap((text) => [
    ...text.matchAll(/(['"])([a-z]+\.[a-z0-9_-]+)\1\s*\|\s*(?:t|rich)\b/g),
  ]);
  const inCode = filesIn('src', /\.ts$/).flatMap((text) => [
    ...text.matchAll(/\.(?:t|rich)\(\s*(['"])([a-z]+\.[a-z0-9_-]+)\1/g),
  ]);
  return new Set([...inTemplates, ...inCode].map(([, , key = '']) => key));
}

const english = readTexts(SOURCE_LANGUAGE);
const others = readdirSync(LOCALES).filter((code) => code !== SOURCE_LANGUAGE);

describe('the English catalogue', () => {
  test('has every message that templates and code use', () => {
    const used = findUsed();
    expect(used.size).toBeGreaterThan(10);
    expect([...used].filter((key) => !english.has(key))).toEqual([]);
  });

  test('has none that nobody uses', () => {
    const used = findUsed();
    const isUsed = (key: string) =>
      used.has(key) || PUT_TOGETHER.some((beginning) => key.startsWith(beginning));
    expect([...english.keys()].filter((key) => !isUsed(key))).toEqual([]);
  });

  test('can be read', () => {
    for (const [key, text] of english)
      expect([key, findNames(text)]).toEqual([key, expect.anything()]);
  });
});

describe.each(others)('the catalogue of %s', (code) => {
  const texts = readTexts(code);

  test('has the messages of the English one, and no others', () => {
    expect([...texts.keys()].sort()).toEqual([...english.keys()].sort());
  });

  test('uses the values and tags that the English messages use', () => {
    for (const [key, text] of texts) {
      expect([key, findNames(text)]).toEqual([key, findNames(english.get(key) ?? '')]);
    }
  });
});

/** The names of the values and tags in a message. */
function findNames(text: string): string[] {
  const names = new Set<string>();
  const walk = (elements: ReturnType<IntlMessageFormat['getAst']>) => {
    for (const element of elements) {
      // Neither plain words nor the number of a plural.
      if ('value' in element && typeof element.value === 'string' && element.type !== 0) {
        names.add(element.value);
      }
      if ('children' in element) walk(element.children);
      if ('options' in element) for (const { value } of Object.values(element.options)) walk(value);
    }
  };
  walk(new IntlMessageFormat(text, 'en').getAst());
  return [...names].sort();
}
