import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { slowDown } from '../../../src/delivery/throttle/throttle.js';
import { SECOND } from '../../store/clock.js';
import type { SmtpBehaviour, SmtpOptions } from '../../support/smtp.js';
import {
  addresses,
  expectPaced,
  leapTo,
  openAgain,
  SLOW,
  SOON,
  startTimedSmtp,
  to,
} from '../arrivals.js';
import { Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

const smtp = async (options?: SmtpOptions) =>
  post.opened(await startTimedSmtp(post.clock, options));

const { signal } = new AbortController();

describe('a domain that asks to slow down', () => {
  const isSlow = (mail: { to: string[] }) => to(SLOW)({ to: mail.to.join() });
  const reply: SmtpBehaviour = { code: 451, text: '4.7.0 Too many messages, slow down' };

  test.each([
    ['at RCPT', 'onRcpt'],
    ['after the dot', 'onData'],
  ] as const)('%s is throttled, while all others arrive', async (_where, hook) => {
    let asked = 0;
    const answer = (address: string) =>
      to(SLOW)({ to: address }) && ++asked <= 9 ? reply : undefined;
    const stub = await smtp({
      ...(hook === 'onRcpt' && { onRcpt: answer }),
      ...(hook === 'onData' && { onData: (mail) => answer(mail.to.join()) }),
    });
    await post.planTo([...addresses(SLOW, 60), ...addresses('other.example', 200)]);
    const connections = 4;
    post.clock.hold();
    const running = post.run({ port: stub.port, connections });
    await stub.waitFor(200, 20_000);
    // Enough of them to be heard, and those that were under way then.
    expect(asked).toBeLessThanOrEqual(3 + connections - 1);
    post.clock.release();
    await running;
    expect([stub.received.length, stub.received.filter(isSlow).length]).toEqual([260, 60]);
    expect(post.mails().every((mail) => mail.state === 'accepted')).toBe(true);
  });

  test('with 421 is throttled in the store: the state is visible, lasts and is shared', async () => {
    const stub = await smtp({
      onRcpt: (address) =>
        address.endsWith(SLOW) ? { code: 421, text: '4.7.28 Unusual rate' } : undefined,
    });
    await post.planTo([...addresses(SLOW, 5), ...addresses('other.example', 20)]);
    const sender = post.sender({ port: stub.port, connections: 2 });
    await sender.run(signal, async () => stub.received.length === 20);
    expect(sender.status.throttling.throttled).toEqual([
      {
        domain: SLOW,
        rate: expect.any(Number),
        pausedUntil: expect.toBeOneOf([null, expect.any(Number)]),
      },
    ]);
    expect(sender.status.mails.digest.accepted).toBe(20);
    expect(sender.trouble).toBeNull();

    const { throttleStore } = post.opened(await openAgain(post));
    expect((await throttleStore.look()).throttles).toMatchObject([{ scope: SLOW, connections: 1 }]);
  });

  test('gets more and more again while it takes what it gets', async () => {
    const stub = await smtp();
    const asked = { scope: SLOW, begunAt: 0, rate: 0, setting: 0, wait: null, connections: null };
    await post.store.throttleStore.change(SLOW, (known, now) => slowDown(known, { ...asked, now }));
    leapTo(post.clock, post.clock.now() + 6 * SECOND);
    await post.planTo(addresses(SLOW, 60));
    const begin = post.clock.now();
    await post.run({ port: stub.port, connections: 2 });
    expectPaced(stub.arrivals, begin, 20);
    const { throttles } = await post.store.throttleStore.look();
    expect(throttles.map(({ interval }) => interval)).not.toContain(100_000);
  });

  test('about a third of its mails is throttled all the same', async () => {
    let mails = 0;
    const stub = await smtp({ onRcpt: () => (++mails % 3 === 0 ? reply : undefined) });
    await post.planTo(addresses(SLOW, 40));
    // While the clock stands still, the pause that it gets does not end, however slow the machine.
    post.clock.hold();
    const sender = post.sender({ port: stub.port, connections: 2 });
    const stop = new AbortController();
    const running = sender.run(stop.signal, async () => false);
    await expect.poll(() => sender.status.throttling.throttled.length, SOON).toBe(1);
    stop.abort();
    post.clock.release();
    await running;
    expect(stub.received.length).toBeGreaterThan(1);
    expect(stub.received.length).toBeLessThan(15);
  });

  test('once among many mails that it takes is left as it is', async () => {
    let mails = 0;
    const stub = await smtp({ onRcpt: () => (++mails % 20 === 0 ? reply : undefined) });
    await post.planTo(addresses(SLOW, 200));
    const sender = await post.run({ port: stub.port, connections: 4 });
    expect(stub.received).toHaveLength(200);
    expect([sender.status.throttling.throttled, sender.status.throttling.waits.throttled]).toEqual([
      [],
      0,
    ]);
  });
});
