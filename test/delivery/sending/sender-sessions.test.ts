import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { found } from '../../store/contract/dialect.js';
import {
  type RawSmtpStub,
  type RawSteps,
  type RawVisit,
  startRawSmtp,
} from '../../support/raw-smtp.js';
import { Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

const raw = async (steps: RawSteps): Promise<RawSmtpStub> =>
  post.opened(await startRawSmtp({ steps }));
const { signal } = new AbortController();

/** Sends all of it while no time passes, and gives the sender and its server. */
async function atOnce(stub: RawSmtpStub, mails: number, connections = 1) {
  await post.plan(mails);
  post.clock.hold();
  const sender = post.sender({ port: stub.port, connections });
  const isOver = async () => post.mails().every(({ ended_at }) => ended_at !== null);
  const running = sender.run(signal, isOver);
  await stub.waitFor(({ accepted }) => accepted.length === mails, 15_000);
  post.clock.release();
  await running;
  return sender;
}

/** Mails that a connection was given before the one under way. */
function counted(): (visit: RawVisit) => number {
  const mails = new Map<number, number>();
  return ({ stage, connection }) => {
    const before = mails.get(connection) ?? 0;
    if (stage === 'mail') mails.set(connection, before + 1);
    return stage === 'mail' ? before : before - 1;
  };
}

/** Ends each connection that has had so many mails, in one way or another. */
function ending(after: number, how: 'mail' | 'rcpt' | 'full' | 'dot'): RawSteps {
  const before = counted();
  const step = (at: string, answer: string) => (visit: RawVisit) => {
    const had = before(visit);
    return how === at && had >= after ? answer : undefined;
  };
  const rcpt = step(
    how === 'full' ? 'full' : 'rcpt',
    how === 'full'
      ? '452 4.5.3 Too many recipients'
      : '421 4.7.0 Too many messages in this connection',
  );
  return {
    mail: step('mail', '421 4.7.0 Too many messages in this connection'),
    rcpt,
    // A 421 ends the connection; behind a 250 it stands unasked.
    dot: (visit) =>
      how === 'dot' && before(visit) === after - 1
        ? '250 2.0.0 Ok\r\n421 4.4.2 Closing the connection'
        : undefined,
  };
}

describe('a connection that has been used', () => {
  test.each(['mail', 'rcpt', 'full', 'dot'] as const)(
    'and ends at %s costs no time and no attempt',
    async (how) => {
      const stub = await raw(ending(3, how));
      const sender = await atOnce(stub, 30, 2);
      expect(new Set(stub.accepted.flatMap(({ to }) => to)).size).toBe(30);
      expect(stub.accepted).toHaveLength(30);
      for (const row of post.mails()) {
        expect(row).toMatchObject({ state: 'accepted', attempts: 1, lost_connections: 0 });
      }
      expect(sender.status.throttling.throttled).toEqual([]);
      expect(sender.trouble).toBeNull();
    },
  );

  test('is learned to end after seven mails', async () => {
    const stub = await raw(ending(7, 'mail'));
    const sender = await atOnce(stub, 140);
    expect(sender.status.relays[0]?.mailsPerConnection).toBe(7);
    const lost = stub.visits.filter(
      ({ stage, connection }, n, all) =>
        stage === 'mail' &&
        all.slice(0, n).filter((one) => one.stage === 'mail' && one.connection === connection)
          .length === 7,
    );
    // Three to be sure, and one more try after twenty that were full.
    expect(lost.length).toBeGreaterThanOrEqual(3);
    expect(lost.length).toBeLessThanOrEqual(4);
  });

  test('is given no more than SMTP_MAILS_PER_CONNECTION', async () => {
    const stub = await raw({});
    await post.plan(23);
    await post.run({ port: stub.port, mailsPerConnection: 5 });
    const each = new Map<number, number>();
    for (const { connection } of stub.accepted)
      each.set(connection, (each.get(connection) ?? 0) + 1);
    expect([...each.values()]).toEqual([5, 5, 5, 5, 3]);
  });

  test('brings nothing to a reader who leaves before the second try', async () => {
    const leaving: { id?: number } = {};
    const before = counted();
    const stub = await raw({
      mail: async (visit) => {
        const isUsed = before(visit) > 0;
        if (!isUsed || leaving.id === undefined) return undefined;
        const reader = found(await post.store.subscribers.find(leaving.id));
        delete leaving.id;
        await post.store.subscribers.leave(reader.id);
        return 'drop';
      },
    });
    const [, second] = await post.plan(3);
    leaving.id = found(second).id;
    await post.run({ port: stub.port });
    expect(stub.accepted.flatMap(({ to }) => to)).toEqual([
      'reader1@reader.example',
      'reader3@reader.example',
    ]);
    expect(post.mails()[1]).toMatchObject({ state: 'skipped', reply: 'unsubscribed' });
  });
});

test.each(['421 4.7.0 Try again later', '452 4.5.3 Too many recipients'])(
  'a fresh connection that answers RCPT with %s means the mail',
  async (reply) => {
    const stub = await raw({ rcpt: ({ count }) => (count === 1 ? reply : undefined) });
    await post.plan(1);
    await post.run({ port: stub.port });
    const [row] = post.mails();
    expect(row).toMatchObject({ state: 'accepted', attempts: 2, lost_connections: 0 });
  },
);

describe('a server that allows five of our eight connections', () => {
  /** Counts who is connected; ends come with their last command or with the connection. */
  function five(): RawSteps {
    const open = new Set<number>();
    return {
      greeting: ({ connection }) => {
        if (open.size >= 5) return '421 4.7.0 Too many connections from your host';
        open.add(connection);
        return undefined;
      },
      quit: ({ connection }) => {
        open.delete(connection);
        return undefined;
      },
    };
  }

  const closing = (): RawSteps => {
    const { greeting, quit } = five();
    return {
      quit,
      greeting: async (visit) => {
        const said = typeof greeting === 'function' ? await greeting(visit) : greeting;
        return said === undefined ? undefined : 'drop';
      },
    };
  };

  const atDot = (): RawSteps => {
    const open = new Set<number>();
    return {
      mail: ({ connection }) => {
        open.add(connection);
        return undefined;
      },
      dot: ({ connection }) => {
        if ([...open].indexOf(connection) < 5) return undefined;
        return '432 4.3.2 Concurrent connections limit exceeded';
      },
      quit: ({ connection }) => {
        open.delete(connection);
        return undefined;
      },
    };
  };

  test.each([
    ['with 421 at the greeting', five],
    ['by hanging up', closing],
    ['with 432 at the dot', atDot],
  ] as const)('%s: the others go on', async (_how, steps) => {
    const stub = await raw(steps());
    const sender = await atOnce(stub, 200, 8);
    expect(stub.accepted).toHaveLength(200);
    for (const row of post.mails()) expect(row).toMatchObject({ state: 'accepted', attempts: 1 });
    expect(sender.trouble).toBeNull();
    expect(sender.status.throttling.throttled).toEqual([]);
    // Some were refused; they were not tried again and again.
    expect(stub.connections).toBeLessThanOrEqual(5 + 8);
  });
});
