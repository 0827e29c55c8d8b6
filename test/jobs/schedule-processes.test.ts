import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { activeSubscriber, makeEdition } from '../delivery/harness.js';
import { HOUR, MINUTE, SECOND } from '../store/clock.js';
import { AFTERNOON, ScheduleDesk, UNTIL_AFTERNOON } from './scheduling.js';

let desk: ScheduleDesk;
beforeEach(async () => {
  desk = await ScheduleDesk.open();
});
afterEach(() => desk.close());

describe('of several processes', () => {
  const dead = (name: string) =>
    desk.temp.store.leases.take(name, 'a process that died', 30 * SECOND);

  test('one makes what is due, whichever comes first', async () => {
    await activeSubscriber(desk.temp.store, 'ada@reader.example');
    await desk.start({ pickCron: AFTERNOON, processes: 4 });
    await desk.pass(UNTIL_AFTERNOON);
    // Those who came too late look again, and find it done.
    for (let looks = 0; looks < 3; looks++) await desk.pass(SECOND);
    expect(desk.runs()).toBe(1);
    expect(desk.states()).toEqual(['planned']);
    const planned = desk.noted.lines.filter(({ msg }) => msg === 'deliveries planned');
    expect(planned).toHaveLength(1);
    await desk.pass(24 * HOUR);
    expect(desk.runs()).toBe(2);
  });

  test('another takes over from one that has died', async () => {
    await desk.start({ pickCron: AFTERNOON, processes: 2 });
    await desk.pass(UNTIL_AFTERNOON - SECOND);
    await dead('daily run');
    await desk.pass(SECOND);
    await desk.pass(28 * SECOND);
    expect(desk.runs()).toBe(0);
    await desk.pass(SECOND);
    expect(desk.runs()).toBe(1);
    expect(await desk.edition()).not.toBeNull();
  });

  test('another plans what one that has died was planning', async () => {
    await activeSubscriber(desk.temp.store, 'ada@reader.example');
    const waiting = await makeEdition(desk.temp.store, { date: '2026-03-01' });
    await desk.temp.store.editions.schedule(waiting.id, desk.temp.clock.now() - MINUTE);
    await dead('planning');
    await desk.start({ pickCron: '0 0 1 1 *', processes: 2 });
    await desk.pass(29 * SECOND);
    expect(desk.states()).toEqual([]);
    await desk.pass(SECOND);
    expect(desk.states()).toEqual(['planned']);
  });

  test('all rest after the failure of one', async () => {
    desk.stub.fail('html');
    await desk.start({ pickCron: AFTERNOON, processes: 3 });
    await desk.pass(UNTIL_AFTERNOON);
    for (let looks = 0; looks < 5; looks++) await desk.pass(SECOND);
    expect(desk.failures()).toHaveLength(1);
    await desk.pass(54 * SECOND);
    expect(desk.failures()).toHaveLength(1);
    await desk.pass(SECOND);
    expect(desk.failures()).toHaveLength(2);
    await desk.pass(2 * MINUTE - SECOND);
    expect(desk.failures()).toHaveLength(2);
    await desk.pass(SECOND);
    expect(desk.failures()).toHaveLength(3);
  });

  test('one keeps its run for as long as that takes', async () => {
    desk.stub.fail('hang');
    await desk.start({ pickCron: AFTERNOON, processes: 1 });
    desk.temp.clock.advance(UNTIL_AFTERNOON);
    await vi.waitUntil(() => desk.stub.requests.length > 0, { timeout: 10_000, interval: 2 });
    for (let renewals = 0; renewals < 6; renewals++) {
      await vi.waitUntil(() => desk.temp.clock.sleepingFor(10 * SECOND) > 0, { timeout: 10_000 });
      desk.temp.clock.advance(10 * SECOND);
    }
    await vi.waitUntil(() => desk.temp.clock.sleepingFor(10 * SECOND) > 0, { timeout: 10_000 });
    expect(await desk.temp.store.leases.take('daily run', 'another', 30 * SECOND)).toBe(false);
    await desk.end();
    expect(await desk.temp.store.leases.take('daily run', 'another', 30 * SECOND)).toBe(true);
  });
});
