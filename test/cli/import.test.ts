import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, isOneJsonLine, openDesk, sentences } from './desk.js';

interface Report {
  imported: number;
  known: number;
  rejected: { line: number; reason: string }[];
}

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

function importText(content: string, ...options: string[]) {
  const file = desk.file('people.csv', content);
  return desk.run(['subscribers', 'import', file, '--json', ...options]);
}

const stored = () =>
  desk.rows<{ email: string; state: string }>(
    'select email, timezone, hour, state from subscribers order by id',
  );

describe('a CSV file', () => {
  test.each([
    ['with commas', 'email,timezone,hour\nada@reader.test,Europe/Vienna,7\n'],
    [
      'with semicolons, as Excel writes it',
      '\uFEFFEmail;Timezone;Hour\r\nada@reader.test;Europe/Vienna;7\r\n',
    ],
    [
      'with tabs and blank lines',
      'email\ttimezone\thour\n\nada@reader.test\tEurope/Vienna\t7\n\n\n',
    ],
    [
      'in another order, with more columns',
      'name,hour,email,timezone\nAda,7,ada@reader.test,Europe/Vienna',
    ],
    ['quoted throughout', '"email","timezone","hour"\n"ada@reader.test","Europe/Vienna","07:00"\n'],
    [
      'with separators for empty columns at the end',
      'email,timezone,hour\nada@reader.test,Europe/Vienna,7,,,\n',
    ],
    ['with spaces around', ' email , timezone , hour \n ada@reader.test , Europe/Vienna , 7 \n'],
  ])('%s is read', async (_what, content) => {
    const result = await importText(content, '--confirmed');
    expect([result.code, isOneJsonLine(result)]).toEqual([0, true]);
    expect(result.json()).toEqual({ imported: 1, known: 0, rejected: [] });
    expect(stored()).toEqual([
      { email: 'ada@reader.test', timezone: 'Europe/Vienna', hour: 7, state: 'active' },
    ]);
  });

  test('with a note of two lines holds one subscriber', async () => {
    const content =
      'email,notes,hour\nada@reader.test,"line one\nline two",7\nbob@reader.test,,8\n';
    const result = await importText(content, '--confirmed');
    expect(result.json()).toEqual({ imported: 2, known: 0, rejected: [] });
    expect(stored()).toMatchObject([{ hour: 7 }, { email: 'bob@reader.test', hour: 8 }]);
  });

  test.each(['keywords', 'timezone', 'notes'])(
    'with quotes in %s that end in another row loses no reader',
    async (column) => {
      const content = [
        ...[`email,${column}`, 'ada@reader.test,"robotics', 'bob@reader.test,vision'],
        ...['cat@reader.test,nlp"', 'dan@reader.test,'],
      ].join('\n');
      const result = await importText(content.replaceAll('vision', ''), '--confirmed');
      const { rejected } = result.json<Report>();
      const emails = stored().map(({ email }) => email);
      expect(emails).toContain('bob@reader.test');
      expect(emails).toContain('dan@reader.test');
      expect(emails.length + rejected.length).toBe(4);
    },
  );

  test('broken rows are named by their line, and the others are imported', async () => {
    const content = [
      'email,timezone,hour', // 1
      'one@reader.test,,', // 2
      'no address,,', // 3
      'two@reader.test,Mars/Base,', // 4
      '"three@reader.test,,', // 5
      'four@reader.test,,25', // 6
      'five@reader.test,,7,and,more', // 7
      '', // 8
      ',,', // 9
      'six@reader.test', // 10
      'ONE@reader.test,,', // 11
      '"seven@reader.test",UTC,"7"', // 12
    ].join('\r\n');
    const result = await importText(content, '--confirmed');
    expect([result.code, isOneJsonLine(result)]).toEqual([1, true]);
    const { imported, known, rejected } = result.json<Report>();
    expect({ imported, known }).toEqual({ imported: 3, known: 1 });
    expect(rejected).toEqual([
      { line: 3, reason: '"no address" is not an email address we can send to.' },
      { line: 4, reason: '"Mars/Base" is not a time zone; write it like Europe/Vienna.' },
      { line: 5, reason: 'the quotes are not balanced' },
      { line: 6, reason: '"25" is not an hour; write a number from 0 to 23.' },
      { line: 7, reason: 'it has 5 fields, but there are 3 columns' },
      { line: 9, reason: 'it has no address' },
    ]);
    expect(sentences(result)).toEqual(
      rejected.map(({ line, reason }) => `paperboy: people.csv, line ${line}: ${reason}`),
    );
    expect(stored().map(({ email }) => email)).toEqual([
      'one@reader.test',
      'six@reader.test',
      'seven@reader.test',
    ]);
  });

  test.each([
    ['that is missing', null, "people.csv can't be read (ENOENT)."],
    ['that is empty', '', 'people.csv is empty.'],
    [
      'without the column',
      'name,contact\nAda,ada@reader.test\n',
      'names no column "email", nor one that is known to mean it. Its columns are "name", "contact".',
    ],
    ['without a header', 'ada@reader.test\nbob@reader.test\n', 'Put a line like "email" above it.'],
  ])('%s fails in one sentence', async (_what, content, sentence) => {
    const result =
      content === null
        ? await desk.run(['subscribers', 'import', 'people.csv', '--json'])
        : await importText(content);
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(sentences(result)).toEqual([expect.stringContaining(sentence)]);
  });

  test('of 20,000 rows is imported, and again without a change', async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => `reader${n}@reader.test,,${n % 24}\n`);
    const content = `email,timezone,hour\n${rows.join('')}`;
    expect((await importText(content, '--confirmed')).json()).toEqual({
      imported: 20_000,
      known: 0,
      rejected: [],
    });
    expect((await importText(content, '--confirmed')).json()).toMatchObject({
      imported: 0,
      known: 20_000,
    });
    expect(desk.rows('select count(*) as n from consents')).toEqual([{ n: 20_000 }]);
  }, 120_000);
});

describe('an import', () => {
  test('without --confirmed asks each owner by a mail', async () => {
    const content = 'email\nada@reader.test\nbob@reader.test\n';
    expect((await importText(content)).json()).toEqual({ imported: 2, known: 0, rejected: [] });
    expect(stored().map(({ state }) => state)).toEqual(['pending', 'pending']);
    expect(desk.rows('select subscriber_id as id, kind from notices order by 1')).toEqual([
      { id: 1, kind: 'confirm' },
      { id: 2, kind: 'confirm' },
    ]);
  });

  test('--confirmed activates who is pending, and sends nothing by itself', async () => {
    await importText('email\nada@reader.test\n');
    const result = await importText('email,hour\nada@reader.test,7\n', '--confirmed');
    expect(result.json()).toEqual({ imported: 1, known: 0, rejected: [] });
    expect(stored()).toMatchObject([{ state: 'active', hour: 7 }]);
    expect(desk.rows('select * from deliveries')).toEqual([]);
    expect(desk.smtp.received).toEqual([]);
  });

  test('brings nobody back who has left or must not be mailed', async () => {
    await importText('email\nleft@reader.test\ngone@reader.test\nada@reader.test\n', '--confirmed');
    desk.smtp.hooks.onRcpt = (address) =>
      address.startsWith('gone') ? { code: 550, text: '5.1.1 no such user' } : undefined;
    await desk.json(['run', '--date', '2026-03-02', '--now']);
    const [mail] = await desk.smtp.waitFor(({ to }) => to.includes('left@reader.test'));
    await desk.serve();
    const left = await fetch(mail?.listUnsubscribe[0] ?? '', { method: 'POST' });
    expect(left.status).toBe(200);

    const result = await importText(
      'email\nleft@reader.test\nGONE@reader.test\nada@reader.test\n',
      '--confirmed',
    );
    expect(result.json()).toEqual({
      imported: 0,
      known: 2,
      rejected: [{ line: 3, reason: expect.stringContaining('must not be mailed (bounce') }],
    });
    expect(stored()).toMatchObject([
      { state: 'unsubscribed' },
      { state: 'suppressed' },
      { state: 'active' },
    ]);
  });
});
