import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openAlarms } from '../../src/delivery/alarms/alarms.js';
import { type TroubleDeps, watchTroubles } from '../../src/jobs/watch-troubles.js';
import { silent } from '../delivery/harness.js';
import { HOUR, MINUTE, MovableClock, START } from '../store/clock.js';
import { type TempStore, tempStore } from '../store/temp-store.js';

let temp: TempStore<MovableClock>;
beforeEach(async () => {
  temp = await tempStore(new MovableClock());
});
afterEach(() => temp.close());

function deps(changes: Partial<TroubleDeps> = {}): TroubleDeps {
  const { store, clock } = temp;
  return {
    ...{ ...store, clock, publicUrl: 'https://papers.example.org', storeFile: null },
    alarms: openAlarms({ store, recipients: [], siteName: 'Paperboy', logger: silent }),
    ...{ sourceNames: ['huggingface'], routeNames: ['smtp'], sourceDeadline: 30 },
    ...{ pickCron: '0 16 * * *', editionTimezone: 'UTC', freezeAfter: 0 },
    ...changes,
  };
}

async function found(changes?: Partial<TroubleDeps>): Promise<string[]> {
  await watchTroubles(deps(changes));
  return (await temp.store.alarmStore.open()).map(({ code }) => code);
}

const hold = (route: string, domain = '') =>
  temp.store.holds.hold(
    { route, domain, code: 'login', reply: '535 5.7.8 ada@example.org' },
    MINUTE,
  );

describe('the operator is told', () => {
  test('of a hold of a route that lasts, until it ends', async () => {
    await hold('smtp');
    await hold('removed');
    await hold('smtp', 'slow.example');
    temp.clock.advance(15 * MINUTE - 1);
    expect(await found()).toEqual([]);
    temp.clock.advance(1);
    expect(await found()).toEqual(['held smtp']);
    const [alarm] = await temp.store.alarmStore.open();
    expect(alarm?.text).toContain('refuses the login. It said: 535 5.7.8');
    expect(alarm?.text).not.toContain('ada@');
    await temp.store.holds.lift('smtp', '');
    expect(await found()).toEqual([]);
  });

  test('of a source that has been failing for a day, and is set up', async () => {
    for (const source of ['huggingface', 'arxiv']) {
      await temp.store.sourceStates.answered(source, START);
      await temp.store.sourceStates.failed(source, START + HOUR, 'It answers 503.');
    }
    temp.clock.advance(24 * HOUR - 1);
    expect(await found({ pickCron: '0 0 29 2 *' })).toEqual([]);
    temp.clock.advance(1);
    expect(await found({ pickCron: '0 0 29 2 *' })).toEqual(['source huggingface']);
    await temp.store.sourceStates.answered('huggingface', temp.clock.now());
    expect(await found({ pickCron: '0 0 29 2 *' })).toEqual([]);
  });

  test('of an edition that is not there an hour after the deadline of its sources', async () => {
    // 08:00 is when this store begins; the run of 16:00 is the first.
    expect(await found()).toEqual([]);
    temp.clock.advance(9 * HOUR + 30 * MINUTE - 1);
    expect(await found()).toEqual([]);
    temp.clock.advance(1);
    expect(await found()).toEqual(['edition']);
    await temp.store.settings.raise('daily runs done until', START + 8 * HOUR);
    expect(await found()).toEqual([]);
  });

  test('of a disk of the store that is nearly full, until there is room', async () => {
    const MB = 1024 * 1024;
    const disk = (blocks: number, bavail: number) => ({
      storeFile: temp.file,
      loadDisk: async () => ({ blocks, bavail, bsize: MB }),
    });
    const huge = 1_000_000;
    expect(await found(disk(huge, huge))).toEqual([]);
    expect(await found(disk(huge, 1))).toEqual(['disk']);
    const [alarm] = await temp.store.alarmStore.open();
    expect(alarm?.text).toContain('give it more room');
    expect(await found(disk(huge, huge))).toEqual([]);
    // A small disk is nearly full when a twentieth of it is left.
    expect(await found(disk(100, 5))).toEqual([]);
    expect(await found(disk(100, 4))).toEqual(['disk']);
    expect(await found({ storeFile: null })).toEqual([]);
    const loadDisk = () => Promise.reject(new Error('ENOENT'));
    expect(await found({ storeFile: temp.file, loadDisk })).toEqual([]);
  });

  test('of no alarm of others, and ends none', async () => {
    await deps().alarms.raise({ code: 'form attacked', subject: 'x', text: 'y' });
    expect(await found()).toEqual(['form attacked']);
  });
});
