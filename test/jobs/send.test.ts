import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DeliveryCounts } from '../../src/delivery/delivery.js';
import { type SendOptions, type SendReport, sendEdition } from '../../src/jobs/send.js';
import { activeSubscriber, mailsIn, makeEdition, silent } from '../delivery/harness.js';
import { gate, Post } from '../delivery/post.js';
import { HOUR, MINUTE, SECOND } from '../store/clock.js';
import { begin, found } from '../store/contract/dialect.js';
import { freePort } from '../support/program.js';
import { type SmtpOptions, type SmtpStub, startSmtp } from '../support/smtp.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

async function smtp(options?: SmtpOptions): Promise<SmtpStub> {
  return post.opened(await startSmtp(options));
}

interface Options extends Partial<SendOptions> {
  freezeAfter?: number;
}

async function send(
  port: number,
  { freezeAfter = 0, ...options }: Options = {},
): Promise<SendReport> {
  const { store, clock, edition } = post;
  return sendEdition(
    {
      ...store,
      clock,
      logger: silent,
      defaultTimezone: 'UTC',
      defaultLanguage: 'en',
      freezeAfter,
      sender: async (deliveries) => post.sender({ port, deliveries }),
    },
    await store.editions.byId(edition.id),
    { now: false, signal: new AbortController().signal, ...options },
  );
}

async function readers(count: number, preferences = {}): Promise<void> {
  for (let n = 1; n <= count; n++) {
    await activeSubscriber(post.store, `reader${n}@reader.example`, preferences);
  }
}

const none: DeliveryCounts = {
  planned: 0,
  accepted: 0,
  deferred: 0,
  refused: 0,
  uncertain: 0,
  skipped: 0,
  bounced: 0,
};

describe('sending an edition', () => {
  test('plans it, freezes it and brings it to everybody', async () => {
    const stub = await smtp();
    await readers(3);
    const report = await send(stub.port);
    expect(report).toEqual({
      counts: { ...none, accepted: 3 },
      open: 0,
      trouble: null,
      held: null,
      throttled: [],
      capReached: null,
      draftUntil: null,
    });
    expect(stub.received).toHaveLength(3);
    expect((await post.store.editions.byId(post.edition.id)).state).toBe('frozen');
  });

  test('again brings it only to those who came since', async () => {
    const stub = await smtp();
    await readers(2);
    await send(stub.port);
    await activeSubscriber(post.store, 'new@reader.example');
    expect((await send(stub.port)).counts).toEqual({ ...none, accepted: 3 });
    expect(stub.attempts).toHaveLength(3);
  });

  test('to nobody is done at once', async () => {
    const stub = await smtp();
    expect(await send(stub.port)).toMatchObject({ counts: none, open: 0 });
    expect(stub.connections).toBe(0);
  });

  test('leaves those alone who are to get it later, unless it is to be now', async () => {
    const stub = await smtp();
    await readers(1);
    await activeSubscriber(post.store, 'late@reader.example', { hour: 20, timezone: 'UTC' });
    const began = post.clock.now();
    expect(await send(stub.port)).toMatchObject({
      counts: { ...none, accepted: 1, planned: 1 },
      open: 0,
    });
    expect(post.clock.now() - began).toBeLessThan(2 * MINUTE);
    expect(await send(stub.port, { now: true })).toMatchObject({
      counts: { ...none, accepted: 2 },
    });
    expect(stub.received.flatMap(({ to }) => to)).toEqual([
      'reader1@reader.example',
      'late@reader.example',
    ]);
  });

  test('leaves a fresh draft to its editor, unless it is to be now', async () => {
    const stub = await smtp();
    await readers(1);
    await makeEdition(post.store, { pickedAt: post.clock.now() });
    const draftUntil = post.clock.now() + 30 * MINUTE;
    expect(await send(stub.port, { freezeAfter: 30 })).toEqual({
      counts: none,
      open: 0,
      trouble: null,
      held: null,
      throttled: [],
      capReached: null,
      draftUntil,
    });
    expect((await post.store.editions.byId(post.edition.id)).state).toBe('draft');
    expect(stub.connections).toBe(0);
    const report = await send(stub.port, { freezeAfter: 30, now: true });
    expect(report).toMatchObject({ counts: { ...none, accepted: 1 }, draftUntil: null });
  });

  test('sends a draft whose time is over', async () => {
    const stub = await smtp();
    await readers(1);
    await makeEdition(post.store, { pickedAt: post.clock.now() });
    post.clock.advance(30 * MINUTE);
    const report = await send(stub.port, { freezeAfter: 30 });
    expect(report).toMatchObject({ counts: { ...none, accepted: 1 }, draftUntil: null });
  });

  test('is done although some were refused or must not be mailed', async () => {
    const stub = await smtp({
      onRcpt: (address) =>
        address.startsWith('reader1') ? { code: 550, text: '5.1.1 No such user' } : undefined,
    });
    const planned = await post.plan(3);
    await post.store.subscribers.leave(found(planned[1]).id);
    expect(await send(stub.port)).toEqual({
      counts: { ...none, accepted: 1, refused: 1, skipped: 1 },
      open: 0,
      trouble: null,
      held: null,
      throttled: [],
      capReached: null,
      draftUntil: null,
    });
  });

  test('waits for mails that are to be tried again', async () => {
    let left = 2;
    const stub = await smtp({
      onData: () => (left-- > 0 ? { code: 451, text: '4.7.1 Later' } : undefined),
    });
    await readers(1);
    const began = post.clock.now();
    expect(await send(stub.port)).toMatchObject({ counts: { ...none, accepted: 1 }, open: 0 });
    expect(post.clock.now() - began).toBeGreaterThanOrEqual(30 * SECOND);
  });

  test('gives up waiting after two minutes and tells what is left', async () => {
    const stub = await smtp({ onData: () => ({ code: 451, text: '4.3.0 Later' }) });
    // Of two, the second could be tried so much later that the first is due again meanwhile.
    await readers(1);
    expect(await send(stub.port)).toMatchObject({
      counts: { ...none, deferred: 1 },
      open: 1,
      trouble: null,
    });
    expect(mailsIn(post.temp.file).map(({ attempts }) => attempts)).toEqual([5]);
  });

  test('gives up waiting after two minutes however long it takes to count what is left', async () => {
    const stub = await smtp({ onData: () => ({ code: 451, text: '4.3.0 Later' }) });
    await readers(1);
    const { ledger } = post.store;
    const count = ledger.open.bind(ledger);
    vi.spyOn(ledger, 'open').mockImplementation(async (edition) => {
      await post.clock.sleep(10 * SECOND);
      return count(edition);
    });
    expect(await send(stub.port)).toMatchObject({ counts: { ...none, deferred: 1 }, open: 1 });
    expect(mailsIn(post.temp.file).map(({ attempts }) => attempts)).toEqual([5]);
  });

  test('gives up waiting for a server after two minutes and tells its trouble', async () => {
    await readers(2);
    const began = post.clock.now();
    const report = await send(await freePort());
    expect(report).toMatchObject({ counts: { ...none, planned: 2 }, open: 2 });
    expect(report.trouble).toContain('ECONNREFUSED');
    const waited = post.clock.now() - began;
    expect(waited).toBeGreaterThan(120 * SECOND);
    expect(waited).toBeLessThan(180 * SECOND);
  });

  test('waits for the mails of a worker that died', async () => {
    const stub = await smtp();
    await post.plan(2);
    const [begun] = await post.store.ledger.claim('a worker that dies', 9);
    await begin(post.store.ledger, found(begun).id, 'a worker that dies');
    expect(await send(stub.port)).toMatchObject({ counts: { ...none, accepted: 2 }, open: 0 });
  });

  test('is done although the last word on some is that nobody knows', async () => {
    const stub = await smtp({ dropAt: 'dot' });
    await post.plan(1);
    let report = await send(stub.port);
    for (let n = 0; report.open > 0 && n < 10; n++) {
      post.clock.advance(HOUR);
      report = await send(stub.port);
    }
    expect(report).toMatchObject({ counts: { ...none, uncertain: 1 }, open: 0 });
    expect(stub.attempts).toHaveLength(5);
  });

  test('is broken off by a signal, and tells what is left', async () => {
    const { passed, open: answer } = gate();
    const stub = await smtp({
      onData: async () => {
        await passed;
        return undefined;
      },
    });
    await readers(6);
    const stop = new AbortController();
    const sending = send(stub.port, { signal: stop.signal });
    await vi.waitUntil(() => stub.attempts.length === 1, { timeout: 5_000, interval: 5 });
    post.clock.hold();
    stop.abort();
    answer();
    expect(await sending).toMatchObject({ counts: { ...none, accepted: 1, planned: 5 }, open: 5 });
  });

  test('tells once a second how far it is', async () => {
    let left = 1;
    const stub = await smtp({
      onData: () => (left-- > 0 ? { code: 451, text: '4.7.1 Later' } : undefined),
    });
    await readers(1);
    const told: DeliveryCounts[] = [];
    await send(stub.port, { onProgress: (counts) => told.push(counts) });
    expect(told.length).toBeGreaterThan(5);
    expect(told).toContainEqual({ ...none, deferred: 1 });
    expect(told.at(-1)).toEqual({ ...none, accepted: 1 });
  });
});
