import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type RawSmtpStub, startRawSmtp } from '../../support/raw-smtp.js';
import { type SmtpStub, startSmtp } from '../../support/smtp.js';
import { gate, Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

/** A server that answers no mail until it is told to. */
async function slow(): Promise<{ stub: SmtpStub; answer: () => void }> {
  const { passed, open: answer } = gate();
  const stub = await startSmtp({
    onData: async () => {
      await passed;
      return undefined;
    },
  });
  post.opened(stub);
  return { stub, answer };
}

const states = () => post.mails().map(({ state }) => state);
const count = (wanted: string) => states().filter((state) => state === wanted).length;

describe('stopping', () => {
  test('finishes mails under way and releases the others', async () => {
    const { stub, answer } = await slow();
    await post.plan(20);
    const stop = new AbortController();
    const running = post.run({ port: stub.port, connections: 2, signal: stop.signal });
    await vi.waitUntil(() => stub.attempts.length === 2, { timeout: 5_000, interval: 5 });
    expect([count('sending'), count('claimed')]).toEqual([2, 6]);
    post.clock.hold();
    stop.abort();
    answer();
    await running;
    expect(stub.attempts).toHaveLength(2);
    expect([count('accepted'), count('planned')]).toEqual([2, 18]);
    for (const row of post.mails().filter(({ state }) => state === 'planned')) {
      expect(row).toMatchObject({ attempts: 0, worker: null, lease_until: null });
    }
    await vi.waitUntil(() => stub.openConnections === 0, { timeout: 5_000, interval: 5 });
  });

  test('before anything was begun sends nothing', async () => {
    const { stub } = await slow();
    await post.plan(3);
    await post.run({ port: stub.port, signal: AbortSignal.abort() });
    expect(stub.connections).toBe(0);
    expect(states()).toEqual(['planned', 'planned', 'planned']);
  });

  test('while nothing is due ends at once', async () => {
    const { stub } = await slow();
    const stop = new AbortController();
    const asked = vi.fn(async () => false);
    const running = post.sender({ port: stub.port }).run(stop.signal, asked);
    await vi.waitUntil(() => asked.mock.calls.length > 0, { interval: 5 });
    post.clock.hold();
    stop.abort();
    await running;
  });

  test('does not wait for ever for a server that says nothing: that mail is uncertain', async () => {
    const stub: RawSmtpStub = await startRawSmtp({ steps: { dot: 'stall' } });
    post.opened(stub);
    await post.plan(2);
    const stop = new AbortController();
    const running = post.run({ port: stub.port, signal: stop.signal });
    await stub.waitFor(({ attempts }) => attempts.length === 1);
    const stopped = post.clock.now();
    stop.abort();
    await running;
    expect(post.clock.now() - stopped).toBeGreaterThanOrEqual(20_000);
    expect(states()).toEqual(['uncertain', 'planned']);
    stub.steps.dot = undefined;
    await post.run({ port: stub.port });
    expect(post.mails().map(({ state, lost_replies }) => [state, lost_replies])).toEqual([
      ['accepted', 0],
      ['accepted', 0],
    ]);
    expect(stub.attempts.map(({ outcome }) => outcome)).toEqual([
      'stalled',
      'accepted',
      'accepted',
    ]);
    const [first, copy] = stub.attempts.filter(({ to }) => to[0] === 'reader1@reader.example');
    expect(copy?.raw.equals(first?.raw ?? Buffer.alloc(0))).toBe(true);
  });

  test('does not wait for ever for a server that never greets', async () => {
    const stub = await startRawSmtp({ steps: { greeting: 'stall' } });
    post.opened(stub);
    await post.plan(2);
    const stop = new AbortController();
    const running = post.run({ port: stub.port, signal: stop.signal });
    await stub.waitFor(({ visits }) => visits.length === 1);
    stop.abort();
    await running;
    expect(post.mails().map(({ state, attempts }) => [state, attempts])).toEqual([
      ['planned', 0],
      ['planned', 0],
    ]);
  });
});
