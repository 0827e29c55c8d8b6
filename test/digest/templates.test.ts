import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Cards } from '../../src/digest/cards.js';
import { renderDigest } from '../../src/digest/digest.js';
import { compileTemplates } from '../../src/digest/templates.js';
import { TEMPLATES } from '../../src/views/liquid.js';
import { type TempDir, tempDir } from '../support/program.js';
import { english, plainSite } from '../support/words.js';
import { digestOf, fixtureEdition, PUBLIC_URL } from './editions.js';

let dir: TempDir;
let folder: string;

beforeEach(() => {
  dir = tempDir();
  folder = join(dir.path, 'templates');
  cpSync(TEMPLATES, folder, { recursive: true });
});
afterEach(() => dir.dispose());

function change(file: string, edit: (source: string) => string): void {
  const path = join(folder, file);
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
}

const edition = fixtureEdition('2026-03-02');
async function render(): Promise<string> {
  const templates = await compileTemplates(folder);
  const papers = edition.papers.map(({ id }) => id);
  return renderDigest(
    { templates, site: plainSite({ publicUrl: PUBLIC_URL }) },
    new Cards(edition, templates, english),
    { papers, reasons: [] },
    null,
  ).html;
}

const fault = (file: string, reason: RegExp) =>
  expect.objectContaining({
    code: 'template_fault',
    message: expect.stringMatching(
      new RegExp(`^The template \\S*/${file.replaceAll('.', '\\.')} .*${reason.source}`),
    ),
  });

const ALL = [
  ...['digest/digest.mjml', 'digest/digest.txt.liquid', 'digest/card.liquid'],
  ...['digest/card.txt.liquid', 'notices/confirm.mjml', 'notices/confirm.txt.liquid'],
  ...['notices/preferences.mjml', 'notices/preferences.txt.liquid'],
  ...['notices/paused.mjml', 'notices/paused.txt.liquid'],
];

test('an operator’s own templates are used', async () => {
  change('digest/digest.mjml', (source) => source.replace('Also in this edition', 'Furthermore'));
  const html = await render();
  expect(html).toContain('Furthermore');
  expect(html).not.toContain('Also in this edition');
});

test('a copy without changes gives the same digest', async () => {
  expect(await render()).toBe(digestOf(edition).html);
});

describe.each(ALL)('a fault in %s is told with its name:', (file) => {
  test('a tag that is not closed', async () => {
    // Inside the body of MJML, where Liquid lives in mj-raw.
    change(file, (source) =>
      file.endsWith('.mjml')
        ? source.replace('<mj-raw>', '<mj-raw>{% if true %}')
        : `${source}\n{% if true %}`,
    );
    await expect(compileTemplates(folder)).rejects.toEqual(fault(file, /if.*not closed/));
  });

  test('a filter that nobody knows', async () => {
    change(file, (source) =>
      file.endsWith('.mjml')
        ? source.replace('<mj-raw>', '<mj-raw>{{ subject | sparkle }}')
        : `${source}\n{{ subject | sparkle }}`,
    );
    const rendering = async () => {
      const templates = await compileTemplates(folder);
      await render();
      for (const notice of Object.values(templates.notices)) {
        notice.html({ links: {}, site: {} }, english);
        notice.text({ links: {}, site: {} }, english);
      }
    };
    await expect(rendering()).rejects.toEqual(fault(file, /sparkle/));
  });

  test('a file that is missing', async () => {
    rmSync(join(folder, file));
    await expect(compileTemplates(folder)).rejects.toEqual(fault(file, /cannot be read/));
  });

  test('a folder in its place', async () => {
    rmSync(join(folder, file));
    mkdirSync(join(folder, file));
    await expect(compileTemplates(folder)).rejects.toEqual(fault(file, /cannot be read/));
  });
});

test.each(ALL.filter((file) => file.endsWith('.mjml')))(
  'MJML that is none is told with its file: %s',
  async (file) => {
    change(file, (source) =>
      source.replace('<mj-section', '<mj-sektion').replace('</mj-section', '</mj-sektion'),
    );
    await expect(compileTemplates(folder)).rejects.toEqual(fault(file, /mj-sektion/));
  },
);

test('a sentence about a fault is one line', async () => {
  change('digest/digest.mjml', (source) => source.replace('<mj-column', '<mj-kolumn'));
  const error: unknown = await compileTemplates(folder).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).not.toContain('\n');
});

test.each([
  ['digest/digest.mjml', '{{ preheader }}', '{{ preheader | slice: 0, 5 }}'],
  ['digest/digest.mjml', '{{ card | raw }}', '{{ card | slice: 1, 40 | raw }}'],
  ['digest/card.txt.liquid', '{{ paper.rank }}', '{{ paper.rank | slice: -3, 3 }}'],
  ['digest/digest.txt.liquid', '{{ links.preferences }}', '{{ links.preferences | slice: 0, 9 }}'],
])('a template that cuts what is put in later is a fault: %s, %s', async (file, whole, cut) => {
  change(file, (source) => source.replace(whole, cut));
  await expect(render()).rejects.toMatchObject({
    code: 'template_fault',
    message: expect.stringMatching(/^A template of the digest shortens [^\n]*\.$/),
  });
});
