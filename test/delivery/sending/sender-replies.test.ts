import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SECOND } from '../../store/clock.js';
import { found } from '../../store/contract/dialect.js';
import { type RawSmtpStub, type RawSteps, startRawSmtp } from '../../support/raw-smtp.js';
import { Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

async function raw(steps: RawSteps): Promise<RawSmtpStub> {
  return post.opened(await startRawSmtp({ steps }));
}

/** Answers the first so many times with a reply, then as usual. */
const first = (times: number, reply: string) => {
  let left = times;
  return () => (left-- > 0 ? reply : undefined);
};

describe('a mail that is put off', () => {
  const later = '451 4.7.1 Later';

  test.each(['rcpt', 'data', 'dot'] as const)(
    'at %s is tried again, later each time',
    async (stage) => {
      const begins: number[] = [];
      const stub = await raw({
        [stage]: first(3, later),
        mail: () => {
          begins.push(post.clock.now());
          return undefined;
        },
      });
      await post.plan(1);
      await post.run({ port: stub.port });
      expect(stub.accepted).toHaveLength(1);
      expect(post.mails()[0]).toMatchObject({ state: 'accepted', attempts: 4, lost_replies: 0 });
      const waits = begins.slice(1).map((at, index) => at - found(begins[index]));
      for (const [index, seconds] of [10, 20, 40].entries()) {
        expect(waits[index]).toBeGreaterThanOrEqual(seconds * SECOND);
      }
      expect(waits).toEqual([...waits].sort((a, b) => a - b));
    },
  );

  test('with a 421 that ends the connection goes over another one', async () => {
    for (const stage of ['rcpt', 'data', 'dot'] as const) {
      const stub = await raw({ [stage]: first(1, '421 4.3.2 Closing') });
      const [reader] = await post.plan(1);
      await post.run({ port: stub.port });
      expect(stub.connections).toBe(2);
      expect(post.mails()[0]).toMatchObject({ state: 'accepted', attempts: 2 });
      await post.store.subscribers.erase(found(reader).id);
    }
  });

  test('for a day is refused, with the server’s last word', async () => {
    const stub = await raw({ rcpt: later });
    await post.plan(1);
    const planned = post.clock.now();
    let [row] = post.mails();
    for (let tries = 0; row?.ended_at === null && tries < 100; tries++) {
      post.clock.advance(Math.max(0, row.next_at - post.clock.now()));
      await post.run({ port: stub.port, patience: 5 });
      [row] = post.mails();
    }
    expect(row).toMatchObject({ state: 'refused', reply: later });
    const hours = (found(row?.ended_at) - planned) / 3_600_000;
    expect(hours).toBeGreaterThan(22);
    expect(hours).toBeLessThanOrEqual(24);
    expect(await post.store.subscribers.counts()).toMatchObject({ active: 1, suppressed: 0 });
  });
});

describe('a mail that is refused', () => {
  const no = '554 5.7.1 No';

  test.each(['rcpt', 'data', 'dot'] as const)('at %s is not tried again', async (stage) => {
    const stub = await raw({ [stage]: no });
    await post.plan(1);
    await post.run({ port: stub.port });
    expect(stub.visits.filter(({ stage: seen }) => seen === 'mail')).toHaveLength(1);
    expect(post.mails()[0]).toMatchObject({ state: 'refused', reply: no, attempts: 1 });
  });

  test.each([
    ['550 5.1.1 No such user', true],
    ['550 5.1.2 No such domain', true],
    ['553 5.1.3 Bad address', true],
    ['550 5.1.6 Moved', true],
    ['556 5.1.10 Null MX', true],
    ['550 5.7.1 Relaying denied', false],
    ['550 5.1.7 Bad sender', false],
    ['550 5.1.8 Bad sender domain', false],
    ['552 5.2.2 Mailbox full', false],
    ['550 No such user', true],
  ])('at RCPT with %s: the address is suppressed: %s', async (reply, suppressed) => {
    const stub = await raw({ rcpt: ({ line }) => (line.includes('reader1') ? reply : undefined) });
    const [gone, other] = await post.plan(2);
    await post.run({ port: stub.port });
    const suppression = await post.store.subscribers.findSuppression(found(gone).email);
    expect(suppression?.detail ?? null).toBe(suppressed ? reply : null);
    const state = (await post.store.subscribers.find(found(gone).id))?.state;
    expect(state).toBe(suppressed ? 'suppressed' : 'active');
    expect(stub.accepted.flatMap(({ to }) => to)).toEqual([other?.email]);
    expect(post.mails().map((row) => row.state)).toEqual(['refused', 'accepted']);
  });
});
