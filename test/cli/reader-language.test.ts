import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desk, openDesk, sentences } from './desk.js';

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
  await desk.json(add('pt_br'));
  expect(desk.rows('select language from notices')).toEqual([{ language: 'pt-BR' }]);
  expect(await desk.json(['subscribers', 'show', 'ada@reader.test'])).toMatchObject({
    language: 'pt-BR',
  });
  expect(await desk.json(['subscribers', 'list'])).toMatchObject({
    subscribers: [{ email: 'ada@reader.test', language: 'pt-BR' }],
  });
});

test('in a list of another tool leaves nobody out', async () => {
  const lines = ['Email,Locale', 'a@reader.test,de_DE', 'b@reader.test,Japanese', 'c@reader.test,'];
  const file = desk.file(
    'people.csv',
    [...lines, 'd@reader.test,nl', 'e@reader.test,?'].join('\n'),
  );
  const report = await desk.json(['subscribers', 'import', file]);
  expect(report).toMatchObject({ imported: 5, rejected: [] });
  expect(chosen()).toEqual(
    ['de', 'ja', null, null, null].map((language, n) => ({
      email: `${'abcde'[n]}@reader.test`,
      language,
    })),
  );
  const asked = desk.rows<{ language: string }>('select language from notices order by id');
  expect(asked.map(({ language }) => language)).toEqual(['de', 'ja', 'en', 'en', 'en']);
});

test('of what is planned stays though its reader chooses another before it goes', async () => {
  const file = desk.file('people.csv', 'email,language\na@reader.test,de\nb@reader.test,\n');
  await desk.json(['subscribers', 'import', file, '--confirmed']);
  const closed = await desk.run(['run', '--date', DATE, '--now', '--json'], {
    env: { SMTP_URL: 'smtp://127.0.0.1:1', PAPERBOY_NOTHING: '' },
    timeoutMs: 20_000,
  });
  expect(closed.code).not.toBe(0);
  const planned = () => desk.rows('select language from deliveries order by subscriber_id');
  expect(planned()).toEqual([{ language: 'de' }, { language: 'en' }]);
  const { inStore } = await import('./desk-store.js');
  await inStore(desk, async ({ subscribers }) => {
    const reader = await subscribers.findByEmail('a@reader.test');
    await subscribers.savePreferences(reader?.id ?? 0, { language: 'ja' });
  });
  await desk.json(['send', '--date', DATE, '--now']);
  expect(desk.smtp.received).toHaveLength(2);
  expect(planned()).toEqual([{ language: 'de' }, { language: 'en' }]);
});
