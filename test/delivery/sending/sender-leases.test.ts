import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PaperboyError } from '../../../src/base/errors.js';
import { TIMING } from '../../../src/base/timing.js';
import type { Step } from '../../../src/delivery/ledger.js';
import { MINUTE, SECOND } from '../../store/clock.js';
import { begin, found } from '../../store/contract/dialect.js';
import { octets } from '../../support/octets.js';
import { type SmtpOptions, type SmtpStub, startSmtp } from '../../support/smtp.js';
import { composer } from '../harness.js';
import { gate, Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

async function smtp(options?: SmtpOptions): Promise<SmtpStub> {
  return post.opened(await startSmtp(options));
}

const recipients = (stub: SmtpStub) => stub.received.flatMap(({ to }) => to);

describe('leases', () => {
  test('are kept alive while a server takes its time', async () => {
    const slow = gate();
    const stub = await smtp({
      onData: async () => {
        await slow.passed;
        return undefined;
      },
    });
    await post.plan(3);
    const running = post.run({ port: stub.port });
    await vi.waitUntil(() => stub.attempts.length === 1, { interval: 5 });
    const began = post.clock.now();
    await vi.waitUntil(() => post.clock.now() > began + 5 * TIMING.lease, {
      interval: 5,
      timeout: 5_000,
    });
    expect(await post.store.ledger.claim('somebody else', 9)).toEqual([]);
    expect(post.mails().map(({ state }) => state)).toEqual(['sending', 'claimed', 'claimed']);
    slow.open();
    await running;
    expect(stub.attempts).toHaveLength(3);
    expect(post.mails().map(({ state }) => state)).toEqual(Array(3).fill('accepted'));
  });

  test('of a worker that died are waited for, and its mails are sent', async () => {
    const stub = await smtp();
    await post.plan(2);
    const [begun] = await post.store.ledger.claim('a worker that dies', 9);
    await begin(post.store.ledger, found(begun).id, 'a worker that dies');
    const expected = octets(await post.composer.delivery(found(begun)));
    const died = post.clock.now();
    await post.run({ port: stub.port });
    expect(stub.received).toHaveLength(2);
    expect(post.mails().map(({ state, attempts }) => [state, attempts])).toEqual([
      ['accepted', 2],
      ['accepted', 1],
    ]);
    expect(post.mails()[0]?.ended_at).toBeGreaterThanOrEqual(died + TIMING.lease);
    const copy = stub.received.find(({ to }) => to.includes(found(begun).email));
    expect(copy?.raw.equals(expected)).toBe(true);
  });
});

describe('a process that stood still for longer than its leases', () => {
  test('does not send a mail beside itself, and takes its late reply', async () => {
    const slow = gate();
    const stub = await smtp({
      onData: async () => {
        await slow.passed;
        return undefined;
      },
    });
    await post.plan(1);
    const running = post.run({ port: stub.port, connections: 2 });
    await vi.waitUntil(() => stub.attempts.length === 1, { timeout: 5_000, interval: 5 });
    post.clock.advance(2 * TIMING.lease);
    await vi.waitUntil(() => post.mails()[0]?.state === 'uncertain', {
      timeout: 5_000,
      interval: 5,
    });
    const claims = post.clock.now() + 10 * SECOND;
    await vi.waitUntil(() => post.clock.now() > claims, { timeout: 5_000, interval: 5 });
    slow.open();
    await running;
    expect(stub.attempts).toHaveLength(1);
    expect(post.mails()[0]).toMatchObject({ state: 'accepted', attempts: 1, lost_replies: 0 });
  });
});

describe('a run', () => {
  test('that can not make one mail sends the others, and tries that one again later', async () => {
    const stub = await smtp();
    await post.plan(3);
    const broken = await composer(post.store);
    const make = broken.delivery.bind(broken);
    const faulty = post.clock.now() + 5 * MINUTE;
    broken.delivery = async (delivery) => {
      if (delivery.id === 2 && post.clock.now() < faulty) throw new Error('A fault.');
      return make(delivery);
    };
    await post.run({ port: stub.port, composer: broken });
    expect(recipients(stub).at(-1)).toBe('reader2@reader.example');
    expect(post.mails().map(({ state, attempts }) => [state, attempts])).toEqual(
      Array(3).fill(['accepted', 1]),
    );
    expect(found(post.mails()[1]).ended_at).toBeGreaterThanOrEqual(faulty);
  });

  test('that can not read the store fails, and leaves no connection open', async () => {
    const stub = await smtp();
    await post.plan(3);
    const broken = await composer(post.store);
    broken.delivery = async () => {
      throw new PaperboyError('store_io', 'The store could not be read.');
    };
    const running = post.run({ port: stub.port, connections: 2, composer: broken });
    await expect(running).rejects.toThrow('The store could not be read.');
    await vi.waitUntil(() => stub.openConnections === 0, { interval: 5, timeout: 2_000 });
    expect(stub.attempts).toEqual([]);
    expect(post.mails().every(({ state }) => state === 'claimed')).toBe(true);
  });

  test('that can not write the ledger fails, and its mail is uncertain', async () => {
    const stub = await smtp();
    await post.plan(2);
    const { ledger } = post.store;
    const deliveries = {
      ...ledger,
      advance: async (worker: string, step: Step) => {
        if (step.results.length > 0) throw new Error('The disk is full.');
        return ledger.advance(worker, step);
      },
    };
    const running = post.run({ port: stub.port, deliveries });
    await expect(running).rejects.toThrow('The disk is full.');
    expect(stub.attempts).toHaveLength(1);
    expect(post.mails()[0]?.state).toBe('sending');
    await post.run({ port: stub.port });
    expect(stub.received.map(({ messageId }) => messageId)).toHaveLength(3);
    expect(new Set(stub.received.map(({ messageId }) => messageId)).size).toBe(2);
    expect(post.mails().map(({ state }) => state)).toEqual(['accepted', 'accepted']);
  });

  test('that can not renew its leases finishes what is under way and fails', async () => {
    const failing = gate();
    const stub = await smtp({
      onData: async () => {
        await failing.passed;
        return undefined;
      },
    });
    await post.plan(2);
    const notices = {
      ...post.store.notices,
      renew: async () => {
        if (stub.attempts.length === 0) return;
        post.clock.hold();
        setTimeout(failing.open, 20);
        throw new Error('The store is locked.');
      },
    };
    const running = post.run({ port: stub.port, notices });
    await expect(running).rejects.toThrow('The store is locked.');
    expect(post.mails().map(({ state }) => state)).toEqual(['accepted', 'claimed']);
  });

  test('checks once a second whether it has finished, and says how long nothing was sent', async () => {
    const stub = await smtp();
    await post.plan(1);
    const asked: number[] = [];
    const sender = post.sender({ port: stub.port });
    await sender.run(new AbortController().signal, async (idleFor) => {
      asked.push(idleFor);
      return asked.length === 6;
    });
    const steps = asked.slice(1).map((idleFor, index) => idleFor - found(asked[index]));
    expect(steps).toEqual(Array(5).fill(SECOND));
    expect(stub.received).toHaveLength(1);
  });
});
