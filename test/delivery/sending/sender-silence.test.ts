import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PHASES } from '../../../src/mail/smtp/smtp-phases.js';
import { MINUTE } from '../../store/clock.js';
import { type RawSmtpStub, type RawSteps, startRawSmtp } from '../../support/raw-smtp.js';
import { SOON } from '../arrivals.js';
import { gate, Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

const raw = async (steps: RawSteps): Promise<RawSmtpStub> =>
  post.opened(await startRawSmtp({ steps }));
const { signal } = new AbortController();

describe('a server that falls silent after three mails', () => {
  const silent = () => raw({ dot: ({ count }) => (count > 3 ? 'stall' : undefined) });

  test('is reported after a minute', async () => {
    const stub = await silent();
    await post.plan(10);
    post.clock.hold();
    const stop = new AbortController();
    const sender = post.sender({ port: stub.port, connections: 2 });
    const running = sender.run(stop.signal, async () => false);
    await stub.waitFor(({ attempts }) => attempts.length === 5);
    post.clock.advance(50_000);
    expect(sender.status.trouble).toBeNull();
    post.clock.advance(30_000);
    await vi.waitUntil(() => sender.status.trouble !== null, SOON);
    expect(sender.status.trouble).toEqual({
      code: 'smtp_silent',
      reason: expect.stringMatching(/the route smtp has not answered on 2 connections/),
    });
    expect(sender.trouble).toBe(sender.status.trouble?.reason);
    stop.abort();
    post.clock.release();
    await running;
  });

  test('ends a run that somebody waits for, and the mails are repeated by the next', async () => {
    const stub = await silent();
    await post.plan(10);
    const sender = post.sender({ port: stub.port, connections: 2 });
    const begin = post.clock.steady();
    await sender.run(signal, async () => false, { silentAtMost: 5 * MINUTE });
    expect(post.clock.steady() - begin).toBeGreaterThanOrEqual(5 * MINUTE);
    expect(post.clock.steady() - begin).toBeLessThan(8 * MINUTE);
    const left = post.mails().filter(({ state }) => state === 'uncertain');
    expect(left).toHaveLength(2);
    for (const row of left) expect(row).toMatchObject({ lost_replies: 0, ended_at: null });
    const states = post.mails().map(({ state }) => state);
    expect(states.filter((state) => state === 'accepted')).toHaveLength(3);
    expect(states.filter((state) => state === 'planned')).toHaveLength(5);

    stub.steps.dot = undefined;
    await post.run({ port: stub.port, connections: 2 });
    expect(new Set(post.mails().map(({ state }) => state))).toEqual(new Set(['accepted']));
    const stalled = stub.attempts.filter(({ outcome }) => outcome === 'stalled');
    expect(stalled).toHaveLength(2);
    for (const first of stalled) {
      const copies = stub.accepted.filter(({ to }) => to[0] === first.to[0]);
      expect(copies).toHaveLength(1);
      expect(copies[0]?.raw.equals(first.raw)).toBe(true);
    }
  });
});

test('a greeting that takes long is waited for', async () => {
  const slow = gate();
  const stub = await raw({
    greeting: async () => {
      await slow.passed;
      return undefined;
    },
  });
  await post.plan(1);
  const sender = post.sender({ port: stub.port });
  const begin = post.clock.steady();
  const running = sender.run(signal, async () =>
    post.mails().every(({ ended_at }) => ended_at !== null),
  );
  // By the clock of the sender more than a minute goes by.
  await vi.waitUntil(() => post.clock.steady() - begin > MINUTE, SOON);
  slow.open();
  await running;
  expect(stub.connections).toBe(1);
  expect(post.mails()[0]).toMatchObject({ state: 'accepted', attempts: 1 });
});

test('a greeting that takes longer than its phase is given up', async () => {
  const stub = await raw({ greeting: ({ count }) => (count === 1 ? 'stall' : undefined) });
  await post.plan(1);
  await post.run({ port: stub.port, phases: { ...PHASES, greeting: 60 } });
  expect(stub.connections).toBe(2);
  expect(post.mails()[0]).toMatchObject({ state: 'accepted', attempts: 1 });
});
