import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desk, openDesk, sentences } from './desk.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

interface Report {
  subscribers: Record<string, number>;
  editions: number;
  deliveries: Record<string, number>;
  suggestions: Record<string, number>;
}

const least = (counts: Record<string, number>) => Math.min(...Object.values(counts));
const kinds = (query: string) => desk.rows<{ kind: string }>(query).map(({ kind }) => kind);

test('seed fills an empty store with something of everything, and no other', async () => {
  const report = await desk.json<Report>(['seed']);
  const { subscribers, editions, deliveries, suggestions } = report;
  expect(Object.values(subscribers).reduce((sum, count) => sum + count)).toBe(1_000);
  expect(editions).toBe(60);
  for (const counts of [subscribers, deliveries, suggestions]) {
    expect(least(counts)).toBeGreaterThan(0);
  }
  expect(kinds('select distinct kind || state as kind from editions order by 1')).toEqual([
    'dailydraft',
    'dailyfrozen',
    'weeklyfrozen',
  ]);
  expect(kinds('select distinct kind from notices order by 1')).toEqual(['confirm']);
  expect(kinds('select distinct state as kind from notices order by 1')).toContain('refused');
  expect(kinds('select distinct reason as kind from suppressions order by 1')).toEqual([
    'bounce',
    'complaint',
    'operator',
  ]);
  expect(desk.rows('select domain from holds')).toEqual([{ domain: 'held.example' }]);
  expect(desk.rows('select scope from throttles')).toEqual([{ scope: 'slow.example' }]);
  const shown = await desk.json<{ papers: { pinned: boolean }[]; note: string; dropped: object[] }>(
    ['edition', 'show'],
  );
  expect(shown.papers[0]?.pinned).toBe(true);
  expect([shown.dropped.length, shown.note]).toEqual([1, expect.any(String)]);
  expect(desk.smtp.received).toEqual([]);

  await desk.serve();
  for (const path of ['/', '/archive', '/search?q=attention', '/feed.atom']) {
    // A machine under load turns requests away for a while.
    await expect
      .poll(async () => (await fetch(`${desk.site}${path}`)).status, { timeout: 30_000 })
      .toBe(200);
  }

  const again = await desk.run(['seed', '--json']);
  expect([again.code, again.stdout]).toEqual([1, '']);
  expect(sentences(again)).toEqual([expect.stringContaining('The store is not empty.')]);
}, 120_000);

test('seed does nothing in production', async () => {
  const production = {
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://papers.example',
    MAIL_FROM: 'Paperboy <paperboy@papers.example>',
    // A comma would make two of it.
    SECRET_KEY: 'a secret of tests that is long enough',
  };
  const refused = await desk.run(['seed', '--json'], { env: production });
  expect([refused.code, refused.stdout, sentences(refused).at(-1)]).toEqual([
    1,
    '',
    expect.stringContaining('for development only'),
  ]);
  expect(desk.rows('select 1 from papers')).toEqual([]);
});
