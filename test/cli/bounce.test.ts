import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { found } from '../store/contract/dialect.js';
import { dsn } from '../support/report-mails.js';
import { type Desk, openDesk } from './desk.js';

const ENV = {
  ...{ BOUNCE_ADDRESS: 'bounces@example.org', BOUNCE_PIPE: 'on' },
  MAIL_FROM: 'papers@example.org',
};
const DATE = '2026-03-02';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({}, ENV);
});
afterEach(() => desk.close());

interface Line {
  file: string;
  kind: string;
  recipient: string | null;
  status: string | null;
  action: string;
}

/** Sends an edition to these readers, and gives the sender of each envelope. */
async function send(...names: string[]): Promise<(name: string) => string> {
  const rows = names.map((name) => `${name}@reader.test\n`).join('');
  const file = desk.file('readers.csv', `email\n${rows}`);
  await desk.json(['subscribers', 'import', file, '--confirmed']);
  await desk.json(['run', '--date', DATE, '--now']);
  return (name) => {
    const mail = desk.smtp.received.find(({ to }) => to.includes(`${name}@reader.test`));
    return found(mail).from;
  };
}

const text = (octets: Uint8Array) => Buffer.from(octets).toString();
const bounce = (args: string[], input?: string) =>
  desk.run(['bounce', ...args], input === undefined ? {} : { input });
const story = (name: string) =>
  desk.json<{
    state: string;
    suppression: { reason: string; detail: string } | null;
    deliveries: { state: string; reply: string }[];
    reports: { kind: string; via: string; trust: string; action: string }[];
  }>(['subscribers', 'show', `${name}@reader.test`]);

describe('a bounce that is piped in', () => {
  test('ends in the ledger, its counts, lists and the story of its reader', async () => {
    const from = await send('ada', 'bob');
    expect(from('ada')).toMatch(/^bounces\+d[1-9][0-9a-z]+@example\.org$/);
    expect(from('ada')).not.toBe(from('bob'));
    const mail = text(dsn({ to: from('ada') }));
    const result = await bounce(['--json'], mail);
    expect([result.code, result.stderr]).toEqual([0, '']);
    const line = { file: '-', kind: 'permanent', recipient: 'ada@reader.test', status: '5.1.1' };
    expect(result.jsonLines()).toEqual([{ ...line, action: 'suppressed' }]);
    const told = await story('ada');
    expect(told).toMatchObject({
      state: 'suppressed',
      suppression: { reason: 'bounce', detail: '550 5.1.1 No such user' },
      deliveries: [{ state: 'bounced', reply: '550 5.1.1 No such user' }],
      reports: [{ kind: 'permanent', via: 'command', trust: 'return-path', action: 'suppressed' }],
    });
    const words = (await desk.run(['subscribers', 'show', 'ada@reader.test'])).stdout;
    expect(words).toMatch(
      /^\S+ came back: permanent 5\.1\.1 \(by command, known by its return-path\)/m,
    );
    const counts = await desk.json(['send', '--date', DATE, '--now']);
    expect(counts).toMatchObject({ accepted: 1, bounced: 1, planned: 0, refused: 0 });
    const list = ['deliveries', 'list', '--date', DATE, '--outcome', 'bounced'];
    expect(await desk.json(list)).toMatchObject({
      deliveries: [{ email: 'ada@reader.test', state: 'bounced' }],
    });
    expect((await bounce(['--json'], mail)).jsonLines()).toEqual([{ ...line, action: 'repeated' }]);
    // No mail goes to whom it came back from, and it is not sent again.
    await desk.json(['run', '--date', '2026-03-03', '--now']);
    expect(desk.smtp.received.map(({ to }) => to.join()).sort()).toEqual([
      'ada@reader.test',
      'bob@reader.test',
      'bob@reader.test',
    ]);
  });

  test('is known by the recipient that the mail server names', async () => {
    const from = await send('ada');
    const result = await bounce([`--recipient=${from('ada')}`, '--json'], text(dsn()));
    expect(result.jsonLines()).toMatchObject([{ action: 'suppressed' }]);
  });

  test('is handed in again later when the store can’t take it', async () => {
    const from = await send('ada');
    rmSync(join(desk.path, 'paperboy.db'));
    writeFileSync(join(desk.path, 'paperboy.db'), 'no database');
    const mail = text(dsn({ to: from('ada') }));
    const piped = await bounce([], mail);
    expect([piped.code, piped.stdout]).toEqual([75, '']);
    expect(piped.stderr).toMatch(/^paperboy: .+\.$/m);
    const named = await bounce([desk.file('one.eml', mail)]);
    expect([named.code, named.stdout]).toEqual([75, '']);
    const wrong = await desk.run(['bounce'], { input: mail, env: { BOUNCE_VERP: 'perhaps' } });
    expect(wrong.code).toBe(75);
  });
});

describe('files', () => {
  test('may be mails, mboxes and folders, and are named as they were given', async () => {
    const from = await send('ada', 'bob', 'cid', 'dan', 'eve');
    const mail = (name: string) =>
      text(dsn({ to: from(name), recipient: `${name}@reader.test`, status: '5.2.2' }));
    const separator = 'From MAILER-DAEMON Mon Nov 30 08:00:00 2026\n';
    const mbox = desk.file(
      'some.mbox',
      ['bob', 'cid'].map((name) => `${separator}${mail(name)}\n`).join(''),
    );
    for (const part of ['cur', 'new', 'tmp'])
      mkdirSync(join(desk.path, 'box', part), { recursive: true });
    desk.file('box/cur/1:2,S', mail('dan'));
    desk.file('box/tmp/3', mail('ada'));
    mkdirSync(join(desk.path, 'loose'));
    desk.file('loose/.hidden', mail('ada'));
    desk.file('loose/5.eml', mail('eve'));
    const one = desk.file('one.eml', mail('ada'));
    const files = [one, mbox, 'box', './loose'];
    const lines = (name: string, file: string, action = 'counted'): Line => ({
      ...{ file, kind: 'full', recipient: `${name}@reader.test`, status: '5.2.2', action },
    });
    const all = [
      lines('ada', 'one.eml'),
      lines('bob', 'some.mbox'),
      lines('cid', 'some.mbox'),
      lines('dan', 'box/cur/1:2,S'),
      lines('eve', 'loose/5.eml'),
    ];
    const dry = await bounce(['--dry-run', '--json', ...files]);
    expect([dry.code, dry.jsonLines()]).toEqual([0, all]);
    expect(desk.rows('select * from reports')).toEqual([]);
    expect((await bounce(['--json', ...files])).jsonLines()).toEqual(all);
    const again = all.map((line) => ({ ...line, action: 'repeated' }));
    expect((await bounce(['--json', ...files])).jsonLines()).toEqual(again);
    expect((await bounce([one])).stdout).toBe('one.eml: full ada@reader.test 5.2.2: repeated\n');
    expect(desk.rows('select distinct state from deliveries')).toEqual([{ state: 'bounced' }]);
  });

  test('tell what they are on a store that knows nothing of them', async () => {
    const file = desk.file('one.eml', text(dsn({ recipient: 'x@y.example', status: '5.1.10' })));
    const { code, stdout } = await bounce(['--dry-run', '--json', file]);
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { file, kind: 'permanent', recipient: 'x@y.example', status: '5.1.10', action: 'none' },
    ]);
  });

  test('that are not there are told', async () => {
    const { code, stderr } = await bounce(['nowhere.eml']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^paperboy: nowhere\.eml can't be read: ENOENT/m);
  });
});
