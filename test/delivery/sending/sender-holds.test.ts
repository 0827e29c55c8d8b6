import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Sender } from '../../../src/delivery/sending/sender.js';
import { HOUR, MINUTE, SECOND } from '../../store/clock.js';
import { nextAt } from '../../store/contract/dialect.js';
import type { SmtpBehaviour, SmtpOptions } from '../../support/smtp.js';
import { addresses, leapTo, openAgain, startTimedSmtp } from '../arrivals.js';
import { activeSubscriber, makeEdition, planFor } from '../harness.js';
import { Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

/** A server that keeps note of all recipients that were named to it. */
async function smtp(options: SmtpOptions = {}) {
  const tries: { to: string; at: number }[] = [];
  const stub = post.opened(await startTimedSmtp(post.clock, options));
  const { onRcpt } = stub.hooks;
  stub.hooks.onRcpt = (address, session) => {
    tries.push({ to: address, at: post.clock.now() });
    return onRcpt?.(address, session);
  };
  const heal = () => {
    stub.hooks.onData = (mail) => {
      stub.arrivals.push({ to: mail.to.join(), at: post.clock.now() });
      return undefined;
    };
    stub.hooks.onRcpt = (address) => {
      tries.push({ to: address, at: post.clock.now() });
      return undefined;
    };
  };
  return Object.assign(stub, { tries, heal });
}

const at = (hook: 'onRcpt' | 'onData', reply: SmtpBehaviour): SmtpOptions =>
  hook === 'onRcpt' ? { onRcpt: () => reply } : { onData: () => reply };
const states = () => new Set(post.mails().map(({ state }) => state));
const QUOTA = { code: 550, text: '5.4.5 Daily user sending limit exceeded' };
const RELAYING = { code: 554, text: '5.7.1 Relay access denied' };

/** Sends until all is held. */
async function untilHeld(port: number): Promise<void> {
  const sender = post.sender({ port, connections: 2 });
  await sender.run(new AbortController().signal, async () => sender.held?.domain === '');
}

/** Everybody got exactly one mail. */
function expectAll(received: readonly { to: string[] }[], readers: readonly string[]) {
  expect(received.flatMap(({ to }) => to).sort()).toEqual([...readers].sort());
  expect(states()).toEqual(new Set(['accepted']));
}

const THREE = ['one.example', 'two.example', 'three.example'];
const READERS = {
  'thirty at one domain': addresses('one.example', 30),
  'thirty at three domains': THREE.flatMap((domain) => addresses(domain, 10)),
  'one alone': addresses('one.example', 1),
};

describe.each([
  ['onRcpt', 553, '5.7.1 papers@example.org: Sender address rejected: not owned by user y'],
  ['onRcpt', 504, '5.5.2 <papers>: Helo command rejected: need fully-qualified hostname'],
  ['onRcpt', 554, '5.7.1 Relay access denied'],
  ['onData', 550, QUOTA.text],
  ['onData', 552, '5.3.4 Message size exceeds fixed limit'],
  ['onData', 554, '5.7.1 Message rejected as spam'],
] as const)('a server that says to everybody, %s, %i %s', (hook, code, text) => {
  test.each(Object.entries(READERS))('%s: refuses nobody', async (_who, readers) => {
    const stub = await smtp(at(hook, { code, text }));
    await post.planTo(readers);
    const sender = await post.run({ port: stub.port, connections: 4, patience: 120 });
    expect(states()).toEqual(new Set(['planned']));
    for (const mail of post.mails()) expect(mail).toMatchObject({ attempts: 0, ended_at: null });
    expect(sender.held?.reason).toMatch(/^Sending is held.* the server of the route smtp /);
    expect(sender.held?.reply).toBe(`${code} ${text}`);
    expect(sender.held?.next).toBeGreaterThan(post.clock.now());
    // One for each connection, and the probe of the first minute.
    expect(stub.tries.length).toBeLessThanOrEqual(10);

    stub.heal();
    await post.run({ port: stub.port, connections: 4 });
    expectAll(stub.received, readers);
    for (const mail of post.mails()) expect(mail.attempts).toBe(1);
  });
});

describe('probes', () => {
  /** Sends until so many were tried, and leaps over the time between probes. */
  async function probed(sender: Sender, tries: readonly unknown[], count: number) {
    await sender.run(new AbortController().signal, async () => {
      const wait = (sender.held?.next ?? 0) - post.clock.now() - 2 * SECOND;
      if (wait > 0) post.clock.advance(wait);
      return tries.length >= count;
    });
  }

  test('come after 1, 2, 4 … 30 minutes, and go to another domain where one waits', async () => {
    const stub = await smtp({ onRcpt: () => RELAYING });
    // The first two are tried at once, and blamed.
    const readers = ['a@one.example', 'b@two.example', ...addresses('three.example', 8)];
    await post.planTo(readers);
    await probed(post.sender({ port: stub.port }), stub.tries, 10);
    const [, second, ...probes] = stub.tries;
    const waits = probes.map(({ at }, n) => at - ([second, ...probes][n]?.at ?? 0));
    for (const [n, minutes] of [1, 2, 4, 8, 16, 30, 30, 30].entries()) {
      expect((waits[n] ?? 0) / MINUTE).toBeGreaterThanOrEqual(minutes - 0.5);
      expect((waits[n] ?? 0) / MINUTE).toBeLessThan(minutes + 3);
    }
    expect(probes[0]?.to).toContain('@three.example');
  });

  test('that are accepted let all go on, each once', async () => {
    const until = post.clock.now() + 3 * MINUTE;
    const stub = await smtp({ onRcpt: () => (post.clock.now() < until ? RELAYING : undefined) });
    const readers = READERS['thirty at three domains'];
    await post.planTo(readers);
    const sender = await post.run({ port: stub.port, connections: 4 });
    expectAll(stub.received, readers);
    expect(sender.held).toBeNull();
    expect(post.clock.now()).toBeLessThan(until + 5 * MINUTE);
  });

  test('after a quota leave accepted what was accepted', async () => {
    const stub = await smtp({ onData: () => (stub.received.length < 10 ? undefined : QUOTA) });
    const readers = READERS['thirty at three domains'];
    await post.planTo(readers);
    await post.run({ port: stub.port, connections: 4, patience: 130 });
    expect(stub.received).toHaveLength(10);
    const count = (state: string) => post.mails().filter((mail) => mail.state === state).length;
    expect([count('accepted'), count('planned')]).toEqual([10, 20]);
    stub.heal();
    await post.run({ port: stub.port, connections: 4 });
    expectAll(stub.received, readers);
  });

  test('of a new sender need no waiting', async () => {
    const stub = await smtp({ onRcpt: () => RELAYING });
    const readers = READERS['thirty at three domains'];
    await post.planTo(readers);
    await post.run({ port: stub.port, connections: 4, patience: 130 });
    stub.heal();
    const { throttleStore, holds, ledger, notices } = post.opened(await openAgain(post));
    // No time passes.
    post.clock.hold();
    const others = { throttleStore, holds, deliveries: ledger, notices };
    const running = post.run({ port: stub.port, connections: 4, ...others });
    await stub.waitFor(readers.length);
    post.clock.release();
    await running;
    expectAll(stub.received, readers);
  });

  test('of two senders of one store are one', async () => {
    const stub = await smtp({ onRcpt: () => RELAYING });
    await post.planTo(READERS['thirty at three domains']);
    await untilHeld(stub.port);
    const { throttleStore, holds, ledger, notices } = post.opened(await openAgain(post));
    const others = { throttleStore, holds, deliveries: ledger, notices };
    const stop = new AbortController();
    const begin = post.clock.now();
    const isOver = async () => post.clock.now() - begin > 20 * MINUTE;
    const senders = [{}, others].map((more) =>
      post.sender({ port: stub.port, connections: 2, ...more }),
    );
    const before = stub.tries.length;
    await Promise.all(senders.map((sender) => sender.run(stop.signal, isOver)));
    // One that each asks at its beginning, and those after two to sixteen minutes.
    expect(stub.tries.length - before).toBeLessThanOrEqual(2 + 4);
    expect(stub.tries.length - before).toBeGreaterThanOrEqual(3);
  });
});

describe('time that mails were held', () => {
  async function hold(): Promise<Awaited<ReturnType<typeof smtp>>> {
    const stub = await smtp({ onRcpt: () => RELAYING });
    await post.planTo(READERS['thirty at three domains']);
    await untilHeld(stub.port);
    return stub;
  }

  test('of 30 hours makes none too late', async () => {
    const stub = await hold();
    leapTo(post.clock, post.clock.now() + 30 * HOUR);
    stub.heal();
    await post.run({ port: stub.port, connections: 2 });
    expectAll(stub.received, READERS['thirty at three domains']);
  });

  test('of 80 hours is too long', async () => {
    const stub = await hold();
    leapTo(post.clock, post.clock.now() + 80 * HOUR);
    stub.heal();
    await post.run({ port: stub.port, connections: 2 });
    expect(stub.received).toEqual([]);
    for (const mail of post.mails()) {
      expect(mail).toMatchObject({ state: 'skipped', reply: 'held too long', attempts: 0 });
    }
    expect(nextAt(post.mails())).toBeNull();
  });

  test('brings a reader the newest of the editions that waited', async () => {
    const stub = await smtp({ onRcpt: () => RELAYING });
    const ada = await activeSubscriber(post.store, 'ada@one.example');
    await planFor(post.store, post.edition, [ada], { dueAt: post.clock.now() });
    await post.run({ port: stub.port, patience: 300 });
    leapTo(post.clock, post.clock.now() + 25 * HOUR);
    const newer = await makeEdition(post.store, { date: '2026-03-03', from: 10 });
    await planFor(post.store, newer, [ada], { dueAt: post.clock.now() });
    stub.heal();
    await post.run({ port: stub.port });
    expect(stub.received).toHaveLength(1);
    expect(post.mails()).toMatchObject([
      { edition_id: post.edition.id, state: 'skipped', reply: 'a newer edition waited' },
      { edition_id: newer.id, state: 'accepted' },
    ]);
  });
});
