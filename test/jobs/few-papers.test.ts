import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { addDays } from '../../src/base/day.js';
import { makeEdition } from '../../src/jobs/daily-run.js';
import { fetchDay } from '../../src/sources/fetch.js';
import { huggingFace } from '../../src/sources/huggingface/huggingface.js';
import { steady } from '../delivery/harness.js';
import { item } from '../sources/asking.js';
import { HOUR, MINUTE, SECOND } from '../store/clock.js';
import { AFTERNOON, DAY, ScheduleDesk, UNTIL_AFTERNOON } from './scheduling.js';

let desk: ScheduleDesk;
beforeEach(async () => {
  desk = await ScheduleDesk.open();
});
afterEach(() => desk.close());

/** So many papers on this day, others than on other days. */
function papersOf(day: string, count: number): unknown[] {
  const beginning = `${day.slice(2, 4)}${day.slice(5, 7)}.${day.slice(8)}`;
  const submitted = { submittedOnDailyAt: `${day}T00:00:00.000Z` };
  return Array.from({ length: count }, (_, n) =>
    item(`${beginning}${String(100 + n)}`, { paper: submitted }),
  );
}

const fetchDeps = () => {
  const http = { random: steady, logger: desk.noted.logger, clock: systemClock };
  const retryPolicy = { tries: 1, timeout: 60_000 };
  const sources = [huggingFace(new URL(desk.stub.url), { ...http, retryPolicy })];
  return { ...desk.temp.store, sources, clock: desk.temp.clock, logger: desk.noted.logger };
};

/** What the weeks before had on this weekday, the last week first. */
async function remember(...counts: number[]): Promise<void> {
  for (const [week, count] of counts.entries()) {
    const day = addDays(DAY, -7 * (week + 1));
    desk.stub.setDay(day, papersOf(day, count));
    await fetchDay(fetchDeps(), day);
  }
}

const list = (count: number) => desk.stub.setDay(DAY, papersOf(DAY, count));
const start = () => desk.start({ pickCron: AFTERNOON, sourceDeadline: 30 });
const waits = () => desk.noted.lines.filter(({ event }) => event === 'daily_run_waits');
const count = async () => (await desk.edition())?.count ?? null;

describe('a source that lists far fewer papers than on this weekday', () => {
  test('is waited for and asked again, until it lists them', async () => {
    await remember(20, 21, 3, 19);
    list(3);
    await start();
    await desk.pass(UNTIL_AFTERNOON);
    expect([await count(), waits().length]).toEqual([null, 1]);
    const reason = `huggingface: It lists 3 papers for ${DAY}, and usually has 19 by now.`;
    expect(waits()[0]).toMatchObject({ reason });
    list(18);
    await desk.pass(MINUTE);
    expect(await count()).toBe(18);
    expect(desk.failures()).toEqual([]);
  });

  test('is done with at the deadline, which the log says', async () => {
    await remember(20, 20);
    list(3);
    await start();
    await desk.pass(UNTIL_AFTERNOON);
    await desk.pass(30 * MINUTE - SECOND);
    expect(await count()).toBeNull();
    await desk.pass(SECOND);
    expect(await count()).toBe(3);
    const logged = { level: 'warn', event: 'few_papers', source: 'huggingface' };
    expect(desk.noted.lines).toContainEqual(expect.objectContaining(logged));
  });

  test('is not waited for by hand', async () => {
    await remember(20, 20);
    list(3);
    const { picked } = await makeEdition({ ...fetchDeps(), today: () => DAY });
    expect(picked.edition.count).toBe(3);
  });

  test('is not waited for by a run that is made up for', async () => {
    await remember(20, 20);
    list(3);
    await desk.start({ pickCron: AFTERNOON, sourceDeadline: 30 });
    await desk.end();
    desk.temp.clock.advance(UNTIL_AFTERNOON + 31 * MINUTE);
    await start();
    expect(await count()).toBe(3);
  });
});

describe('nobody waits', () => {
  test.each([
    ['where nothing is known of this weekday', [], 3],
    ['where one week alone is known', [20], 3],
    ['where days like this one are mostly empty', [0, 0, 20, 0], 3],
    ['where there are never many', [4, 4, 4], 1],
    ['where it is a little less than usual', [20, 20, 20], 9],
  ])('%s', async (_what, before, today) => {
    await remember(...before);
    list(today);
    await start();
    await desk.pass(UNTIL_AFTERNOON);
    expect([await count(), waits()]).toEqual([today, []]);
  });

  test('where it had not more by this hour in the weeks before, but only later', async () => {
    const { clock } = desk.temp;
    for (const weeks of [3, 2, 1]) {
      const day = addDays(DAY, -7 * weeks);
      const ago = 7 * 24 * weeks * HOUR - UNTIL_AFTERNOON;
      clock.set(-ago);
      desk.stub.setDay(day, papersOf(day, 4));
      await fetchDay(fetchDeps(), day);
      clock.set(5 * HOUR);
      desk.stub.setDay(day, papersOf(day, 40));
      await fetchDay(fetchDeps(), day);
      clock.set(ago - 5 * HOUR);
    }
    list(4);
    await start();
    await desk.pass(UNTIL_AFTERNOON);
    expect([await count(), waits()]).toEqual([4, []]);
  });
});

describe('a day without any', () => {
  test('is waited for where it mostly has an edition by now', async () => {
    await remember(20, 20, 20);
    for (const weeks of [3, 2, 1]) {
      const date = addDays(DAY, -7 * weeks);
      const then = desk.temp.clock.now() - 7 * 24 * weeks * HOUR;
      await desk.temp.store.editions.saveDraft('daily', date, [], then);
    }
    desk.stub.setDay(DAY, []);
    await start();
    await desk.pass(UNTIL_AFTERNOON);
    expect(waits()).toHaveLength(1);
    list(20);
    await desk.pass(MINUTE);
    expect(await count()).toBe(20);
  });

  test('is not where days have their editions later', async () => {
    await remember(20, 20, 20);
    desk.stub.setDay(DAY, []);
    await start();
    await desk.pass(UNTIL_AFTERNOON);
    expect(waits()).toEqual([]);
    expect((await desk.temp.store.editions.find(addDays(DAY, -7)))?.count).toBe(20);
  });
});
