import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, isOneJsonLine, openDesk, sentences } from './desk.js';
import { ended, planned, writeRows } from './desk-store.js';

const DAY = '2026-03-02';
const NASTY = '550 \u001b]0;pwned\u0007 5.1.1\r\n\u009b2JNo\u202e such user';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

interface Told {
  email: string;
  date: string;
  kind: string;
  state: string;
  reply: string | null;
}
const list = async (...args: string[]) =>
  (await desk.json<{ deliveries: Told[] }>(['deliveries', 'list', ...args])).deliveries;
const emails = async (...args: string[]) => (await list(...args)).map(({ email }) => email);

describe('deliveries list', () => {
  beforeEach(async () => {
    await planned(desk, '2026-03-01', ['old@one.test']);
    await planned(desk, DAY, ['ada@one.test', 'bob@two.test', 'cy@one.test']);
    ended(desk, 'ada@one.test', { state: 'accepted', reply: '250 Ok' });
    ended(desk, 'bob@two.test', { state: 'refused', reply: NASTY, route: 'second' });
  });

  test('tells who got what, when, over which route, with the last reply', async () => {
    const result = await desk.run(['deliveries', 'list', '--date', DAY, '--json']);
    expect([result.code, isOneJsonLine(result), sentences(result)]).toEqual([0, true, []]);
    const common = { date: DAY, kind: 'daily', dueAt: 1_000 };
    const open = { state: 'planned', endedAt: null, attempts: 0, route: null, reply: null };
    expect(result.json()).toEqual({
      deliveries: [
        {
          ...{ email: 'ada@one.test', ...common, state: 'accepted', endedAt: 2_000, attempts: 1 },
          ...{ route: 'main', reply: '250 Ok' },
        },
        {
          ...{ email: 'bob@two.test', ...common, state: 'refused', endedAt: 2_000, attempts: 1 },
          ...{ route: 'second', reply: '550 ]0;pwned 5.1.1 2JNo such user' },
        },
        { email: 'cy@one.test', ...common, ...open },
      ],
    });
  });

  test('for people it is a line each, on which no server can write as it likes', async () => {
    const { stdout } = await desk.run(['deliveries', 'list']);
    expect(stdout.split('\n')).toEqual([
      `ada@one.test  ${DAY} daily  accepted  due 1970-01-01T00:00:01.000Z, ended 1970-01-01T00:00:02.000Z, 1 attempt, over main: 250 Ok`,
      `bob@two.test  ${DAY} daily  refused  due 1970-01-01T00:00:01.000Z, ended 1970-01-01T00:00:02.000Z, 1 attempt, over second: 550 ]0;pwned 5.1.1 2JNo such user`,
      `cy@one.test  ${DAY} daily  planned  due 1970-01-01T00:00:01.000Z, 0 attempts`,
      '3 deliveries.',
      '',
    ]);
  });

  test('keeps to a day, to outcomes and to a domain', async () => {
    expect(await emails('--date', '2026-03-01')).toEqual(['old@one.test']);
    expect(await emails('--outcome', 'refused')).toEqual(['bob@two.test']);
    expect(await emails('--outcome', 'accepted, planned')).toEqual(['ada@one.test', 'cy@one.test']);
    expect(await emails('--outcome', 'uncertain')).toEqual([]);
    expect(await emails('--domain', '@ONE.test')).toEqual(['ada@one.test', 'cy@one.test']);
    expect(await emails('--domain', 'one.test', '--outcome', 'planned')).toEqual(['cy@one.test']);
  });

  test('shows the weekly edition of that day beside the daily one', async () => {
    writeRows(desk, `update editions set kind = 'weekly', date = '${DAY}' where date < '${DAY}'`);
    const told = (await list()).map(({ email, date, kind }) => [email, date, kind]);
    expect(told).toHaveLength(4);
    expect(told.at(-1)).toEqual(['old@one.test', DAY, 'weekly']);
  });

  test.each([
    [['--outcome', 'lost'], /^paperboy: --outcome takes planned, accepted, .*, not "lost"\.$/],
    [['--outcome', 'refused,'], /not ""\.$/],
    [['--date', '2026-02-30'], /^paperboy: "2026-02-30" is not a date/],
    [['--domain', 'one test'], /^paperboy: --domain takes a domain, not "one test"\.$/],
  ])('%j is bad usage', async (args, sentence) => {
    const result = await desk.run(['deliveries', 'list', ...args, '--json']);
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(sentences(result)).toEqual([expect.stringMatching(sentence)]);
  });

  test('says so where there is no edition of that day', async () => {
    const result = await desk.run(['deliveries', 'list', '--date', '2026-03-09', '--json']);
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(sentences(result)[0]).toMatch(/^paperboy: There is no edition of 2026-03-09/);
  });

  test('goes on over more than are in memory at once', async () => {
    writeRows(
      desk,
      `with recursive many (n) as (select 1 union all select n + 1 from many where n < 2100)
      insert into subscribers (email, email_key, state, round, frequency, length, topics, keywords,
        created_at)
      select 'm' || n || '@many.test', 'm' || n || '@many.test', 'active', 1, 'daily', 20, '[]',
        '[]', 1 from many;
      insert into deliveries (subscriber_id, edition_id, selection_id, state, unclaimed_state, due_at,
        next_at, expires_at)
      select s.id, e.id, 1, 'planned', 'planned', 1, 1, 2 from subscribers as s
      join editions as e on e.date = '${DAY}' where s.email like 'm%'`,
    );
    const found = await emails('--domain', 'many.test');
    expect([found.length, new Set(found).size, found[2_099]]).toEqual([
      2100,
      2100,
      'm2100@many.test',
    ]);
  });
});

describe('subscribers show', () => {
  test('has the last deliveries, newest first, and no character that commands a terminal', async () => {
    for (let day = 1; day <= 31; day++) {
      await planned(desk, `2026-03-${String(day).padStart(2, '0')}`, ['ada@one.test']);
      ended(desk, 'ada@one.test', { state: 'accepted', reply: '250 Ok', at: day });
    }
    writeRows(desk, `update deliveries set reply = '${NASTY}' where ended_at = 31`);
    writeRows(desk, `update subscribers set keywords = '["a\\u001b[31m\\u202eb"]'`);
    interface Shown {
      keywords: string[];
      deliveries: { date: string; reply: string; endedAt: number; route: string }[];
    }
    const { deliveries, keywords } = await desk.json<Shown>([
      'subscribers',
      'show',
      'ada@one.test',
    ]);
    expect(keywords).toEqual(['a[31mb']);
    expect(deliveries).toHaveLength(30);
    expect([deliveries[0]?.date, deliveries.at(-1)?.date]).toEqual(['2026-03-31', '2026-03-02']);
    expect(deliveries[0]).toEqual({
      ...{ date: '2026-03-31', kind: 'daily', state: 'accepted', dueAt: 1_000, endedAt: 31 },
      ...{ attempts: 1, route: 'main', reply: '550 ]0;pwned 5.1.1 2JNo such user' },
    });
    const { stdout } = await desk.run(['subscribers', 'show', 'ada@one.test']);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(stdout).toContain('2026-03-30 daily  accepted  due');
  });
});
