import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Desk, openDesk, sentences } from './desk.js';
import { writeRows } from './desk-store.js';

const DATE = '2026-03-02';
let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

const chosen = () => desk.rows('select email, language from subscribers order by id');

test('is given by name or code, shown, listed, and refused where there is none such', async () => {
  const add = (language: string) => [
    'subscribers',
    'add',
    'ada@reader.test',
    '--language',
    language,
  ];
  const refused = await desk.run(add('Klingon'));
  expect(refused.code).not.toBe(0);
  expect(sentences(refused).join()).toContain('"Klingon" is not a language of this site');
  await desk.json(add('en_GB'));
  expect(desk.rows('select language from notices')).toEqual([{ language: 'en' }]);
  expect(await desk.json(['subscribers', 'show', 'ada@reader.test'])).toMatchObject({
    language: 'en',
  });
  expect(await desk.json(['subscribers', 'list'])).toMatchObject({
    subscribers: [{ email: 'ada@reader.test', language: 'en' }],
  });
});

test('in a list of another tool leaves nobody out', async () => {
  const lines = ['Email,Locale', 'a@reader.test,en_US', 'b@reader.test,English', 'c@reader.test,'];
  const file = desk.file(
    'people.csv',
    [...lines, 'd@reader.test,tlh', 'e@reader.test,?'].join('\n'),
  );
  const report = await desk.json(['subscribers', 'import', file]);
  expect(report).toMatchObject({ imported: 5, rejected: [] });
  expect(chosen()).toEqual(
    ['en', 'en', null, null, null].map((language, n) => ({
      email: `${'abcde'[n]}@reader.test`,
      language,
    })),
  );
  const asked = desk.rows<{ language: string }>('select language from notices order by id');
  expect(asked.map(({ language }) => language)).toEqual(['en', 'en', 'en', 'en', 'en']);
});

test('of what is planned stays though its reader chooses another before it goes', async () => {
  const file = desk.file('people.csv', 'email\na@reader.test\nb@reader.test\n');
  await desk.json(['subscribers', 'import', file, '--confirmed']);
  const choose = (language: string) =>
    writeRows(desk, `update subscribers set language = '${language}' where email like 'a@%'`);
  const planned = () =>
    desk.rows<{ language: string }>('select language from deliveries order by subscriber_id');
  choose('de');
  desk.smtp.hooks.onMail = () => ({ code: 451, text: '4.3.0 not now' });
  await desk.json(['fetch', '--date', DATE]);
  await desk.json(['pick', '--date', DATE]);
  const sending = desk.start(['send', '--date', DATE, '--now']);
  await vi.waitUntil(() => planned().length === 2, { interval: 50, timeout: 30_000 });
  await sending.kill();
  choose('ja');
  desk.smtp.hooks.onMail = undefined;
  await desk.run(['send', '--date', DATE, '--now', '--json']);
  expect(desk.smtp.received.length).toBeGreaterThan(0);
  expect(planned()).toEqual([{ language: 'de' }, { language: 'en' }]);
});
