import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Deliveries } from '../../src/delivery/ledger.js';
import { type SmtpStub, startSmtp } from '../support/smtp.js';
import { enqueueNotice } from './harness.js';
import { Post } from './post.js';

let post: Post;
const open: { close(): unknown }[] = [];
beforeEach(async () => {
  post = await Post.open();
  // Only the server takes time.
  post.clock.hold();
});
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
  await post.close();
});

/** A server that takes so long for its nth mail, from 1 on, by the clock of the store. */
async function smtp(timeFor: (nth: number) => number): Promise<SmtpStub> {
  let nth = 0;
  const stub = await startSmtp({
    parse: false,
    onData: () => {
      post.clock.advance(timeFor(++nth));
      return undefined;
    },
  });
  open.push(stub);
  return stub;
}

/** Sends to the last of so many mails over one connection, and tells how many each claim asked for. */
async function claimsOf(mails: number, timeFor: (nth: number) => number): Promise<number[]> {
  const stub = await smtp(timeFor);
  await post.plan(mails);
  const { ledger } = post.store;
  const asked: number[] = [];
  const deliveries: Deliveries = Object.assign(Object.create(ledger), {
    claim: (...[worker, limit, ...rest]: Parameters<Deliveries['claim']>) => {
      asked.push(limit);
      return ledger.claim(worker, limit, ...rest);
    },
  });
  await post.run({ port: stub.port, deliveries });
  expect(stub.received).toHaveLength(mails);
  return asked.slice(0, -1);
}

describe('a claim', () => {
  test('takes more mails for a connection where they go fast, up to a limit', async () => {
    const asked = await claimsOf(150, () => 1);
    expect(asked.slice(0, 4)).toEqual([4, 32, 32, 32]);
  });

  test('takes what goes within a tenth of a second', async () => {
    const asked = await claimsOf(60, () => 10);
    for (const count of asked.slice(1)) {
      expect(count).toBeGreaterThanOrEqual(8);
      expect(count).toBeLessThanOrEqual(12);
    }
  });

  test('takes few where the server is slow, so that others find mails too', async () => {
    const asked = await claimsOf(20, () => 300);
    expect(new Set(asked)).toEqual(new Set([4]));
  });
});

describe('a notice', () => {
  test('does not wait for all that was claimed while the server was fast', async () => {
    const stub = await smtp((nth) => (nth < 10 ? 1 : 600));
    const [reader] = await post.plan(60);
    if (!reader) throw new Error('nobody was planned for');
    stub.hooks.onRcpt = async () => {
      if (stub.received.length === 9) {
        await enqueueNotice(post.store, reader, 'preferences', post.clock.now());
      }
      return undefined;
    };
    await post.run({ port: stub.port });
    expect(stub.received).toHaveLength(61);
    const place = stub.received.findIndex(({ to }, nth) => nth > 0 && to[0] === reader.email);
    expect(place).toBeLessThan(13);
  });
});
