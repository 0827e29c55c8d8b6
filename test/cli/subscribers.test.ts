import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, isOneJsonLine, openDesk, sentences } from './desk.js';

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

interface Shown {
  email: string;
  state: string;
  hour: number | null;
  timezone: string | null;
  length: number;
  consents: { event: string; via: string }[];
  suppression: { reason: string; detail: string } | null;
}

const show = (email: string) => desk.json<Shown>(['subscribers', 'show', email]);

describe('subscribers add', () => {
  test('asks the owner of the address, by a notice that waits for the sender', async () => {
    const result = await desk.run([
      'subscribers',
      'add',
      'Ada@reader.test',
      '--hour',
      '7',
      '--json',
    ]);
    expect([result.code, isOneJsonLine(result)]).toEqual([0, true]);
    expect(result.json()).toEqual({
      email: 'Ada@reader.test',
      state: 'pending',
      result: 'imported',
    });
    expect(desk.rows('select kind, state from notices')).toEqual([
      { kind: 'confirm', state: 'planned' },
    ]);
    expect(await show('ada@reader.test')).toMatchObject({
      state: 'pending',
      hour: 7,
      consents: [{ event: 'requested', via: 'command' }],
      suppression: null,
    });
  });

  test('--confirmed makes it active at once, without a mail', async () => {
    const args = ['--confirmed', '--timezone', 'Europe/Vienna', '--length', '5'];
    const { code, stdout } = await desk.run(['subscribers', 'add', 'ada@reader.test', ...args]);
    expect([code, stdout]).toEqual([0, 'ada@reader.test is active.\n']);
    expect(desk.rows('select * from notices')).toEqual([]);
    expect(await show('ADA@READER.TEST')).toMatchObject({
      state: 'active',
      timezone: 'Europe/Vienna',
      length: 5,
      consents: [{ event: 'imported', via: 'command' }],
    });
  });

  test('leaves who is known as they are', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed', '--hour', '7']);
    const again = ['subscribers', 'add', 'ada@reader.test', '--confirmed', '--hour', '9'];
    expect(await desk.json(again)).toEqual({
      email: 'ada@reader.test',
      state: 'active',
      result: 'known',
    });
    expect(await show('ada@reader.test')).toMatchObject({ hour: 7 });
  });
});

describe('subscribers show and remove', () => {
  test('a stranger is told as one', async () => {
    for (const command of ['show', 'remove']) {
      const result = await desk.run(['subscribers', command, 'eve@reader.test', '--json']);
      expect([result.code, result.stdout]).toEqual([1, '']);
      expect(sentences(result)).toEqual(['paperboy: eve@reader.test is not a subscriber.']);
    }
  });

  test('remove forgets everything of an address', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test']);
    const removed = await desk.json(['subscribers', 'remove', 'ADA@reader.test']);
    expect(removed).toEqual({ email: 'ada@reader.test', removed: true });
    for (const table of ['subscribers', 'consents', 'notices']) {
      expect(desk.rows(`select * from ${table}`)).toEqual([]);
    }
  });
});

describe('a suppressed address', () => {
  beforeEach(async () => {
    await desk.json(['subscribers', 'add', 'gone@reader.test', '--confirmed']);
    // Where a server takes nobody, it may be the wrong server.
    await desk.json(['subscribers', 'add', 'here@reader.test', '--confirmed']);
    desk.smtp.hooks.onRcpt = (address) =>
      address.startsWith('gone') ? { code: 550, text: '5.1.1 no such user' } : undefined;
    await desk.json(['run', '--date', '2026-03-02', '--now']);
  });

  test('is shown with what the server said', async () => {
    expect(await show('gone@reader.test')).toMatchObject({
      state: 'suppressed',
      suppression: { reason: 'bounce', detail: expect.stringContaining('5.1.1 no such user') },
      consents: [{ event: 'imported' }, { event: 'suppressed' }],
    });
    const { stdout } = await desk.run(['subscribers', 'show', 'gone@reader.test']);
    expect(stdout).toMatch(/must not be mailed: bounce, 550 5\.1\.1 no such user/);
  });

  test('is added again by nobody, not even after it was removed', async () => {
    await desk.json(['subscribers', 'remove', 'gone@reader.test']);
    for (const args of [[], ['--confirmed']]) {
      const result = await desk.run(['subscribers', 'add', 'gone@reader.test', ...args]);
      expect([result.code, result.stdout]).toEqual([1, '']);
      expect(sentences(result)[0]).toMatch(
        /^paperboy: gone@reader\.test must not be mailed \(bounce/,
      );
    }
  });
});

describe('subscribers list', () => {
  test('counts every state and pages by id', async () => {
    const file = desk.file(
      'five.csv',
      `email\n${[1, 2, 3, 4, 5].map((n) => `r${n}@reader.test\n`).join('')}`,
    );
    await desk.json(['subscribers', 'import', file, '--confirmed']);
    await desk.json(['subscribers', 'add', 'new@reader.test']);
    interface Listed {
      counts: Record<string, number>;
      subscribers: { id: number; email: string }[];
    }
    const page = await desk.json<Listed>(['subscribers', 'list', '--limit', '2', '--after', '2']);
    expect(page.counts).toEqual({
      pending: 1,
      active: 5,
      paused: 0,
      unsubscribed: 0,
      suppressed: 0,
    });
    expect(page.subscribers.map(({ email }) => email)).toEqual([
      'r3@reader.test',
      'r4@reader.test',
    ]);
    const pending = await desk.json<Listed>(['subscribers', 'list', '--state', 'pending']);
    expect(pending.subscribers.map(({ email }) => email)).toEqual(['new@reader.test']);
    const { stdout } = await desk.run(['subscribers', 'list', '--state', 'paused']);
    expect(stdout).toBe('1 pending, 5 active, 0 paused, 0 unsubscribed, 0 suppressed\n');
  });
});

describe('subscribers export', () => {
  const ROWS = [
    'email,timezone,hour,frequency,topics,keywords,authors,organisations,length,weekday,language',
    'ada@reader.test,Europe/Vienna,7,weekdays,vision;speech,agents;RAG,Jane Doe;J. Roe,"ETH Zürich;University of California, Berkeley",5,monday,en',
    'bob@reader.test,,,weekly,,,,,20,friday,',
    'o\'hara+x=1@reader.test,Asia/Tokyo,0,daily,"a ""quoted"" topic",,,,50,monday,en',
  ];

  async function exported(...args: string[]): Promise<string[]> {
    const { code, stdout } = await desk.run(['subscribers', 'export', ...args]);
    expect(code).toBe(0);
    return stdout.trimEnd().split('\n');
  }

  test('says what was imported, and imports to the same again elsewhere', async () => {
    const file = desk.file('in.csv', ROWS.join('\n'));
    expect(await desk.json(['subscribers', 'import', file, '--confirmed'])).toMatchObject({
      imported: 3,
    });
    const lines = await exported();
    const withoutState = lines.map((line) =>
      line.replace(/,(state,created|active,[\dTZ:.-]+)$/, ''),
    );
    expect(withoutState).toEqual(ROWS);

    const answer = await desk.json(['subscribers', 'export', 'out.csv']);
    expect(answer).toEqual({ exported: 3, file: 'out.csv' });
    expect(readFileSync(join(desk.path, 'out.csv'), 'utf8').trimEnd().split('\n')).toEqual(lines);

    const env = { DATABASE_URL: 'sqlite:elsewhere.db' };
    const options = { env };
    const args = ['subscribers', 'import', 'out.csv', '--confirmed', '--json'];
    expect((await desk.run(args, options)).json()).toMatchObject({ imported: 3, rejected: [] });
    const copy = (await desk.run(['subscribers', 'export'], options)).stdout.trimEnd().split('\n');
    expect(copy.map((line) => line.replace(/,[^,]*$/, ''))).toEqual(
      lines.map((line) => line.replace(/,[^,]*$/, '')),
    );
  });

  test('is readable by its owner only, since addresses are nobody else’s business', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test']);
    await desk.json(['subscribers', 'export', 'out.csv']);
    expect(statSync(join(desk.path, 'out.csv')).mode & 0o077).toBe(0);
  });

  test('gives one state when asked', async () => {
    await desk.json(['subscribers', 'add', 'new@reader.test']);
    await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
    const [, ...rows] = await exported('--state', 'active');
    expect(rows.map((row) => row.split(',')[0])).toEqual(['ada@reader.test']);
  });

  test('brings nobody back elsewhere who gets no digests here', async () => {
    const states = ['active', 'pending', 'paused', 'unsubscribed', 'suppressed'];
    const rows = states.map((state) => `${state}@reader.test,${state}\n`).join('');
    const file = desk.file('states.csv', `email,state\n${rows}`);
    const result = await desk.run(['subscribers', 'import', file, '--confirmed', '--json']);
    expect(result.code).toBe(0);
    expect(result.json()).toEqual({
      imported: 2,
      known: 0,
      leftOut: ['left', 'left', 'suppressed'].map((standing, index) => ({
        standing,
        reason: `"state" is "${states[index + 2]}"`,
        count: 1,
        lines: [index + 4],
      })),
      rejected: [],
    });
    expect(desk.rows('select email, state from subscribers order by id')).toEqual([
      { email: 'active@reader.test', state: 'active' },
      { email: 'pending@reader.test', state: 'pending' },
    ]);
  });

  test('fails in one sentence where it can not write', async () => {
    const result = await desk.run(['subscribers', 'export', 'no/such/out.csv', '--json']);
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(sentences(result)).toEqual([
      expect.stringMatching(/^paperboy: no\/such\/out\.csv can't/),
    ]);
  });
});
