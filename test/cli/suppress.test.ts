import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, isOneJsonLine, openDesk, sentences } from './desk.js';

const ADA = 'ada@reader.test';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

const subscribers = (...args: string[]) => desk.run(['subscribers', ...args]);
const notices = () => desk.rows('select kind, round, state from notices');

interface Shown {
  state: string;
  round: number;
  suppression: { reason: string; detail: string | null } | null;
  suppressionEvents: { event: string; reason: string; detail: string | null }[];
  consents: { event: string; via: string }[];
}
const show = () => desk.json<Shown>(['subscribers', 'show', ADA]);

describe('subscribers suppress', () => {
  test('shuts a subscriber out, with the reason, and says so the second time', async () => {
    await desk.json(['subscribers', 'add', ADA, '--confirmed']);
    const first = await subscribers(
      'suppress',
      'ADA@reader.test',
      '--reason',
      'by\u001b phone',
      '--json',
    );
    expect([first.code, isOneJsonLine(first)]).toEqual([0, true]);
    expect(first.json()).toMatchObject({ reason: 'operator', detail: 'by phone', added: true });
    expect(await show()).toMatchObject({
      state: 'suppressed',
      suppression: { reason: 'operator', detail: 'by phone' },
      suppressionEvents: [{ event: 'suppressed', reason: 'operator', detail: 'by phone' }],
    });
    const { code, stdout } = await subscribers('suppress', ADA);
    expect([code, stdout]).toEqual([
      0,
      'ADA@reader.test was suppressed before (operator: by phone).\n',
    ]);
  });

  test('keeps an address out that was never a subscriber’s', async () => {
    expect((await subscribers('suppress', ADA)).stdout).toBe(`${ADA} is suppressed.\n`);
    const added = await subscribers('add', ADA);
    expect([added.code, sentences(added)[0]]).toEqual([
      1,
      `paperboy: ${ADA} must not be mailed (operator).`,
    ]);
  });

  test.each([
    ['no address', ['suppress', 'nobody']],
    ['a reason too long', ['suppress', ADA, '--reason', 'x'.repeat(2_000)]],
    ['no address to take back', ['unsuppress', 'nobody']],
  ])('%s is bad usage', async (_what, args) => {
    const result = await subscribers(...args);
    expect([result.code, result.stdout, sentences(result).length]).toEqual([2, '', 1]);
    expect(desk.rows('select * from suppressions')).toEqual([]);
  });
});

test('subscribers unsuppress says what else it lifted, and what it left', async () => {
  const other = 'ada+old@reader.test';
  const list = desk.file('list.csv', `email,status\n${other},complained\n`);
  await subscribers('import', list, '--suppress');
  await subscribers('suppress', ADA);
  expect((await subscribers('unsuppress', ADA)).stdout).toBe(
    `${ADA} is no longer suppressed; it is not a subscriber.\nAnother spelling of the address is still suppressed (complaint), so nobody can have a confirmation sent to this mailbox. The same command again lifts that too.\n`,
  );
  expect((await subscribers('unsuppress', ADA)).stdout).toBe(
    `${ADA} is no longer suppressed; it is not a subscriber.\nOf the same mailbox this was lifted too: ${other} (complaint).\n`,
  );
});

describe('subscribers unsuppress', () => {
  beforeEach(async () => {
    await desk.json(['subscribers', 'add', ADA, '--confirmed']);
    await desk.json(['subscribers', 'suppress', ADA]);
  });

  test('asks the owner to confirm, and tells all of it afterwards', async () => {
    const args = ['subscribers', 'unsuppress', ADA, '--reason', 'a mistake'];
    expect(await desk.json(args)).toEqual({
      ...{ email: ADA, state: 'pending', asked: true, others: [], left: [] },
    });
    expect(notices()).toEqual([{ kind: 'confirm', round: 2, state: 'planned' }]);
    expect(await show()).toMatchObject({
      state: 'pending',
      round: 2,
      suppression: null,
      suppressionEvents: [
        { event: 'suppressed', reason: 'operator', detail: null },
        { event: 'unsuppressed', reason: 'operator', detail: 'a mistake' },
      ],
      consents: [
        { event: 'imported' },
        { event: 'suppressed' },
        { event: 'unsuppressed', via: 'command' },
        { event: 'requested', via: 'command' },
      ],
    });
    const { stdout } = await subscribers('show', ADA);
    expect(stdout).toMatch(
      /Z suppressed: operator\n.*Z no longer suppressed: operator, a mistake$/m,
    );
  });

  test('--confirmed makes it active at once, without a mail', async () => {
    const { code, stdout } = await subscribers('unsuppress', ADA, '--confirmed');
    expect([code, stdout]).toEqual([0, `${ADA} is no longer suppressed; it is active.\n`]);
    expect(notices()).toEqual([]);
    expect((await show()).state).toBe('active');
  });

  test('says so of an address that is not suppressed', async () => {
    await subscribers('unsuppress', ADA);
    const again = await subscribers('unsuppress', ADA, '--json');
    expect([again.code, again.stdout]).toEqual([1, '']);
    expect(sentences(again)).toEqual([`paperboy: ${ADA} is not suppressed.`]);
    expect(notices()).toHaveLength(1);
  });

  test('tells of what follows in each case', async () => {
    const word = 'is no longer suppressed;';
    expect((await subscribers('unsuppress', ADA)).stdout).toBe(
      `${ADA} ${word} a mail asks its owner to confirm.\n`,
    );
    await subscribers('remove', ADA);
    await subscribers('suppress', ADA);
    expect((await subscribers('unsuppress', ADA)).stdout).toBe(
      `${ADA} ${word} it is not a subscriber.\n`,
    );
  });
});
