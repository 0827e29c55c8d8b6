import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { found } from '../store/contract/dialect.js';
import { textOf } from '../web/markup.js';
import { type Desk, openDesk, sentences } from './desk.js';

const MONDAY = '2026-03-02';
const TUESDAY = '2026-03-03';
let desk: Desk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

interface Shown {
  papers: { id: string; title: string; upvotes: number; rising?: unknown }[];
}

const show = (date: string) => desk.json<Shown>(['edition', 'show', '--date', date]);

interface Changes {
  authors?: number;
  organization?: string;
  [field: string]: unknown;
}

function item(id: string, upvotes: number, { authors = 2, organization, ...more }: Changes = {}) {
  return {
    paper: {
      id,
      title: `The paper ${id} of many`,
      summary: `What ${id} found.`,
      upvotes,
      authors: Array.from({ length: authors }, (_, n) => ({ name: `Author ${n}` })),
      ...(organization && { organization: { name: organization } }),
      ...more,
    },
    numComments: 0,
  };
}

async function edit(day: string, items: unknown[]): Promise<string[]> {
  desk.source.setDay(day, items);
  await desk.json(['fetch', '--date', day]);
  await desk.json(['pick', '--date', day]);
  return (await show(day)).papers.map(({ id }) => id.slice(-3));
}

/** Commands run by today's clock; what came in long after an edition is not of its time. */
function asIfInTime(): void {
  const store = new SQLite(join(desk.path, 'paperboy.db'));
  store.prepare('update editions set picked_at = ?').run(Date.parse(`${MONDAY}T16:00:00Z`));
  store
    .prepare(
      'update signals set observed_at = ? + observed_at - (select min(observed_at) from signals)',
    )
    .run(Date.parse(`${TUESDAY}T10:00:00Z`));
  store.close();
}

test('a paper that rises after its day is marked in the edition, the mail, the page and the feeds', async () => {
  const known = item('2603.99101', 8);
  await edit(MONDAY, [known]);
  await desk.json(['edition', 'freeze', '--date', MONDAY]);
  desk.source.setDay(MONDAY, [known, item('2603.99109', 34)]);
  await desk.json(['fetch', '--date', MONDAY]);
  desk.source.setDay(TUESDAY, [item('2603.99102', 40), item('2603.99103', 5)]);
  await desk.json(['fetch', '--date', TUESDAY]);
  asIfInTime();

  expect(await desk.json(['pick', '--date', TUESDAY])).toMatchObject({ papers: 3, rising: 1 });
  const told = await desk.run(['pick', '--date', TUESDAY]);
  expect(told.stdout).toBe(
    'The edition of 2026-03-03 has 3 papers, 1 of them still rising from days before.\n',
  );
  const { papers } = await show(TUESDAY);
  expect(papers.map(({ id, rising }) => [id, rising])).toEqual([
    ['2603.99102', undefined],
    ['2603.99109', { since: MONDAY, votes: 34, days: 1 }],
    ['2603.99103', undefined],
  ]);
  const why = 'Still rising: 34 votes since Monday 2 March 2026';
  const people = await desk.run(['edition', 'show', '--date', TUESDAY]);
  expect(people.stdout).toContain(
    `2603.99109  34 votes  The paper 2603.99109 of many [still rising: 34 votes since Monday 2 March 2026]`,
  );

  await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
  await desk.json(['send', '--date', TUESDAY, '--now']);
  const mail = found(desk.smtp.received[0]);
  expect([mail.text.split(why).length, textOf(mail.html).split(why).length]).toEqual([2, 2]);
  await desk.serve();
  const page = async (path: string) => (await fetch(new URL(path, desk.site))).text();
  expect(textOf(await page(`/papers/${TUESDAY}`)).split(why)).toHaveLength(2);
  for (const feed of ['/feed.atom', '/feed.json']) {
    expect(await page(feed)).toContain('The paper 2603.99109 of many (still rising);');
  }
});

test('early, those come first who are likely to get votes; in the end, those who have them', async () => {
  const crowd = { authors: 30, githubRepo: 'https://github.com/example/code' };
  expect(await edit(MONDAY, [item('2603.99101', 1), item('2603.99102', 0, crowd)])).toEqual([
    '102',
    '101',
  ]);
  expect(await edit(MONDAY, [item('2603.99101', 9), item('2603.99102', 8, crowd)])).toEqual([
    '101',
    '102',
  ]);
});

test('one organisation does not have the whole top while others are near', async () => {
  const own = [60, 59, 58, 57].map((votes) =>
    item(`2603.991${votes}`, votes, { organization: 'The Lab' }),
  );
  const others = [item('2603.99150', 50), item('2603.99151', 51, { organization: 'Another' })];
  expect(await edit(MONDAY, [...own, ...others])).toEqual([
    ...['160', '159', '151', '150', '158', '157'],
  ]);
});

test('weights are settings, and a wrong one is a sentence', async () => {
  desk.source.setDay(MONDAY, [item('2603.99101', 1), item('2603.99102', 0, { authors: 30 })]);
  await desk.json(['fetch', '--date', MONDAY]);
  const env = { SCORE_WEIGHTS: 'fade=0' };
  expect((await desk.run(['pick', '--date', MONDAY], { env })).code).toBe(0);
  expect((await show(MONDAY)).papers[0]?.id).toBe('2603.99101');
  const wrong = await desk.run(['pick'], { env: { SCORE_WEIGHTS: 'authors=many' } });
  expect([wrong.code, sentences(wrong).join(' ')]).toEqual([
    2,
    expect.stringContaining('SCORE_WEIGHTS is "authors=many", but must be any of base, authors'),
  ]);
});
