import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, openDesk, sentences } from './desk.js';
import { ended, planned, writeRows } from './desk-store.js';

const DAY = '2026-03-02';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

const received = () => desk.smtp.received.map(({ to }) => to.join()).sort();

describe('send --again refused', () => {
  beforeEach(async () => {
    await planned(desk, DAY, ['ada@one.test', 'bob@two.test', 'cy@one.test']);
    ended(desk, 'ada@one.test', { state: 'accepted', reply: '250 Ok' });
    ended(desk, 'bob@two.test', { state: 'refused', reply: '554 5.7.1 Relay access denied' });
    ended(desk, 'cy@one.test', { state: 'refused', reply: '554 5.7.1 Relay access denied' });
  });

  test('sends to those who were refused, and to nobody else', async () => {
    await desk.json(['subscribers', 'add', 'new@one.test', '--confirmed']);
    await desk.json(['subscribers', 'suppress', 'cy@one.test']);
    const args = ['send', '--again', 'refused', '--date', DAY];
    expect(await desk.json(args)).toMatchObject({ accepted: 2, refused: 1, planned: 0, again: 1 });
    expect(received()).toEqual(['bob@two.test']);
    expect(await desk.json([...args, '--now'])).toMatchObject({ accepted: 2, again: 0 });
    expect(received()).toEqual(['bob@two.test']);
  });

  test('takes the newest edition without a date, and says how many', async () => {
    const { code, stdout } = await desk.run(['send', '--again', 'refused']);
    expect([code, stdout]).toEqual([0, '2 planned again. 3 accepted.\n']);
    expect(received()).toEqual(['bob@two.test', 'cy@one.test']);
  });

  test('has the weekly edition of that day among it, and no other day', async () => {
    await planned(desk, '2026-03-01', ['week@one.test']);
    await planned(desk, '2026-02-28', ['old@one.test']);
    for (const email of ['week@one.test', 'old@one.test']) {
      ended(desk, email, { state: 'refused', reply: '550 No' });
    }
    writeRows(
      desk,
      `update editions set kind = 'weekly', date = '${DAY}' where date = '2026-03-01'`,
    );
    expect(await desk.json(['send', '--again', 'refused', '--date', DAY])).toMatchObject({
      again: 3,
    });
    expect(received()).toEqual(['bob@two.test', 'cy@one.test', 'week@one.test']);
  });

  test.each(['skipped', 'REFUSED', ''])('--again %j is bad usage', async (outcome) => {
    const result = await desk.run(['send', '--again', outcome, '--json']);
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(sentences(result)).toEqual([`paperboy: --again takes "refused", not "${outcome}".`]);
    expect(received()).toEqual([]);
  });

  test('says so where there is no edition of that day', async () => {
    const result = await desk.run(['send', '--again', 'refused', '--date', '2026-03-09']);
    expect([result.code, sentences(result)[0]]).toEqual([
      1,
      expect.stringMatching(/^paperboy: There is no edition of 2026-03-09/),
    ]);
  });
});
