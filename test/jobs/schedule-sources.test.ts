import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PaperboyError } from '../../src/base/errors.js';
import type { ListedPaper } from '../../src/papers/paper.js';
import { readItem } from '../../src/sources/huggingface/huggingface-item.js';
import type { Source } from '../../src/sources/source.js';
import { activeSubscriber } from '../delivery/harness.js';
import { item } from '../sources/asking.js';
import { HOUR, MINUTE, SECOND } from '../store/clock.js';
import { found } from '../store/contract/dialect.js';
import { AFTERNOON, DAY, ScheduleDesk, UNTIL_AFTERNOON } from './scheduling.js';

let desk: ScheduleDesk;
beforeEach(async () => {
  desk = await ScheduleDesk.open();
});
afterEach(() => desk.close());

function readItemOf(one: unknown): ListedPaper | undefined {
  const read = readItem(one);
  return 'listed' in read ? read.listed : undefined;
}

describe('a source that fails beside another', () => {
  let failing: boolean;
  let asked: number;
  /** Lists one paper, once it is well. */
  const other: Source = {
    name: 'feed',
    listDay: async () => {
      asked++;
      if (failing) throw new PaperboyError('source_failed', 'It is away.');
      const { paper } = found(readItemOf(item('2603.77777')));
      return { listed: 1, papers: [{ paper, signal: null }], dropped: [] };
    },
    newestDay: async () => DAY,
  };
  const listFetches = () =>
    desk.stub.requests.filter(({ path }) => path.includes(`date=${DAY}`)).length;
  beforeEach(async () => {
    [failing, asked] = [true, 0];
    await activeSubscriber(desk.temp.store, 'ada@reader.example');
    await desk.start({ pickCron: AFTERNOON, sourceDeadline: 30, others: [other] });
    await desk.pass(UNTIL_AFTERNOON);
  });

  test('is waited for and asked again, the others not, and comes into the edition', async () => {
    expect([asked, await desk.edition()]).toEqual([1, null]);
    expect(desk.failures()[0]).toMatchObject({ reason: 'feed: It is away.' });
    await desk.pass(MINUTE);
    expect([asked, listFetches(), await desk.edition()]).toEqual([2, 1, null]);
    failing = false;
    await desk.pass(2 * MINUTE);
    expect([asked, listFetches()]).toEqual([3, 1]);
    expect(desk.states()).toEqual(['planned']);
    const { papers } = await desk.temp.store.editions.withPapers(found(await desk.edition()));
    expect(papers.map(({ id }) => id)).toContain('2603.77777');
  });

  test('is done without at the deadline', async () => {
    await desk.pass(30 * MINUTE - SECOND);
    expect(await desk.edition()).toBeNull();
    await desk.pass(SECOND);
    expect((await desk.edition())?.state).toBe('frozen');
    expect(desk.states()).toEqual(['planned']);
    expect(await desk.temp.store.sourceStates.all()).toMatchObject([
      { source: 'feed', reason: 'It is away.', answeredAt: null },
      { source: 'huggingface', failures: 0 },
    ]);
  });
});

describe('a run with a source beside another', () => {
  const away = () => Promise.reject(new PaperboyError('source_failed', 'It is away.'));
  const feed = (changes: Partial<Source>): Source => ({
    name: 'feed',
    listDay: async () => ({ listed: 0, papers: [], dropped: [] }),
    newestDay: async () => '2026-02-27',
    ...changes,
  });
  const begin = (changes: Partial<Source>) =>
    desk.start({ pickCron: AFTERNOON, sourceDeadline: 30, others: [feed(changes)] });

  test('waits for one that cannot say its newest day, though the other has an older one', async () => {
    desk.stub.fail((path) => (path.includes('date=') ? null : { kind: 'html' }));
    await begin({});
    await desk.pass(UNTIL_AFTERNOON);
    expect(desk.failures()).toMatchObject([{ reason: expect.stringMatching(/^huggingface: /) }]);
    expect(await desk.temp.store.editions.find('2026-02-27')).toBeNull();
    desk.stub.fail(null);
    await desk.pass(MINUTE);
    expect((await desk.edition())?.state).toBe('frozen');
  });

  test('goes on at the deadline though one still hangs', async () => {
    await begin({ listDay: () => new Promise(() => undefined) });
    desk.temp.clock.advance(UNTIL_AFTERNOON);
    const fetched = async () => (await desk.temp.store.papers.listedOn(DAY)).length > 0;
    await vi.waitUntil(fetched, { timeout: 10_000, interval: 2 });
    desk.temp.clock.advance(30 * MINUTE - 1);
    expect(await desk.edition()).toBeNull();
    await desk.pass(1);
    expect((await desk.edition())?.state).toBe('frozen');
    expect(desk.failures()).toEqual([]);
  });

  test.each([
    [25, 'does not wait for one that has been failing for a day'],
    [null, 'does not wait for one that has never answered'],
    [10, 'waits for one that has been failing for some hours'],
  ])('(%s) %s', async (hours, _what) => {
    const { sourceStates } = desk.temp.store;
    if (hours !== null) await sourceStates.answered('feed', desk.temp.clock.now() - hours * HOUR);
    await sourceStates.failed('feed', desk.temp.clock.now(), 'It is away.');
    await begin({ listDay: away, newestDay: away });
    // Not even after a failure of the other one.
    desk.stub.fail('html');
    await desk.pass(UNTIL_AFTERNOON);
    expect(await desk.edition()).toBeNull();
    desk.stub.fail(null);
    await desk.pass(MINUTE);
    expect((await desk.edition())?.state).toBe(hours === 10 ? undefined : 'frozen');
  });
});
