import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import iconv from 'iconv-lite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, isOneJsonLine, openDesk, sentences } from './desk.js';
import { TOOLS } from './tool-lists.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

interface Report {
  dryRun?: true;
  imported: number;
  known: number;
  pending?: number;
  suppressed?: number;
  leftOut?: { standing: string; reason: string; count: number; lines: number[] }[];
  rejected: { line: number; reason: string }[];
  columns?: { read: Record<string, string[]>; ignored: string[] };
  lines?: Record<string, number[]>;
}

function importList(name: string, content: string | Buffer, ...options: string[]) {
  writeFileSync(join(desk.path, name), content);
  return desk.run(['subscribers', 'import', name, '--json', ...options]);
}

const states = () =>
  Object.fromEntries(
    desk
      .rows<{ email: string; state: string }>('select email, state from subscribers order by id')
      .map(({ email, state }) => [email.replace(/@.*/, ''), state]),
  );

describe('a list of another tool', () => {
  test.each(TOOLS)('%s: whoever left there stays out', async (_tool, lines, expected) => {
    const result = await importList('members.csv', lines.join('\r\n'), '--confirmed');
    expect([result.stderr, result.code, isOneJsonLine(result)]).toEqual(['', 0, true]);
    expect(states()).toEqual(expected);
    const { imported, leftOut = [], rejected } = result.json<Report>();
    const out = leftOut.reduce((sum, { count }) => sum + count, 0);
    expect([imported + out, rejected]).toEqual([lines.length - 1, []]);
    for (const {
      reason,
      lines: [first],
    } of leftOut) {
      expect(reason).toMatch(/^".*" is (?:".*"|filled|empty)$/);
      expect(first).toBeGreaterThan(1);
    }
  });

  test.each([
    ['unsubscribed_members_export_1.csv', 'left'],
    ['cleaned_members_export_1.csv', 'bounced'],
    ['nonsubscribed_members_export_1.csv', 'left'],
  ])('whose name is %s has nobody for us', async (name, standing) => {
    const list = 'Email Address,First Name\na@x.example,A\nb@x.example,B\n';
    const { leftOut } = (await importList(name, list, '--confirmed')).json<Report>();
    expect(leftOut).toMatchObject([{ standing, count: 2, lines: [2, 3] }]);
    expect(states()).toEqual({});
    const word = name.replace(/_.*/, '');
    await importList(name, list, '--confirmed', '--status', `${word}=active`);
    expect(states()).toEqual({ a: 'active', b: 'active' });
  });

  test('with a word that nobody knows waits until the operator says what it means', async () => {
    const list =
      'email,status\na@x.example,active\nb@x.example,VIP\nc@x.example,vip\nd@x.example,7\n';
    for (const more of [[], ['--dry-run'], ['--status', '7=left']]) {
      const result = await importList('list.csv', list, '--confirmed', ...more);
      expect([result.code, result.stdout]).toEqual([1, '']);
      expect(sentences(result)[0]).toMatch(
        /list\.csv may say who has left\..*"VIP" in the column "status" \(2 rows, first line 3\).*--status "VIP=active"/,
      );
    }
    expect(states()).toEqual({});
    const told = ['--status', 'vip=active', '--status', '7=pending'];
    const result = await importList('list.csv', list, '--confirmed', ...told);
    expect(result.json()).toMatchObject({ imported: 4 });
    expect(states()).toEqual({ a: 'active', b: 'active', c: 'active', d: 'pending' });
  });

  test('with a column that may say who has left waits, too', async () => {
    const list = 'email,Mailing preference,Abonnement-Info\na@x.example,unsubscribed,ja klar\n';
    const result = await importList('list.csv', list, '--confirmed');
    expect([result.code, states()]).toEqual([1, {}]);
    expect(sentences(result)[0]).toMatch(/--column "status=Abonnement-Info".*--ignore-column/);
    const ignored = ['--ignore-column', 'abonnement-info'];
    expect(sentences(await importList('list.csv', list, ...ignored))[0]).toMatch(
      /It may be in "Mailing preference" \(line 2 has "unsubscribed"\)/,
    );
    const column = ['--column', 'status=Mailing preference'];
    const { leftOut } = (await importList('list.csv', list, ...ignored, ...column)).json<Report>();
    expect(leftOut).toMatchObject([{ standing: 'left', count: 1 }]);
  });

  test.each([
    ['state', 'email,State\na@x.example,California\nb@x.example,Ohio\n'],
    ['type', 'email,type\na@x.example,customer\nb@x.example,friend\n'],
  ])('with a %s of something else is read without it', async (name, list) => {
    expect((await importList('list.csv', list, '--confirmed')).code).toBe(1);
    const result = await importList('list.csv', list, '--confirmed', '--ignore-column', name);
    expect([result.code, states()]).toEqual([0, { a: 'active', b: 'active' }]);
  });

  test('has its own column for the address', async () => {
    const list = 'Contact;Beste Zeit\na@x.example;7\n';
    const columns = ['--column', 'email=contact', '--column', 'hour=Beste Zeit'];
    const result = await importList('list.csv', list, '--confirmed', ...columns);
    expect(result.json()).toMatchObject({ imported: 1 });
    expect(desk.rows('select hour from subscribers')).toEqual([{ hour: 7 }]);
    for (const [option, sentence] of [
      ['--column=email=Nope', /no column "Nope"\. Its columns are "Contact", "Beste Zeit"/],
      ['--column=zip=Contact', /"zip" is no field/],
      ['--column=email', /two names with "=" between/],
      ['--status=VIP=perhaps', /not "perhaps"/],
      ['--encoding=klingon', /no encoding that we know/],
    ] as const) {
      const wrong = await importList('list.csv', list, option);
      expect([wrong.code, wrong.stdout]).toEqual([2, '']);
      expect(sentences(wrong)).toEqual([expect.stringMatching(sentence)]);
    }
  });
});

describe('--suppress', () => {
  const LIST =
    'email,status\na@x.example,bounced\nb@x.example,complained\nc@x.example,unsubscribed\nd@x.example,cleaned\n';

  test('brings in who must not be mailed, with the file', async () => {
    await desk.json(['subscribers', 'add', 'd@x.example', '--confirmed']);
    const result = await importList('out.csv', LIST, '--suppress');
    expect(result.json()).toMatchObject({
      ...{ imported: 0, known: 1, suppressed: 2 },
      leftOut: [{ standing: 'left', count: 1, lines: [4] }],
    });
    expect(desk.rows('select email, reason, detail from suppressions order by email')).toEqual([
      { email: 'a@x.example', reason: 'bounce', detail: 'import out.csv' },
      { email: 'b@x.example', reason: 'complaint', detail: 'import out.csv' },
    ]);
    // Whoever reads us has a mailbox.
    expect(states()).toEqual({ d: 'active' });
    const again = await importList('out.csv', LIST, '--suppress');
    expect(again.json()).toMatchObject({ known: 3 });
    const later = await importList('in.csv', 'email\na@x.example\n', '--confirmed');
    expect(later.json<Report>().rejected).toMatchObject([{ line: 2 }]);
  });
});

describe('an import', () => {
  const LIST =
    'E-Mail;Name;Status\na@x.example;A;active\nb@x.example;B;pending\nno;C;active\nc@x.example;D;unsubscribed\na@x.example;A;active\n';

  test('with --dry-run says what it would do, and does nothing', async () => {
    const result = await importList('list.csv', LIST, '--confirmed', '--dry-run');
    expect([result.code, isOneJsonLine(result)]).toEqual([1, true]);
    expect(result.json()).toEqual({
      dryRun: true,
      ...{ imported: 2, pending: 1, suppressed: 0, known: 1 },
      leftOut: [{ standing: 'left', reason: '"Status" is "unsubscribed"', count: 1, lines: [5] }],
      rejected: [{ line: 4, reason: '"no" is not an email address we can send to.' }],
      lines: { imported: [2, 3], suppressed: [], known: [6] },
      columns: { read: { email: ['E-Mail'], status: ['Status'] }, ignored: ['Name'] },
    });
    for (const table of ['subscribers', 'consents', 'notices', 'suppressions']) {
      expect(desk.rows(`select * from ${table}`)).toEqual([]);
    }
    const { stdout } = await desk.run(['subscribers', 'import', 'list.csv', '--dry-run']);
    expect(stdout).toContain('2 would be imported (lines 2, 3).');
    expect(stdout).toContain('2 of them would be asked by mail to confirm.');
    expect(stdout).toContain('1 left out, left: "Status" is "unsubscribed" (line 5).');
    expect(stdout).toContain('Nothing was written.');
  });

  test('is remembered by its file, and the same again changes nothing', async () => {
    const everything = () =>
      ['subscribers', 'consents', 'notices'].map((table) => desk.rows(`select * from ${table}`));
    await importList('list.csv', LIST);
    const before = everything();
    expect((await importList('list.csv', LIST)).json()).toMatchObject({ imported: 0, known: 3 });
    expect(everything()).toEqual(before);
    const { stdout } = await desk.run(['subscribers', 'show', 'a@x.example']);
    expect(stdout).toContain('requested (import list.csv)');
    await importList('later.csv', LIST, '--confirmed');
    const shown = await desk.json<{ consents: object[] }>(['subscribers', 'show', 'a@x.example']);
    expect(shown.consents).toMatchObject([
      { event: 'requested', via: 'import list.csv' },
      { event: 'imported', via: 'import later.csv' },
    ]);
  });

  test('takes what Excel calls Unicode text, and is told of Latin-1', async () => {
    const list = 'E-Mail\tName\r\na@x.example\tZoë\r\n';
    const marked = iconv.encode(list, 'utf-16le', { addBOM: true });
    expect((await importList('list.txt', marked)).json()).toMatchObject({ imported: 1 });
    const latin = iconv.encode('Courriel;Prénom\nb@x.example;André\n', 'windows-1252');
    const result = await importList('list.csv', latin);
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(sentences(result)[0]).toMatch(/list\.csv is not UTF-8.*--encoding windows-1252/);
    expect((await importList('list.csv', latin, '--encoding', 'latin1')).json()).toMatchObject({
      imported: 1,
    });
  });

  test('takes off what nobody sees around addresses', async () => {
    const list =
      'email\n\u200Ba@x.example\nmailto:b@x.example\n\u202Ac@x.example\u202C\n"D, E" <d@x.example>\n';
    expect((await importList('list.csv', list, '--confirmed')).json()).toMatchObject({
      imported: 3,
    });
    const quoted = 'email\n"""D, E"" <d@x.example>"\n';
    await importList('list.csv', quoted, '--confirmed');
    expect(Object.keys(states())).toEqual(['a', 'b', 'c', 'd']);
    const added = await desk.json(['subscribers', 'add', '\u200Bmailto:e@x.example']);
    expect(added).toMatchObject({ email: 'e@x.example', result: 'imported' });
  });

  test('reads from a pipe, which can be read once only', async () => {
    const pipe = join(desk.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const running = desk.run(['subscribers', 'import', 'pipe', '--confirmed', '--json']);
    await writeFile(pipe, 'email\na@x.example\n');
    expect((await running).json()).toMatchObject({ imported: 1 });
    const { stdout } = await desk.run(['subscribers', 'show', 'a@x.example']);
    expect(stdout).toContain('imported (import pipe)');
  });
});

test('no cell of an export is a formula, and importing it gives the same', async () => {
  const list = [
    'email;keywords;organisations;authors',
    '=1+1@x.example;= =HYPERLINK("http://evil.example");＝cmd|@lab;',
    '+tag@x.example;a,-b,+c;"= =x; =y, \t=z";@Ada Lovelace',
    "'=q@x.example;;;",
  ];
  await importList('in.csv', list.join('\n'), '--confirmed');
  const { stdout } = await desk.run(['subscribers', 'export']);
  const cells = [
    ...parse(stdout).flat(),
    // In half of Europe spreadsheets take it so.
    ...stdout.split(/[;\r\n]/),
    ...stdout.split(/[\t\r\n]/),
  ];
  for (const cell of cells) {
    expect(cell.replace(/^["\s\u200B]+/, '')).not.toMatch(/^[=+\-@＝＋－＠]/);
  }
  const env = { DATABASE_URL: 'sqlite:elsewhere.db' };
  writeFileSync(join(desk.path, 'out.csv'), stdout);
  await desk.run(['subscribers', 'import', 'out.csv', '--confirmed'], { env });
  const copy = await desk.run(['subscribers', 'export'], { env });
  const withoutTime = (text: string) => text.replace(/,[^,]*$/gm, '');
  expect(withoutTime(copy.stdout)).toBe(withoutTime(stdout));
  expect(Object.keys(states())).toEqual(['=1+1', '+tag', '=q']);
});
