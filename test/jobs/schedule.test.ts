import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { confirmSubscription } from '../../src/delivery/confirm.js';
import { SelectorCache } from '../../src/interests/selection.js';
import { activeSubscriber, makeEdition } from '../delivery/harness.js';
import { HOUR, MINUTE, SECOND } from '../store/clock.js';
import { AFTERNOON, DAY, ScheduleDesk, UNTIL_AFTERNOON } from './scheduling.js';

const EACH_SECOND = '* * * * * *';

let desk: ScheduleDesk;
beforeEach(async () => {
  desk = await ScheduleDesk.open();
});
afterEach(() => desk.close());

/** A paper that Hugging Face lists on a day. */
function item(day: string) {
  const id = `2603.${day.slice(-5).replace('-', '')}0`;
  const said = { title: `The paper of ${day}`, summary: 'It says something.' };
  const dates = { publishedAt: `${day}T00:00:00.000Z`, submittedOnDailyAt: `${day}T00:00:00.000Z` };
  return {
    numComments: 0,
    paper: { id, ...said, ...dates, upvotes: 3, authors: [{ name: 'Ada L' }] },
  };
}

describe('the schedule', () => {
  test('makes the edition at its hour and plans it for everybody', async () => {
    await activeSubscriber(desk.temp.store, 'ada@reader.example');
    await activeSubscriber(desk.temp.store, 'bob@reader.example', { hour: 20, timezone: 'UTC' });
    await desk.start({ pickCron: AFTERNOON });
    await desk.pass(UNTIL_AFTERNOON - 1);
    expect(desk.stub.requests).toEqual([]);
    await desk.pass(SECOND);
    expect((await desk.edition())?.state).toBe('frozen');
    expect(desk.states()).toEqual(['planned', 'planned']);
    expect(await desk.temp.store.editions.toPlan(desk.temp.clock.now())).toEqual([]);
  });

  test('knows its hour where the operator lives, day after day', async () => {
    await desk.start({ pickCron: AFTERNOON, zone: 'Asia/Kathmandu' });
    await desk.pass(2 * HOUR + 15 * MINUTE - SECOND);
    expect(desk.runs()).toBe(0);
    for (let days = 1; days <= 3; days++) {
      await desk.pass(SECOND);
      expect(desk.runs()).toBe(days);
      await desk.pass(24 * HOUR - SECOND);
      expect(desk.runs()).toBe(days);
    }
  });

  test.each([
    // 02:30 is skipped in spring, and shown twice in autumn.
    ['Europe/Berlin', '30 2 * * *', '2026-03-29T01:00', '2026-03-30T00:30'],
    ['Europe/Berlin', '30 2 * * *', '2026-10-25T00:30', '2026-10-26T01:30'],
    ['Africa/Cairo', '0 0 * * *', '2026-04-23T22:00', '2026-04-24T21:00'],
  ])('makes one edition a day in %s by %s, also at %s', async (zone, pickCron, first, second) => {
    const [one, two] = [Date.parse(`${first}Z`), Date.parse(`${second}Z`)];
    desk.temp.clock.advance(one - SECOND - desk.temp.clock.now());
    await desk.start({ pickCron, zone });
    await desk.pass(0);
    expect(desk.runs()).toBe(0);
    await desk.pass(SECOND);
    expect(desk.runs()).toBe(1);
    for (let at = one + HOUR / 2; at < two; at += HOUR / 2) {
      await desk.pass(at - desk.temp.clock.now());
      expect(desk.runs()).toBe(1);
    }
    await desk.pass(two - desk.temp.clock.now());
    expect(desk.runs()).toBe(2);
  });

  test('makes the edition of the day that was meant where a gap ends at midnight', async () => {
    // In Nuuk the last hour of Saturday is skipped.
    const [saturday, sunday] = ['2026-03-28', '2026-03-29'];
    for (const day of [saturday, sunday]) desk.stub.setDay(day, [item(day)]);
    desk.temp.clock.advance(Date.parse('2026-03-29T00:59:59Z') - desk.temp.clock.now());
    await desk.start({ pickCron: '30 23 * * *', zone: 'America/Nuuk' });
    await desk.pass(SECOND);
    const { editions } = desk.temp.store;
    expect(await editions.find(saturday)).toMatchObject({ count: 1 });
    expect(await editions.find(sunday)).toBeNull();
    await desk.pass(Date.parse('2026-03-30T00:30:00Z') - desk.temp.clock.now());
    expect(await editions.find(sunday)).toMatchObject({ count: 1 });
  });

  test('runs every second when it is told to', async () => {
    await desk.start({ pickCron: EACH_SECOND, freezeAfter: 60 });
    for (let seconds = 1; seconds <= 3; seconds++) {
      await desk.pass(SECOND);
      expect(desk.runs()).toBe(seconds);
    }
  });

  test('leaves a draft to its editor for the time that they have', async () => {
    await activeSubscriber(desk.temp.store, 'ada@reader.example');
    await desk.start({ pickCron: AFTERNOON, freezeAfter: 30 });
    await desk.pass(UNTIL_AFTERNOON);
    expect((await desk.edition())?.state).toBe('draft');
    await desk.pass(30 * MINUTE - 1);
    expect((await desk.edition())?.state).toBe('draft');
    expect(desk.states()).toEqual([]);
    await desk.pass(SECOND);
    expect((await desk.edition())?.state).toBe('frozen');
    expect(desk.states()).toEqual(['planned']);
  });

  test('plans what has been waiting when it starts, and what is ordered for later in its time', async () => {
    const { editions } = desk.temp.store;
    await activeSubscriber(desk.temp.store, 'ada@reader.example');
    const waiting = await makeEdition(desk.temp.store, { date: '2026-02-28' });
    const later = await makeEdition(desk.temp.store, { date: '2026-03-01', count: 1, from: 4 });
    await editions.schedule(waiting.id, desk.temp.clock.now() - MINUTE);
    await editions.schedule(later.id, desk.temp.clock.now() + MINUTE);
    await desk.start({ pickCron: '0 0 1 1 *' });
    expect(desk.states()).toEqual(['planned']);
    expect((await editions.byId(later.id)).state).toBe('draft');
    await desk.pass(MINUTE);
    expect(desk.states()).toEqual(['planned', 'planned']);
    expect((await editions.byId(later.id)).state).toBe('frozen');
  });

  test('brings an edition to the others though a confirmation has frozen it', async () => {
    const { store, clock } = desk.temp;
    await activeSubscriber(store, 'ada@reader.example');
    await makeEdition(store, { date: DAY, pickedAt: clock.now() });
    const { id, round } = await store.subscribers.request('new@reader.example', {}, clock.now());
    const claim = { subscriberId: id, round, expiresAt: clock.now() + MINUTE };
    const selectors = new SelectorCache();
    const deps = {
      ...store,
      clock,
      freezeAfter: 0,
      logger: desk.noted.logger,
      selectors,
      defaultLanguage: 'en',
    };
    await confirmSubscription(deps, claim, { via: 'link', ip: null });
    expect((await desk.edition())?.state).toBe('frozen');
    expect(desk.states()).toHaveLength(1);
    await desk.start({ pickCron: AFTERNOON });
    await desk.pass(UNTIL_AFTERNOON);
    expect(desk.states()).toHaveLength(2);
  });
});

describe('a run that was missed', () => {
  test('before a new store began is none', async () => {
    desk.temp.clock.advance(9 * HOUR);
    await desk.start({ pickCron: AFTERNOON });
    expect(desk.stub.requests).toEqual([]);
  });

  test('because the source failed is tried again, after longer and longer rests', async () => {
    desk.stub.fail('html');
    await desk.start({ pickCron: AFTERNOON });
    await desk.pass(UNTIL_AFTERNOON);
    expect(desk.failures()).toHaveLength(1);
    expect(desk.failures()[0]).toMatchObject({
      level: 'error',
      reason: expect.stringContaining('text/html'),
    });
    for (const [tries, minutes] of [1, 2, 4, 8, 16, 30, 30].entries()) {
      await desk.pass(minutes * MINUTE - SECOND);
      expect(desk.failures()).toHaveLength(tries + 1);
      await desk.pass(SECOND);
      expect(desk.failures()).toHaveLength(tries + 2);
    }
    desk.stub.fail(null);
    await desk.pass(30 * MINUTE);
    expect(await desk.edition()).not.toBeNull();
  });

  test('is still to be made when the program stops and starts in between', async () => {
    desk.stub.fail('html');
    await desk.start({ pickCron: AFTERNOON });
    await desk.pass(UNTIL_AFTERNOON);
    await desk.end();
    desk.stub.fail(null);
    await desk.start({ pickCron: AFTERNOON });
    expect(await desk.edition()).not.toBeNull();
  });

  test('and goes on failing is given up for the next one, which begins anew', async () => {
    desk.stub.fail('html');
    await desk.start({ pickCron: AFTERNOON });
    await desk.pass(UNTIL_AFTERNOON);
    for (let hours = 1; hours < 24; hours++) await desk.pass(HOUR);
    expect(desk.failures()).toHaveLength(24);
    await desk.pass(HOUR);
    for (const [index, minutes] of [1, 2, 4].entries()) {
      expect(desk.failures()).toHaveLength(25 + index);
      await desk.pass(minutes * MINUTE);
    }
    expect(desk.failures()).toHaveLength(28);
  });

  test('and comes but once a week is given up after a day', async () => {
    desk.stub.fail('html');
    await desk.start({ pickCron: '0 16 * * 1' });
    await desk.pass(UNTIL_AFTERNOON);
    await desk.pass(24 * HOUR - SECOND);
    const before = desk.failures().length;
    await desk.pass(SECOND);
    await desk.pass(2 * HOUR);
    expect(desk.failures()).toHaveLength(before);
  });

  test('is tried again though the clock was set back after a failure', async () => {
    desk.stub.fail('html');
    await desk.start({ pickCron: AFTERNOON });
    await desk.pass(UNTIL_AFTERNOON);
    desk.temp.clock.set(-6 * HOUR);
    desk.stub.fail(null);
    await desk.pass(MINUTE);
    expect(await desk.edition()).not.toBeNull();
  });
});

describe('stopping', () => {
  test('breaks a run off, though the source hangs', async () => {
    desk.stub.fail('hang');
    await desk.start({ pickCron: AFTERNOON });
    desk.temp.clock.advance(UNTIL_AFTERNOON);
    await vi.waitUntil(() => desk.stub.requests.length > 0, { timeout: 10_000, interval: 2 });
    await desk.end();
    expect(desk.noted.lines.map(({ msg }) => msg)).toContain('the daily run was broken off');
    expect(desk.failures()).toEqual([]);
  });

  test('before it starts does nothing', async () => {
    await desk.start({ pickCron: '0 0 1 1 *' });
    await desk.end();
    expect(desk.stub.requests).toEqual([]);
    expect(desk.temp.clock.sleeping).toBe(0);
  });
});
