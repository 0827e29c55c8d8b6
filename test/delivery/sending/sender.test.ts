import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../store/clock.js';
import { found } from '../../store/contract/dialect.js';
import { startRawSmtp } from '../../support/raw-smtp.js';
import { type SmtpOptions, type SmtpStub, startSmtp } from '../../support/smtp.js';
import { enqueueNotice, makeEdition, planFor } from '../harness.js';
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

describe('sending', () => {
  test('brings every mail to its reader once, and writes down what the server said', async () => {
    const stub = await smtp();
    const readers = await post.plan(25);
    await post.run({ port: stub.port, connections: 3 });
    expect(recipients(stub).sort()).toEqual(readers.map(({ email }) => email).sort());
    for (const mail of stub.received) expect(mail.from).toBe('papers@example.org');
    expect(new Set(stub.received.map(({ messageId }) => messageId)).size).toBe(25);
    for (const row of post.mails()) {
      expect(row).toMatchObject({ state: 'accepted', attempts: 1, lease_until: null });
      expect(row.reply).toMatch(/^250 /);
      expect(row.ended_at).toBeGreaterThanOrEqual(row.due_at);
    }
  });

  test('writes down that it begins before the server hears of the mail', async () => {
    const states: (string | undefined)[] = [];
    const look = () => {
      states.push(post.mails()[0]?.state);
      return undefined;
    };
    const stub = await smtp({ onMail: look, onRcpt: look, onData: look });
    await post.plan(1);
    await post.run({ port: stub.port });
    expect(states).toEqual(['sending', 'sending', 'sending']);
  });

  test('uses as many connections as it may, and no more', async () => {
    const all = gate();
    let most = 0;
    const stub = await smtp({
      onData: async () => {
        most = Math.max(most, stub.openConnections);
        if (stub.attempts.length >= 3) all.open();
        await all.passed;
        return undefined;
      },
    });
    await post.plan(30);
    await post.run({ port: stub.port, connections: 3 });
    expect([most, stub.connections, stub.received.length]).toEqual([3, 3, 30]);
  });

  test('takes notices ahead of digests, readers’ first', async () => {
    const stub = await smtp();
    const [reader] = await post.plan(6);
    const pending = await post.store.subscribers.request('new@reader.example', {}, 0);
    await enqueueNotice(post.store, pending, 'confirm', post.clock.now());
    await enqueueNotice(post.store, found(reader), 'preferences', post.clock.now());
    await post.run({ port: stub.port });
    const subjects = stub.received.map(({ subject }) => subject);
    expect(subjects.slice(0, 2)).toEqual([
      'Your Paperboy preferences',
      'Please confirm your address',
    ]);
    expect(subjects).toHaveLength(8);
    expect(post.mails('notices').map(({ state }) => state)).toEqual(['accepted', 'accepted']);
  });

  test('takes a notice that comes while digests are waiting before most of them', async () => {
    let sent = 0;
    const stub = await smtp({
      onData: async () => {
        if (++sent === 1) {
          const pending = await post.store.subscribers.request('new@reader.example', {}, 0);
          await enqueueNotice(post.store, pending, 'confirm', post.clock.now());
        }
        return undefined;
      },
    });
    await post.plan(40);
    await post.run({ port: stub.port });
    const place = stub.received.findIndex(({ subject }) => subject.startsWith('Please confirm'));
    expect(place).toBeGreaterThan(0);
    expect(place).toBeLessThan(8);
  });

  test('of one edition leaves the others alone', async () => {
    const stub = await smtp();
    const readers = await post.plan(2);
    const other = await makeEdition(post.store, { date: '2026-03-03' });
    await planFor(post.store, other, readers, { dueAt: post.clock.now() });
    const deliveries = post.store.ledger.ofEdition(other.id);
    await post.run({ port: stub.port, deliveries, patience: 5 });
    expect((await post.store.ledger.counts(other.id)).accepted).toBe(2);
    expect((await post.store.ledger.counts(post.edition.id)).planned).toBe(2);
  });

  test('by two senders at once brings every mail once', async () => {
    const stub = await smtp();
    await post.plan(40);
    const options = { port: stub.port, connections: 2 };
    await Promise.all([post.run(options), post.run(options)]);
    expect(new Set(recipients(stub)).size).toBe(40);
    expect(stub.attempts).toHaveLength(40);
  });

  test('waits for what is due later', async () => {
    const stub = await smtp();
    const reader = await post.store.subscribers.importActive('ada@reader.example', {}, 0);
    const dueAt = post.clock.now() + 5 * MINUTE;
    await planFor(post.store, post.edition, [found(reader)], { dueAt });
    await post.run({ port: stub.port });
    const [row] = post.mails();
    expect(row?.state).toBe('accepted');
    expect(row?.ended_at).toBeGreaterThanOrEqual(dueAt);
  });

  test('dates what was held back past midnight by the day on which it goes', async () => {
    const stub = await smtp();
    await post.plan(1);
    post.clock.advance(18 * HOUR);
    await post.run({ port: stub.port });
    const [mail] = stub.received;
    const sentAt = Date.parse(found(mail?.headers.get('date')));
    expect(new Date(sentAt).toISOString()).toMatch(/^2026-03-03T02:00/);
    expect(found(post.mails()[0]).dated_at).toBe(sentAt);
  });

  test('gives an idle connection up, politely, and opens another one when needed', async () => {
    const stub = await startRawSmtp();
    post.opened(stub);
    const [ada, bob] = await post.plan(2);
    await post.store.subscribers.pause(found(bob).id);
    await planFor(post.store, await makeEdition(post.store, { date: '2026-03-03' }), [found(ada)], {
      dueAt: post.clock.now() + MINUTE,
    });
    await post.run({ port: stub.port });
    expect(stub.accepted.map(({ connection }) => connection)).toEqual([1, 2]);
    await stub.waitFor(({ visits }) => visits.filter(({ stage }) => stage === 'quit').length === 2);
  });
});

describe('a reader who must not be mailed any more', () => {
  test('is not, though the delivery was planned', async () => {
    const stub = await smtp();
    const [left, paused, suppressed, ada] = await post.plan(4);
    await post.store.subscribers.leave(found(left).id);
    await post.store.subscribers.pause(found(paused).id);
    const { email } = found(suppressed);
    await post.store.subscribers.suppress({ email, reason: 'operator', at: 1, detail: null });
    await post.run({ port: stub.port });
    expect(recipients(stub)).toEqual([ada?.email]);
    expect(post.mails().map(({ state, reply }) => (state === 'skipped' ? reply : state))).toEqual([
      'unsubscribed',
      'paused',
      'suppressed',
      'accepted',
    ]);
  });

  test('is not, though the delivery was claimed before they left', async () => {
    const stub = await smtp({
      onData: async () => {
        const [claimed] = post.mails().slice(1);
        expect(claimed?.state).toBe('claimed');
        await post.store.subscribers.leave(found(claimed).subscriber_id);
        return undefined;
      },
    });
    await post.plan(2);
    await post.run({ port: stub.port });
    expect(stub.attempts).toHaveLength(1);
    expect(post.mails()[1]).toMatchObject({ state: 'skipped', reply: 'unsubscribed', attempts: 0 });
  });

  test('is not, though the first try was put off', async () => {
    const stub = await smtp({
      onData: async () => {
        await post.store.subscribers.leave(found(post.mails()[0]).subscriber_id);
        return { code: 451, text: '4.7.1 Later' };
      },
    });
    await post.plan(1);
    await post.run({ port: stub.port });
    expect(stub.attempts).toHaveLength(1);
    expect(post.mails()[0]).toMatchObject({ state: 'skipped', reply: 'unsubscribed' });
  });
});
