import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../store/clock.js';
import { found } from '../../store/contract/dialect.js';
import type { SmtpReply } from '../../support/smtp.js';
import { addresses, leapTo, startTimedSmtp, to } from '../arrivals.js';
import { enqueueNotice, makeEdition, planFor } from '../harness.js';
import { Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

/** A server that gives these recipients a reply and takes the rest. */
async function smtp(answer: (address: string) => SmtpReply | undefined) {
  return post.opened(await startTimedSmtp(post.clock, { onRcpt: answer }));
}

const unknown = (address: string) => ({ code: 550, text: `5.1.1 <${address}>: User unknown` });
const denied = () => ({ code: 554, text: '5.7.1 Relay access denied' });
const domains = (count: number, name = 'good') =>
  Array.from({ length: count }, (_, n) => `${name}${n}.example`);
const spread = (count: number, over: readonly string[]) =>
  Array.from({ length: count }, (_, n) => `reader${n}@${over[n % over.length]}`);
const count = (state: string) => post.mails().filter((mail) => mail.state === state).length;
const suppressed = async () => (await post.store.subscribers.counts()).suppressed;

/** Puts these addresses among the others, one after each so many of them. */
function mix(some: readonly string[], others: readonly string[]): string[] {
  const every = Math.floor(others.length / some.length) || 1;
  return others.flatMap((other, n) => {
    const one = n % every === 0 ? some[n / every] : undefined;
    return one === undefined ? [other] : [one, other];
  });
}

describe('a server that knows none of our readers', () => {
  test('is held after five, and all get their mails once it is mended', async () => {
    let tries = 0;
    const stub = await smtp((address) => {
      tries++;
      return unknown(address);
    });
    const readers = spread(60, domains(4));
    await post.planTo(readers);
    const sender = await post.run({ port: stub.port, patience: 30 });
    expect(sender.held).toMatchObject({ domain: '', reply: expect.stringContaining('5.1.1') });
    expect(tries).toBeLessThanOrEqual(5);
    expect(await suppressed()).toBe(0);
    for (const mail of post.mails()) expect(mail).toMatchObject({ state: 'planned', attempts: 0 });

    stub.hooks.onRcpt = undefined;
    await post.run({ port: stub.port, connections: 4 });
    expect(stub.arrivals.map((arrival) => arrival.to).sort()).toEqual([...readers].sort());
    expect(await suppressed()).toBe(0);
  });

  test('is noticed with few connections as well', async () => {
    const stub = await smtp(unknown);
    await post.planTo(spread(100, domains(5)));
    const sender = await post.run({ port: stub.port, connections: 8, patience: 90 });
    expect(sender.held?.domain).toBe('');
    expect([count('planned'), await suppressed()]).toEqual([100, 0]);
  });
});

test('a domain that has lost its mailboxes for a day is held alone', async () => {
  const lost = addresses('lost.example', 50);
  const others = spread(100, domains(5));
  const stub = await smtp(() => undefined);
  const readers = await post.planTo(mix(lost, others));
  await post.run({ port: stub.port, connections: 4 });
  expect(stub.arrivals).toHaveLength(150);

  leapTo(post.clock, post.clock.now() + 24 * HOUR);
  const second = await makeEdition(post.store, { date: '2026-03-03', from: 10 });
  await planFor(post.store, second, readers, { dueAt: post.clock.now() });
  stub.hooks.onRcpt = (address) =>
    to('lost.example')({ to: address }) ? unknown(address) : undefined;
  const sender = await post.run({ port: stub.port, connections: 4, patience: 90 });
  expect(stub.arrivals).toHaveLength(250);
  expect(sender.held?.domain).toBe('lost.example');
  expect(sender.heldDomains).toEqual(['lost.example']);
  expect([count('refused'), await suppressed()]).toEqual([0, 0]);

  leapTo(post.clock, post.clock.now() + 20 * HOUR);
  stub.hooks.onRcpt = undefined;
  await post.run({ port: stub.port, connections: 4 });
  expect(stub.arrivals).toHaveLength(300);
  expect([count('accepted'), await suppressed()]).toEqual([300, 0]);
});

test('a list of which a third is gone is not held, and the gone are suppressed', async () => {
  let seed = 20_260_302;
  const chance = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  const over = domains(25);
  const readers = Array.from({ length: 200 }, (_, n) => {
    const name = chance() < 0.3 ? 'gone' : 'good';
    return `${name}${n}@${found(over[Math.floor(chance() * over.length)])}`;
  });
  const gone = readers.filter((address) => address.startsWith('gone'));
  const stub = await smtp((address) => (address.startsWith('gone') ? unknown(address) : undefined));
  await post.planTo(readers);
  const begin = post.clock.now();
  await post.run({ port: stub.port, connections: 4 });
  expect(post.clock.now() - begin).toBeLessThan(30 * MINUTE);
  expect(gone.length).toBeGreaterThan(40);
  expect([count('accepted'), count('refused')]).toEqual([200 - gone.length, gone.length]);
  const marked = await Promise.all(gone.map((one) => post.store.subscribers.findSuppression(one)));
  expect(marked.filter((one) => one === null)).toEqual([]);
  expect(await suppressed()).toBe(gone.length);
});

describe('nobody holds up others by refusing their own mails', () => {
  const others = spread(200, domains(5));

  const attackers: [string, string[], number][] = [
    ['one address', addresses('evil.example', 1), 0],
    ['five addresses at one domain', addresses('evil.example', 5), 0],
    ['twenty addresses at one domain', addresses('evil.example', 20), 0],
    ['addresses at ten domains', spread(20, domains(10, 'evil')), 10],
  ];
  describe.each([
    ['words about us', denied],
    ['unknown users', unknown],
  ] as const)('with %s', (_words, answer) => {
    test.each(attackers)('from %s', async (_who, bad, minutes) => {
      const isBad = (address: string) => /@evil\d*\.example$/.test(address);
      const stub = await smtp((address) => (isBad(address) ? answer(address) : undefined));
      await post.planTo(mix(bad, others));
      const begin = post.clock.now();
      const sender = post.sender({ port: stub.port, connections: 4 });
      // From one domain, without any time that passes.
      if (minutes === 0) post.clock.hold();
      const stop = new AbortController();
      const running = sender.run(stop.signal, async () => false);
      await stub.waitFor(200, 20_000);
      stop.abort();
      post.clock.release();
      await running;
      const last = Math.max(...stub.arrivals.map(({ at }) => at));
      expect(last - begin).toBeLessThanOrEqual(minutes * MINUTE);
      for (const mail of post.mails()) expect(mail.state).not.toBe('skipped');
      expect(count('accepted')).toBe(200);
      expect(sender.held?.domain ?? 'evil').toMatch(/^evil/);
    });
  });

  test('nor by asking for mails to a domain that is held', async () => {
    const stub = await smtp((address) =>
      address.endsWith('@evil.example') ? unknown(address) : undefined,
    );
    const evil = addresses('evil.example', 16);
    const readers = await post.planTo(evil);
    const held = async () => post.mails().every(({ set_aside }) => set_aside !== null);
    const sender = post.sender({ port: stub.port, connections: 2 });
    await sender.run(new AbortController().signal, async () => sender.held !== null && held());
    expect(sender.held).toMatchObject({ domain: 'evil.example' });

    const createdAt = post.clock.now();
    for (const reader of readers) {
      await enqueueNotice(post.store, reader, 'preferences', createdAt);
    }
    const others = spread(40, domains(4));
    await post.planTo(others);
    // No time passes: whoever waited for those notices would wait for ever.
    post.clock.hold();
    const stop = new AbortController();
    const running = post.run({ port: stub.port, connections: 2, signal: stop.signal });
    await stub.waitFor(others.length, 15_000);
    stop.abort();
    post.clock.release();
    await running;
    expect(stub.arrivals.map((arrival) => arrival.to).sort()).toEqual([...others].sort());
  });
});
