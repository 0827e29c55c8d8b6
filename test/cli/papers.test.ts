import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FaultKind } from '../support/huggingface.js';
import { type Desk, openDesk, sentences } from './desk.js';

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

const DAYS = ['2026-03-02', '2026-03-03', '2026-03-04'];
const EDITIONS = `
  select date, rank, paper_id, snapshot from edition_papers
  join editions on editions.id = edition_id order by date, rank`;

/** Fetches these days one by one, then picks all by date; gives what was logged of papers. */
async function fetchAndPick(order: readonly string[]): Promise<{ day: string; id: string }[]> {
  const commands = [
    ...order.map((day) => ['fetch', '--date', day]),
    ...DAYS.map((day) => ['pick', '--date', day]),
  ];
  const logged: { day: string; id: string; reason: string }[] = [];
  for (const command of commands) {
    const { code, stderr } = await desk.run(command);
    expect([command, code]).toEqual([command, 0]);
    for (const line of stderr.split('\n').filter((text) => text.startsWith('{'))) {
      const entry = JSON.parse(line);
      if (entry.reason !== undefined && entry.id !== undefined) logged.push(entry);
    }
  }
  return logged;
}

/** The ids of a day's answer, without versions. */
const idsOf = (day: string) =>
  (desk.source.days.get(day) ?? []).map((item, index) => {
    const id = (item as { paper?: { id?: unknown } } | null)?.paper?.id;
    return typeof id === 'string' ? id.replace(/v\d+$/, '') : `#${index + 1}`;
  });

test('days fetched twice and in two orders give the same editions, and nothing goes without a reason', async () => {
  // One is on two days with other votes, one twice in an answer, one broken.
  const [first, second] = [desk.source.days.get('2026-03-02'), desk.source.days.get('2026-03-03')];
  const again = structuredClone(first?.[0]) as { paper: { upvotes: number } };
  again.paper.upvotes += 100;
  desk.source.setDay('2026-03-03', [...(second ?? []), again, { paper: { id: '2603.99999' } }]);

  const logged = await fetchAndPick([...DAYS, ...DAYS]);
  const editions = desk.rows<{ date: string; paper_id: string }>(EDITIONS);
  for (const day of DAYS) {
    for (const id of idsOf(day)) {
      const isThere = editions.some((row) => row.date === day && row.paper_id === id);
      const isTold = logged.some((entry) => entry.day === day && entry.id.startsWith(id));
      expect([day, id, isThere || isTold]).toEqual([day, id, true]);
    }
  }
  expect(new Set(editions.map((row) => row.paper_id)).size).toBe(editions.length);

  await desk.close();
  const days = desk.source.days;
  desk = await openDesk();
  for (const [day, items] of days) desk.source.setDay(day, items);
  await fetchAndPick([...DAYS].reverse());
  expect(desk.rows(EDITIONS)).toEqual(editions);
}, 120_000);

describe('a source that answers', () => {
  const pickFirst = async () => {
    await desk.json(['fetch', '--date', '2026-03-02']);
    await desk.json(['pick', '--date', '2026-03-02']);
    return desk.rows(EDITIONS);
  };
  const expectUnharmed = async (editions: unknown[]) => {
    expect((await desk.run(['pick', '--date', '2026-03-02'])).code).toBe(0);
    expect(desk.rows(EDITIONS)).toEqual(editions);
    desk.source.fail(null);
    await desk.json(['fetch', '--date', '2026-03-03']);
    expect(await desk.json(['pick', '--date', '2026-03-03'])).toMatchObject({ changed: true });
  };

  test.each<[FaultKind, RegExp]>([
    ['html', /answered text\/html that is not JSON\.$/],
    ['not-array', /did not answer a list of papers\.$/],
    ['huge', /sent more than 4 MB\.$/],
  ])('%s harms nothing: one sentence, and all is as it was', async (kind, sentence) => {
    const editions = await pickFirst();
    desk.source.fail(kind);
    const result = await desk.run(['fetch', '--date', '2026-03-03', '--json']);
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(sentences(result)).toEqual([expect.stringMatching(sentence)]);
    await expectUnharmed(editions);
  });

  test('half a body is asked again', async () => {
    const editions = await pickFirst();
    desk.source.fail({ kind: 'cut', times: 1 });
    expect(await desk.json(['fetch', '--date', '2026-03-03'])).toMatchObject({
      huggingface: { listed: 6, dropped: [] },
    });
    expect(desk.rows(EDITIONS)).toEqual(editions);
  });

  test('never holds up nobody, and the one who waits can be stopped', async () => {
    const editions = await pickFirst();
    desk.source.fail('hang');
    const asked = desk.source.requests.length;
    const hanging = desk.start(['fetch', '--date', '2026-03-03']);
    await expect.poll(() => desk.source.requests.length, { timeout: 20_000 }).toBe(asked + 1);
    expect((await desk.run(['pick', '--date', '2026-03-02'])).code).toBe(0);
    await hanging.stop();
    await expectUnharmed(editions);
  });

  test('nothing for a day has an empty edition, and a later day goes on', async () => {
    const editions = await pickFirst();
    desk.source.setDay('2026-03-03', []);
    expect(await desk.json(['fetch', '--date', '2026-03-03'])).toEqual({
      huggingface: { listed: 0, stored: 0, dropped: [] },
    });
    expect(await desk.json(['pick', '--date', '2026-03-03'])).toMatchObject({ papers: 0 });
    expect(desk.rows(EDITIONS)).toEqual(editions);
    await desk.json(['fetch', '--date', '2026-03-04']);
    expect(await desk.json(['pick', '--date', '2026-03-04'])).toMatchObject({ changed: true });
  });
});
