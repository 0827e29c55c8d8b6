import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAlarms } from '../../../src/delivery/alarms/alarms.js';
import { tendPauses } from '../../../src/delivery/rates/pauses.js';
import { type RatedEvent, toRates, toWindows } from '../../../src/delivery/rates/rates.js';
import { silent } from '../../delivery/harness.js';
import { MovableClock, START } from '../../store/clock.js';
import { type TempStore, tempStore } from '../../store/temp-store.js';

const TODAY = '2026-03-02';
let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore(new MovableClock());
});
afterEach(() => temp.close());

/** Tends to pauses where so many of a thousand digests to a group came back. */
async function tend(group: string, event: RatedEvent, count: number, mails = 'digest') {
  const { store } = temp;
  const kind = mails === 'digest' ? 'digest' : 'notice';
  const of = { day: TODAY, group, mails: kind } as const;
  const counts = [{ ...of, event: 'accepted', count: 1_000 } as const, { ...of, event, count }];
  const alarms = openAlarms({ store, recipients: [], siteName: 'Paperboy', logger: silent });
  const { holds } = await store.throttleStore.look();
  const settings = { publicUrl: 'https://papers.example.org', timezone: 'UTC', logger: silent };
  const rates = toRates({ windows: toWindows(counts, TODAY), isComplete: true });
  await tendPauses(
    { ...settings, pauses: store.pauses, alarms },
    { rates, holds, today: TODAY, now: START },
  );
  return {
    paused: (await store.throttleStore.look()).holds.map(({ domain }) => domain),
    alarms: await alarms.open(),
  };
}

test('a group pauses and goes on by its rate, and its alarm with it', async () => {
  expect(await tend('gmail', 'permanent', 49)).toEqual({ paused: [], alarms: [] });
  const over = { paused: ['gmail'], alarms: ['paused gmail'] };
  expect(await tend('gmail', 'permanent', 50)).toEqual(over);
  expect(await tend('gmail', 'permanent', 60)).toEqual(over);
  expect(await tend('gmail', 'permanent', 49)).toEqual({ paused: [], alarms: [] });
});

test('a few complaints are told, and no more once they are so many that digests pause', async () => {
  const told = { paused: [], alarms: ['rate complaint digest gmail'] };
  expect(await tend('gmail', 'complaint', 2)).toEqual({ paused: [], alarms: [] });
  expect(await tend('gmail', 'complaint', 3)).toEqual(told);
  expect(await tend('gmail', 'complaint', 9)).toEqual(told);
  const over = { paused: ['gmail'], alarms: ['paused gmail'] };
  expect(await tend('gmail', 'complaint', 10)).toEqual(over);
  expect(await tend('gmail', 'complaint', 9)).toEqual(told);
});

test.each([
  ['gmail', 'policy', 'digest'],
  ['gmail', 'permanent', 'notice'],
  ['others', 'permanent', 'digest'],
] as const)('what came back of %s as %s of a %s is told alone', async (group, event, mails) => {
  expect(await tend(group, event, 50, mails)).toEqual({
    paused: [],
    alarms: [`rate ${event} ${mails} ${group}`],
  });
  expect(await tend(group, event, 1, mails)).toEqual({ paused: [], alarms: [] });
});

test('the operator’s word counts for more than the rate', async () => {
  await tend('gmail', 'permanent', 50);
  await temp.store.pauses.resume('gmail', 3_600_000);
  expect(await tend('gmail', 'permanent', 50)).toEqual({ paused: [], alarms: [] });
  temp.clock.advance(3_600_000);
  expect(await tend('gmail', 'permanent', 50)).toMatchObject({ paused: ['gmail'] });
});
