import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ImportFileOptions, importFile } from '../../src/subscribers/import-file.js';
import type { ImportReport } from '../../src/subscribers/import-report.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { LANGUAGES } from '../support/languages.js';
import { type TempDir, tempDir } from '../support/program.js';

const PLAIN: ImportFileOptions = {
  ...{ confirmed: true, isDryRun: false, suppress: false, statuses: [] },
  columns: { columns: [], ignored: [] },
};

let dir: TempDir;
let temp: TempStore;
beforeEach(async () => {
  dir = tempDir();
  temp = await tempStore();
});
afterEach(async () => {
  await temp.close();
  dir.dispose();
});

async function take(text: string, options: Partial<ImportFileOptions> = {}): Promise<ImportReport> {
  const file = join(dir.path, 'list.csv');
  writeFileSync(file, text);
  const { store, clock } = temp;
  const { atomically, subscribers } = store;
  const deps = { atomically, subscribers, clock, languages: LANGUAGES };
  return (await importFile(deps, file, { ...PLAIN, ...options })).report;
}

/** How many rows ended in some way that is told. */
function countRows({ imported, known, suppressed, leftOut, rejected }: ImportReport): number {
  const out = leftOut.reduce((sum, { count }) => sum + count, 0);
  return imported + known + suppressed + out + rejected.length;
}

function countNotices(): unknown {
  const database = new SQLite(temp.file, { readonly: true });
  try {
    return database.prepare('select count(*) as n from notices').get();
  } finally {
    database.close();
  }
}

async function contents(): Promise<unknown> {
  const { subscribers } = temp.store;
  const all = await subscribers.list({ after: 0, limit: 9_999 });
  const records = all.map(async (one) => ({
    ...one,
    consents: await subscribers.consents(one.id),
    suppression: await subscribers.findSuppression(one.email),
  }));
  return { people: await Promise.all(records), notices: countNotices() };
}

const junk = fc.string({
  unit: fc.constantFrom('"', '""', ',', ';', '|', '\t', "'", '\\', '\\"', ' ', 'a', '=', '<', 'é'),
  maxLength: 10,
});
const status = fc.constantFrom('active', 'pending', 'unsubscribed', 'bounced', 'complained', '');
const address = fc
  .tuple(
    fc.constantFrom('ada', 'bob', 'cy', 'dan', 'eve', 'x y', ''),
    fc.constantFrom('x.example', 'y'),
  )
  .map((parts) => parts.join('@'))
  .map((text) => (text.startsWith('@') ? 'nobody' : text));

describe('a list', () => {
  test('loses nobody: each filled line is imported, known, left out or rejected', async () => {
    const line = fc.oneof(
      // Without an address and with a quote astray, a line may as well be one of somebody's notes.
      fc
        .tuple(address, status, junk)
        .map(([who, is, notes]) => [who, is, who.includes('@') ? notes : ''].join(',')),
      fc.constantFrom('', '  ', '\t'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 25 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        async (lines, end) => {
          const report = await take(['email,status,notes', ...lines].join(end));
          const filled = lines.filter((text) => text.trim() !== '').length;
          expect(countRows(report)).toBe(filled);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('loses nobody wherever the address stands, and whatever quotes are astray', async () => {
    const row = fc.tuple(junk, junk);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 12 }), async (rows) => {
        run++;
        // Quotes are all that is astray here: another comma would be another column.
        const safe = (text: string) => text.replaceAll(',', '');
        const emails = rows.map((_row, index) => `r${index}x${run}@x.example`);
        const lines = rows.map(([before, behind], index) =>
          [safe(before), emails[index], safe(behind)].join(','),
        );
        const report = await take(['first,email,last', ...lines].join('\n'));
        const found = await temp.store.subscribers.findAllByEmail(emails);
        const told = new Set(report.rejected.map(({ line }) => emails[line - 2]));
        const missing = emails.filter((email) => !found.some((one) => one.email === email));
        expect(missing.filter((email) => !told.has(email))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('is told beforehand as it comes to pass, and comes to nothing the second time', async () => {
    const row = fc.tuple(address, status).map((cells) => cells.join(','));
    const options = fc.record({ confirmed: fc.boolean(), suppress: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 20 }), options, async (rows, how) => {
        const text = ['email,status', ...rows].join('\n');
        const before = await contents();
        const told = await take(text, { ...how, isDryRun: true });
        expect(await contents()).toEqual(before);
        const done = await take(text, how);
        expect(done).toEqual(told);
        const after = await contents();
        const again = await take(text, how);
        expect([again.imported, again.suppressed]).toEqual([0, 0]);
        expect(await contents()).toEqual(after);
      }),
      { numRuns: 60 },
    );
  });

  test('of many rows is told beforehand across batches', async () => {
    const rows = Array.from({ length: 1_200 }, (_, n) => `reader${n % 700}@x.example`);
    const text = ['email', ...rows].join('\n');
    const told = await take(text, { isDryRun: true });
    expect([told.imported, told.known]).toEqual([700, 500]);
    expect(await take(text)).toEqual(told);
  });

  test.each([
    ['before', 'notes,email\n"line one\nline two",ada@x.example\n,bob@x.example'],
    ['behind', 'email,notes\nada@x.example,"write to:\neve@x.example\nor so"\nbob@x.example,'],
    ['and interests behind', 'email,keywords\nada@x.example,"robotics\nvision"\nbob@x.example,'],
    ['in front of more', 'email,notes,x\nada@x.example,"a\r\nb",1\nbob@x.example,,2'],
  ])('with notes of several lines %s the address has nobody else in it', async (_where, text) => {
    expect(await take(text)).toMatchObject({ imported: 2, rejected: [] });
    const all = await temp.store.subscribers.list({ after: 0, limit: 9 });
    expect(all.map(({ email }) => email)).toEqual(['ada@x.example', 'bob@x.example']);
  });

  test.each([
    ...['Unsubscribe URL', 'unsubscribe_token', 'Subscriber name', 'Subscription source'],
    ...['Opt-in IP', 'Subscribed from', 'bounces', 'Bounce count', 'Consent text', 'CONFIRM_CODE'],
    ...['Active subscription', 'Subscription date', 'Subscriber since'],
  ])('with a column %s needs no word of the operator', async (name) => {
    const value = /date|since/.test(name) ? '5 Jan 2024, 10:00 UTC' : 'something 3';
    expect(await take(`email,${name}\nada@x.example,"${value}"`)).toMatchObject({ imported: 1 });
  });

  test.each([
    ...['Unsubscribed from', 'unsub_reason', 'Newsletter subscription', 'Bounce info', 'consent2'],
    ...['Is blacklisted here', 'Abmeldegrund', 'motif de désinscription', 'Opt-in state'],
  ])('with a column %s waits for the operator', async (name) => {
    const list = `email,${name}\nada@x.example,some words`;
    await expect(take(list)).rejects.toMatchObject({ code: 'unknown_status' });
    expect(await take(`email,${name}\nada@x.example,`)).toMatchObject({ imported: 1 });
  });

  test.each([
    ...['Abbestellt am', 'Gekündigt am', 'Deaktiviert am', 'Deaktiviert', 'Austrittsdatum'],
    ...['Uitschrijfdatum', 'Afmelddatum', 'Avmeldt', 'Avregistrerad', 'Fecha de baja'],
    ...['Data de remoção', 'Data wypisania', 'Odhlášen', 'Дата отписки', '退订时间', '退会日'],
    ...['removed_on', 'deletion date', 'Inactive since', 'Deactivation date', 'Left on', 'nomail'],
    ...['is_blocked', 'banned', 'Suspended', 'Excluded', 'revoked_at', 'Do Not Send', 'rejected'],
  ])('with a date in the column %s brings in nobody unasked', async (name) => {
    const list = `email,${name}\nada@x.example,2024-01-05`;
    const report = await take(list).catch((error: unknown) => error);
    expect(report).not.toMatchObject({ imported: 1 });
    expect(await take(`email,${name}\nada@x.example,`)).toMatchObject({ rejected: [] });
  });

  // Numbers and switches whose meaning the tool alone knows, other words, and several lists in one.
  test.each([
    ...[
      ['mail_status', '2'],
      ['Kundenzustand', '3'],
      ['can_email', '0'],
      ['allow_mail', '0'],
    ],
    ...[
      ['end_date', '2024-01-05'],
      ['Opt', 'out'],
      ['Stan', 'wypisany'],
      ['tags', 'News:unsubscribed'],
    ],
    ...[
      ['Lists', 'A=subscribed, B=opted out'],
      ['Gruppe', 'abgemeldet'],
    ],
  ])('with a column %s in which is %s brings in nobody unasked', async (name, value) => {
    const report = await take(`email,${name}\nada@x.example,"${value}"`).catch(
      (error: unknown) => error,
    );
    expect(report).not.toMatchObject({ imported: 1 });
  });

  test.each(['Opted-in at', 'double_optin_at', 'confirmation date'])(
    'whose %s is empty asks to confirm',
    async (name) => {
      expect(await take(`email,${name}\nada@x.example,`)).toMatchObject({
        imported: 1,
        pending: 1,
      });
    },
  );

  test.each([
    ...['gdpr_consent', 'is_subscriber', 'wants_newsletter', 'Einwilligung', 'send_email'],
    ...['email_ok', 'Receives mail', 'GDPR permission', 'email_valid'],
  ])('in which an unknown column %s says no waits for the operator', async (name) => {
    const list = `email,${name}\nada@x.example,no`;
    await expect(take(list)).rejects.toMatchObject({ code: 'unknown_status' });
    const wishes = { columns: [], ignored: [name] };
    expect(await take(list, { columns: wishes })).toMatchObject({ rejected: [] });
  });

  test.each([
    ['gdpr_consent', '0', null],
    ['num_emails_opened', '0', 1],
    ['Complimentary plan', 'false', 1],
    ['SMS consent', 'no', 1],
    ['List', 'Cleaned', null],
    ['Reception', 'nomail', null],
  ])('with %s = %s has %j to import', async (name, value, imported) => {
    const report = await take(`email,${name}\nada@x.example,${value}`).catch(() => null);
    expect(report?.imported ?? null).toBe(imported);
  });

  test.each([
    ['2024-01-05', 1],
    ['2024-01-05T10:00:00.000Z', 1],
    ['05/01/2024 10:00', 1],
    ['Jan 5, 2024', 1],
    ['5. Mai 2024', 1],
    ['1704448800', 1],
    ['true', 1],
    ['Ja', 1],
    ['0', 0],
    ['NULL', 0],
    ['\\N', 0],
    ['0000-00-00 00:00:00', 0],
    ['never', 0],
    ['', 0],
  ])('where "unsubscribed at" is %j has %i who left', async (value, left) => {
    const report = await take(`email,unsubscribed_at\nada@x.example,"${value}"`);
    expect([report.leftOut.length, report.imported]).toEqual([left, 1 - left]);
  });

  test.each([
    ['sep=;\nemail;"Name, City";hour\nada@x.example;"A, B";7'],
    ['"sep=|"\nemail|hour\nada@x.example|7'],
    ['sep=\t\r\nemail\thour\r\nada@x.example\t7'],
    ['sep=#\nemail#hour\nada@x.example#7'],
    ['\uFEFFsep=,\nhour,email\n7,ada@x.example'],
    ['email;Name, City, Land;hour\nada@x.example;A, B, C;7'],
    ['email|hour\rada@x.example|7\r'],
    ['Name, City, Land;E-Mail;hour\nA, B, C;ada@x.example;7'],
    ['email,quote,hour\nada@x.example,"say \\"hi\\"",7'],
    ['"e-mail","the\nhour","hour"\n"ada@x.example","","7"'],
    ['name,email,name,hour,hour\nA,ada@x.example,B,7,'],
  ])('in the dialect %j is read', async (text) => {
    expect(await take(text)).toMatchObject({ imported: 1, rejected: [] });
    const [ada] = await temp.store.subscribers.list({ after: 0, limit: 9 });
    expect(ada).toMatchObject({ email: 'ada@x.example', hour: 7 });
  });

  test.each([
    ...['Email', 'E-Mail', 'e_mail', 'EMAIL ADDRESS', 'emailAddress', 'E-mail 1 - Value', 'Mail'],
    ...['E-Mail-Adresse', 'Adresse e-mail', 'Courriel', 'Correo electrónico', 'Indirizzo email'],
    ...['Endereço de e-mail', 'E-mailadres', 'E-postadress', 'Sähköposti', 'Adres e-mail'],
    ...[
      'E-posta',
      'Электронная почта',
      'メールアドレス',
      '邮箱',
      '이메일',
      'Subscriber',
      'user_email',
    ],
  ])('whose column is named %s is read', async (name) => {
    expect(await take(`Name,"${name}"\nAda,ada@x.example`)).toMatchObject({ imported: 1 });
  });
});
