import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_LOST_REPLIES } from '../../../src/delivery/delivery.js';
import { SECOND } from '../../store/clock.js';
import { found, nextAt } from '../../store/contract/dialect.js';
import { freePort } from '../../support/program.js';
import { type RawSmtpStub, type RawSteps, startRawSmtp } from '../../support/raw-smtp.js';
import { type DropStage, type SmtpOptions, type SmtpStub, startSmtp } from '../../support/smtp.js';
import { Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

async function smtp(options?: SmtpOptions): Promise<SmtpStub> {
  return post.opened(await startSmtp(options));
}

async function raw(steps: RawSteps): Promise<RawSmtpStub> {
  return post.opened(await startRawSmtp({ steps }));
}

describe('a connection that breaks', () => {
  test.each(['connect', 'mail', 'rcpt'] as const)('at %s costs no attempt', async (stage) => {
    const stub = await smtp({ dropAt: { stage, times: 2 } });
    await post.plan(3);
    await post.run({ port: stub.port });
    expect(stub.attempts).toHaveLength(3);
    for (const row of post.mails()) {
      expect(row).toMatchObject({ state: 'accepted', attempts: 1, lost_replies: 0 });
    }
  });

  test('in the body brings the mail once', async () => {
    const stub = await smtp({ dropAt: { stage: 'body', times: 2 } });
    await post.plan(2);
    await post.run({ port: stub.port });
    expect(stub.received.map(({ to }) => to[0]).sort()).toEqual([
      'reader1@reader.example',
      'reader2@reader.example',
    ]);
    expect(post.mails().map(({ state }) => state)).toEqual(['accepted', 'accepted']);
  });

  test('after the final dot brings the same octets again under the same Message-ID', async () => {
    const stub = await smtp({ dropAt: { stage: 'dot', times: 2 } });
    await post.plan(1);
    await post.run({ port: stub.port });
    const [mail, ...copies] = stub.attempts;
    expect(stub.attempts.map(({ outcome }) => outcome)).toEqual(['dropped', 'dropped', 'accepted']);
    for (const copy of copies) {
      expect(copy.messageId).toBe(mail?.messageId);
      expect(copy.raw.equals(found(mail).raw)).toBe(true);
    }
    expect(post.mails()[0]).toMatchObject({ state: 'accepted', attempts: 3, lost_replies: 2 });
  });

  test('after the final dot again and again leaves the mail uncertain in the end', async () => {
    const stub = await smtp({ dropAt: 'dot' });
    await post.plan(1);
    await post.run({ port: stub.port });
    expect(stub.attempts).toHaveLength(MAX_LOST_REPLIES);
    expect(new Set(stub.attempts.map(({ messageId }) => messageId)).size).toBe(1);
    expect(post.mails()[0]).toMatchObject({
      state: 'uncertain',
      lost_replies: MAX_LOST_REPLIES,
      ended_at: expect.any(Number),
    });
    expect(await post.store.ledger.open(post.edition.id)).toBe(0);
  });

  const stages: (DropStage | null)[] = ['mail', 'rcpt', 'body', 'dot', 'connect', null];
  test('anywhere loses no mail and brings no second accepted copy', async () => {
    const stub = await smtp();
    let faults = 30;
    stub.hooks.onRcpt = (address) => {
      // Each recipient meets another stage, until the server has had enough.
      const stage = stages[Number(/\d+/.exec(address)?.[0]) % stages.length] ?? null;
      stub.dropAt(faults-- > 0 ? stage : null, 1);
      return undefined;
    };
    await post.plan(24);
    await post.run({ port: stub.port, connections: 3 });
    expect(faults).toBeLessThan(0);
    const accepted = stub.received.flatMap(({ to }) => to);
    expect(new Set(accepted).size).toBe(24);
    expect(accepted).toHaveLength(24);
  });
});

describe('a server that hangs up at every try', () => {
  /** Hangs up at these recipients, until it is told otherwise. */
  async function hangingUp(stage: 'rcpt' | 'data', bad: readonly string[]) {
    const tries: number[] = [];
    const recipients = new Map<number, string>();
    const at = ({ line, connection }: { line: string; connection: number }) => {
      if (line.startsWith('RCPT')) recipients.set(connection, line);
      const recipient = recipients.get(connection) ?? '';
      if (!bad.some((address) => recipient.includes(address))) return undefined;
      return 'drop';
    };
    const stub = await raw({
      rcpt: (visit) => {
        if (bad.some((address) => visit.line.includes(address))) tries.push(post.clock.now());
        const answer = at(visit);
        return stage === 'rcpt' ? answer : undefined;
      },
      ...(stage === 'data' && { data: at }),
    });
    return { stub, tries };
  }

  /** Runs until all mails are at their end, and leaps over the time in which none is due. */
  async function throughTheDay(port: number): Promise<void> {
    const sender = post.sender({ port, connections: 2 });
    await sender.run(new AbortController().signal, async () => {
      const mails = post.mails();
      const next = nextAt(mails);
      if (next === null) return true;
      const expiry = Math.min(...mails.map(({ expires_at }) => expires_at));
      const leap = Math.min(next, expiry) - post.clock.now() - SECOND;
      if (leap > 0) post.clock.advance(leap);
      return false;
    });
  }

  test.each([
    ['alone', 'rcpt', 1],
    ['alone', 'data', 1],
    ['among others', 'data', 6],
  ] as const)('at one recipient, %s, at %s: less and less often', async (_who, stage, readers) => {
    const { stub, tries } = await hangingUp(stage, ['reader1@']);
    await post.plan(readers);
    const planned = post.clock.now();
    await throughTheDay(stub.port);
    const [row, ...others] = post.mails();
    expect(row).toMatchObject({ state: 'skipped', reply: 'too late', attempts: 0 });
    expect(others.every(({ state }) => state === 'accepted')).toBe(true);
    const waits = tries.map((at, n) => (at - found(tries[n - 1] ?? planned)) / SECOND);
    // A connection that had been used before says nothing: it is tried again at once over another.
    const first = readers === 1 ? [0] : [0, 0];
    for (const [n, wait] of [...first, 1, 10, 20, 40, 80, 160, 320, 640].entries()) {
      expect(waits[n]).toBeGreaterThanOrEqual(wait);
      expect(waits[n]).toBeLessThan(wait + 40);
    }
    expect(waits.length).toBeLessThan(36);
    expect(found(tries.at(-1)) - planned).toBeGreaterThan(22 * 3_600 * SECOND);
  });

  test('at several: each of them less and less often, though it looks like the server’s trouble', async () => {
    const { stub, tries } = await hangingUp('rcpt', ['reader1@', 'reader2@', 'reader3@']);
    await post.plan(4);
    await throughTheDay(stub.port);
    expect(post.mails().map(({ state }) => state)).toEqual([
      ...Array(3).fill('skipped'),
      'accepted',
    ]);
    expect(tries.length).toBeLessThan(3 * 60);
  });

  test('at all of them for ten minutes: they are sent soon after, not an hour later', async () => {
    const until = post.clock.now() + 600 * SECOND;
    const stub = await raw({ rcpt: () => (post.clock.now() < until ? 'drop' : undefined) });
    await post.plan(5);
    await post.run({ port: stub.port, connections: 2 });
    for (const row of post.mails()) {
      expect(row).toMatchObject({ state: 'accepted', attempts: 1, lost_replies: 0 });
      expect(found(row.ended_at) - until).toBeLessThan(120 * SECOND);
    }
    expect(stub.connections).toBeLessThan(60);
  });
});

describe('a server that is in trouble', () => {
  /** The ledger is as if nothing had been tried. */
  async function expectUntouched(run: Promise<{ trouble: string | null }>, trouble: RegExp) {
    expect((await run).trouble).toMatch(trouble);
    for (const row of post.mails()) {
      expect(row).toMatchObject({ state: 'planned', attempts: 0, worker: null, lease_until: null });
    }
    const healthy = await smtp();
    const { trouble: none } = await post.run({ port: healthy.port });
    expect(none).toBeNull();
    expect(healthy.received).toHaveLength(5);
  }

  test('because it is not there costs nothing', async () => {
    await post.plan(5);
    const run = post.run({ port: await freePort(), connections: 2, patience: 300 });
    await expectUntouched(run, /can't be used: .*ECONNREFUSED/);
  });

  test('because it refuses the greeting costs nothing', async () => {
    const stub = await smtp({ greeting: 'refuse' });
    await post.plan(5);
    await expectUntouched(post.run({ port: stub.port, patience: 300 }), /can't be used: .*554/);
    // 1, 2, 4 … seconds lie between the tries.
    expect(stub.connections).toBeGreaterThan(5);
    expect(stub.connections).toBeLessThan(15);
  });

  test('because it refuses the password costs nothing', async () => {
    const stub = await smtp({ auth: { user: 'papers', pass: 'right' } });
    await post.plan(5);
    const auth = { user: 'papers', pass: 'wrong' };
    const run = post.run({ port: stub.port, auth, patience: 300 });
    await expectUntouched(run, /refuses the login/);
    expect(stub.connections).toBeLessThan(15);
  });

  test('because it refuses the sender pauses everything and costs no attempt', async () => {
    const stub = await smtp({ onMail: () => ({ code: 550, text: '5.7.1 Sender refused' }) });
    await post.plan(5);
    const run = await post.run({ port: stub.port, connections: 2, patience: 60 });
    expect(run.trouble).toMatch(/refuses the sender address\. It said: 550 5\.7\.1 Sender refused/);
    expect(stub.connections).toBeLessThan(20);
    for (const row of post.mails()) {
      expect(row).toMatchObject({ state: 'planned', attempts: 0, ended_at: null });
    }
    stub.hooks.onMail = undefined;
    const healed = await post.run({ port: stub.port });
    expect(healed.trouble).toBeNull();
    expect(stub.received).toHaveLength(5);
    expect(post.mails().map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1]);
  });

  test('is tried again within the same run, and sending goes on', async () => {
    const stub = await smtp({ dropAt: { stage: 'connect', times: 4 } });
    await post.plan(5);
    const run = await post.run({ port: stub.port });
    expect(run.trouble).toBeNull();
    expect(stub.received).toHaveLength(5);
    expect(stub.connections).toBe(5);
  });
});
