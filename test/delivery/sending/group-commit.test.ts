import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/base/clock.js';
import { PaperboyError } from '../../../src/base/errors.js';
import type { Beginning, Begun, Step } from '../../../src/delivery/ledger.js';
import { GroupCommit } from '../../../src/delivery/sending/group-commit.js';
import { FastClock, SECOND } from '../../store/clock.js';
import { type SmtpStub, startSmtp } from '../../support/smtp.js';
import { silent } from '../harness.js';
import { gate, Post } from '../post.js';

const accepted = (id: number) => ({
  id,
  outcome: { kind: 'accepted', reply: '250 Ok' } as const,
  retryIn: 0,
});

const first = (id: number): Beginning => ({ id, route: 'smtp', again: false });
const again = (id: number): Beginning => ({ ...first(id), again: true });

const parts = (clock: Clock = new FastClock()) => ({ worker: 'worker', clock, logger: silent });

const ids = (some: readonly { id: number }[]) => some.map(({ id }) => id);

/** An outbox that begins everything, and keeps what it was told. */
function outbox(write: (step: Step) => Promise<void> = async () => {}) {
  const steps: { results: number[]; begin: number[] }[] = [];
  return {
    steps,
    advance: async (_worker: string, step: Step): Promise<ReadonlyMap<number, Begun>> => {
      steps.push({ results: ids(step.results), begin: ids(step.begin) });
      await write(step);
      return new Map(step.begin.map(({ id }) => [id, 'sending']));
    },
  };
}

describe('what connections hand in at the same moment', () => {
  test('is one write', async () => {
    const box = outbox();
    const commit = new GroupCommit(box, parts());
    expect(await Promise.all([1, 2, 3].map((id) => commit.begin(first(id))))).toEqual(
      Array(3).fill('sending'),
    );
    await Promise.all(
      [1, 2, 3].flatMap((id) => [commit.end(accepted(id)), commit.begin(first(id + 3))]),
    );
    expect(box.steps).toEqual([
      { results: [], begin: [1, 2, 3] },
      { results: [1, 2, 3], begin: [4, 5, 6] },
    ]);
  });

  test('does not wait long for a mail that is still on the wire', async () => {
    const box = outbox();
    const commit = new GroupCommit(box, parts());
    await Promise.all([commit.begin(first(1)), commit.begin(first(2))]);
    await Promise.all([commit.end(accepted(1)), commit.begin(first(3))]);
    expect(box.steps).toEqual([
      { results: [], begin: [1, 2] },
      { results: [1], begin: [3] },
    ]);
  });

  test('is begun once, by whoever comes first, though two have the same mail', async () => {
    const box = outbox();
    const commit = new GroupCommit(box, parts());
    expect(await Promise.all([commit.begin(first(7)), commit.begin(first(7))])).toEqual([
      'sending',
      'lost',
    ]);
    expect(box.steps).toEqual([{ results: [], begin: [7] }]);
  });

  test('keeps the route of each, and whether it is begun again', async () => {
    const begun: Beginning[] = [];
    const box = outbox(async ({ begin }) => void begun.push(...begin));
    const commit = new GroupCommit(box, parts());
    const beginnings = [first(1), { id: 2, route: 'backup', again: false }];
    await Promise.all(beginnings.map((one) => commit.begin(one)));
    await commit.begin(again(1));
    expect(begun).toEqual([...beginnings, again(1)]);
  });

  test('does not wait for a mail that is begun again: it is no longer on the wire', async () => {
    const box = outbox();
    const commit = new GroupCommit(box, parts());
    await Promise.all([commit.begin(first(1)), commit.begin(first(2))]);
    await Promise.all([commit.begin(again(1)), commit.end(accepted(2))]);
    await Promise.all([commit.end(accepted(1)), commit.begin(first(3))]);
    expect(box.steps).toEqual([
      { results: [], begin: [1, 2] },
      { results: [2], begin: [1] },
      { results: [1], begin: [3] },
    ]);
  });

  test('is written in the order in which it came, one write after the other', async () => {
    const passing = gate();
    let writing = 0;
    const box = outbox(async () => {
      expect(++writing).toBe(1);
      await passing.passed;
      writing--;
    });
    const commit = new GroupCommit(box, parts());
    const one = commit.begin(first(1));
    await expect.poll(() => box.steps.length).toBe(1);
    const others = [commit.end(accepted(1)), commit.begin(first(2))];
    passing.open();
    await Promise.all([one, ...others]);
    expect(box.steps).toEqual([
      { results: [], begin: [1] },
      { results: [1], begin: [2] },
    ]);
  });

  test('fails for all of them when the write fails, and for nobody else', async () => {
    let full = true;
    const box = outbox(async () => {
      if (full) throw new Error('The disk is full.');
    });
    const commit = new GroupCommit(box, parts());
    const failed = await Promise.allSettled([commit.begin(first(1)), commit.begin(first(2))]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    full = false;
    expect(await commit.begin(first(3))).toBe('sending');
  });
});

describe('ends that the store refuses', () => {
  const busy = new PaperboyError('store_busy', 'Another program keeps the store locked.');

  /** An outbox that refuses to end mails so many times. */
  const refusing = (times: number) => {
    let left = times;
    return outbox(async ({ results }) => {
      if (results.length > 0 && left-- > 0) throw busy;
    });
  };

  test('are written again, by themselves and before all that comes later', async () => {
    const box = refusing(3);
    const commit = new GroupCommit(box, parts());
    await Promise.all([commit.begin(first(1)), commit.begin(first(2))]);
    const ends = [commit.end(accepted(1)), commit.end(accepted(2))];
    await expect(commit.begin(first(3))).rejects.toBe(busy);
    const later = commit.begin(first(4));
    expect(await Promise.all(ends)).toEqual([undefined, undefined]);
    expect(await later).toBe('sending');
    const repeated = { results: [1, 2], begin: [] };
    expect(box.steps).toEqual([
      { results: [], begin: [1, 2] },
      { results: [1, 2], begin: [3] },
      ...[repeated, repeated, repeated],
      { results: [], begin: [4] },
    ]);
  });

  test('are given up before the lease is over, and what waited behind them with them', async () => {
    const clock = new FastClock();
    const began = clock.now();
    const box = refusing(Number.POSITIVE_INFINITY);
    const commit = new GroupCommit(box, parts(clock));
    await Promise.all([commit.begin(first(1)), commit.begin(first(2))]);
    await expect(commit.end(accepted(1))).rejects.toBe(busy);
    expect(clock.now() - began).toBeLessThanOrEqual(21 * SECOND);
    const tries = box.steps.length;
    expect(tries).toBeGreaterThan(10);
    await expect(commit.end(accepted(2))).rejects.toBe(busy);
    expect(box.steps.length).toBe(tries + 1);
  });

  test('because of a fault of ours are not', async () => {
    const box = outbox(async ({ results }) => {
      if (results.length > 0) throw new TypeError('a fault');
    });
    const commit = new GroupCommit(box, parts());
    await commit.begin(first(1));
    await expect(commit.end(accepted(1))).rejects.toThrow('a fault');
    expect(box.steps).toHaveLength(2);
  });
});

describe('a sender with eight connections', () => {
  let post: Post;
  let smtp: SmtpStub;
  beforeEach(async () => {
    post = await Post.open();
    smtp = await startSmtp();
  });
  afterEach(async () => {
    await smtp.close();
    await post.close();
  });

  test('never has more mails begun than connections, and writes few times', async () => {
    await post.plan(120);
    const { ledger } = post.store;
    const open = new Set<number>();
    let writes = 0;
    const deliveries = {
      ...ledger,
      advance: async (worker: string, step: Step) => {
        writes++;
        const begun = await ledger.advance(worker, step);
        for (const { id } of step.results) open.delete(id);
        for (const [id, state] of begun) if (state === 'sending') open.add(id);
        expect(open.size).toBeLessThanOrEqual(8);
        expect(post.mails().filter(({ state }) => state === 'sending')).toHaveLength(open.size);
        return begun;
      },
    };
    await post.run({ port: smtp.port, connections: 8, deliveries });
    expect(post.mails().every(({ state }) => state === 'accepted')).toBe(true);
    expect(smtp.received).toHaveLength(120);
    expect(writes).toBeLessThan(120);
  });
});
