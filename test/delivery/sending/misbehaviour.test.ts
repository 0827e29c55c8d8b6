import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MINUTE, SECOND } from '../../store/clock.js';
import { found, type MailRow } from '../../store/contract/dialect.js';
import { freePort } from '../../support/program.js';
import {
  type RawAnswer,
  type RawSmtpStub,
  type RawStage,
  type RawSteps,
  startRawSmtp,
} from '../../support/raw-smtp.js';
import { type SmtpStub, startSmtp } from '../../support/smtp.js';
import { Post, type RunOptions } from '../post.js';
import { untilTrouble } from './until-trouble.js';

/** The bad server, case by case: what each fault comes to, by ledger rules 4 and 6. */
let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

const READERS = 8;
const BAD = 'reader1@reader.example';
const OTHERS = Array.from({ length: READERS - 1 }, (_, n) => `reader${n + 2}@reader.example`);

type MailStage = 'rcpt' | 'data' | 'body' | 'dot';
type Play = (nth: number) => RawAnswer | Promise<RawAnswer>;

/** A server that misbehaves with one recipient only; `play` is told how often it came there. */
async function badWithOne(stage: MailStage, play: Play): Promise<RawSmtpStub> {
  const recipients = new Map<number, string>();
  let times = 0;
  const steps: RawSteps = {
    rcpt: ({ line, connection }) => {
      recipients.set(connection, line);
      return undefined;
    },
  };
  const remember = steps.rcpt;
  steps[stage] = async (visit) => {
    if (stage === 'rcpt' && typeof remember === 'function') await remember(visit);
    if (!recipients.get(visit.connection)?.includes(BAD)) return undefined;
    return play(++times);
  };
  return post.opened(await startRawSmtp({ steps }));
}

/** How it went with the bad recipient. */
interface Course {
  row: MailRow;
  /** When each try began. */
  tries: number[];
  suppressed: boolean;
}

/** Runs until all mails are at their end, while nobody else is held up by the bad recipient. */
async function courseWith(stub: RawSmtpStub, more: Partial<RunOptions> = {}): Promise<Course> {
  const [bad] = await post.plan(READERS);
  const tries: number[] = [];
  const rcpt = stub.steps.rcpt;
  stub.steps.rcpt = (visit) => {
    if (visit.line.includes(BAD)) tries.push(post.clock.now());
    return typeof rcpt === 'function' ? rcpt(visit) : rcpt;
  };
  post.clock.hold();
  const running = post.run({ port: stub.port, connections: 2, ...more });
  const others = () => post.mails().slice(1);
  // The clock stands still: whoever waits for anything would wait for ever.
  await vi.waitUntil(() => others().every(({ state }) => state === 'accepted'), {
    interval: 5,
    timeout: 10_000,
  });
  for (const { attempts } of others()) expect(attempts).toBe(1);
  const early = tries.length;
  post.clock.release();
  await running;
  expect(early).toBeLessThanOrEqual(1);
  const { email } = found(bad);
  return {
    row: found(post.mails()[0]),
    tries,
    suppressed: (await post.store.subscribers.findSuppression(email)) !== null,
  };
}

const accepted = (stub: RawSmtpStub, email: string) =>
  stub.accepted.filter(({ to }) => to.includes(email));

/** Plays so many times, and behaves from then on. */
const twice =
  (answer: string): Play =>
  (nth) =>
    nth <= 2 ? answer : undefined;

const LATER = [
  '421 4.3.2 Closing the connection',
  '450 4.2.0 Greylisted',
  '451 4.7.1 Not now',
  '452 4.3.1 No room',
];
const NEVER = ['550 5.7.1 Not from you', '552 5.2.2 Mailbox full', '550 5.7.1 No'];

describe.each(['rcpt', 'data', 'dot'] as const)('one recipient, at %s', (stage) => {
  test.each(LATER)('“%s” twice: tried again with longer and longer waits', async (reply) => {
    const stub = await badWithOne(stage, twice(reply));
    const { row, tries, suppressed } = await courseWith(stub);
    expect(row).toMatchObject({ state: 'accepted', attempts: 3, lost_replies: 0 });
    expect(suppressed).toBe(false);
    const [first = 0, second = 0, third = 0, ...more] = tries;
    expect(more).toEqual([]);
    expect(second - first).toBeGreaterThanOrEqual(8 * SECOND);
    expect(third - second).toBeGreaterThanOrEqual(16 * SECOND);
    expect(accepted(stub, BAD)).toHaveLength(1);
  });

  test.each(NEVER)('“%s”: refused at the first try, and not suppressed', async (reply) => {
    const stub = await badWithOne(stage, () => reply);
    const { row, tries, suppressed } = await courseWith(stub);
    expect(row).toMatchObject({ state: 'refused', attempts: 1, lost_replies: 0, reply });
    expect([tries.length, suppressed]).toEqual([1, false]);
  });

  test('“554 5.7.1 Spam”: refused once others were tried, and not suppressed', async () => {
    const reply = '554 5.7.1 Message rejected as spam';
    const stub = await badWithOne(stage, () => reply);
    const { row, tries, suppressed } = await courseWith(stub);
    expect(row).toMatchObject({ state: 'refused', attempts: 1, reply });
    expect([tries.length, suppressed]).toEqual([2, false]);
  });

  test('“550 5.1.1”: refused, and suppressed', async () => {
    const stub = await badWithOne(stage, () => '550 5.1.1 No such user');
    const { row, tries, suppressed } = await courseWith(stub);
    expect(row).toMatchObject({ state: 'refused', attempts: 1, lost_replies: 0 });
    expect([tries.length, suppressed]).toEqual([1, true]);
  });

  test('an answer after 30 seconds: waited for, while the others go on', async () => {
    let began = 0;
    const stub = await badWithOne(stage, async () => {
      began = post.clock.now();
      await post.clock.sleep(30 * SECOND);
      return undefined;
    });
    const { row, tries } = await courseWith(stub);
    expect(row).toMatchObject({ state: 'accepted', attempts: 1, lost_replies: 0 });
    expect(tries).toHaveLength(1);
    expect(row.ended_at).toBeGreaterThanOrEqual(began + 30 * SECOND);
  });
});

describe('one recipient, with a connection that is dropped', () => {
  test.each(['rcpt', 'data'] as const)('at %s twice: tries that do not count', async (stage) => {
    const stub = await badWithOne(stage, twice('drop'));
    const { row, tries, suppressed } = await courseWith(stub);
    expect(row).toMatchObject({ state: 'accepted', attempts: 1, lost_replies: 0 });
    expect([tries.length, suppressed]).toEqual([3, false]);
  });

  test('in the body twice: one copy is accepted, and no reply is taken for lost without need', async () => {
    const stub = await badWithOne('body', twice('drop'));
    const { row, tries } = await courseWith(stub);
    // What the system has taken over may arrive: such a try counts as a reply that was lost.
    expect(row).toMatchObject({ state: 'accepted', attempts: 1 + row.lost_replies });
    expect(row.lost_replies).toBeLessThanOrEqual(2);
    expect(tries).toHaveLength(3);
    expect(accepted(stub, BAD)).toHaveLength(1);
  });

  test('after the final dot twice: the same octets come again, until they are accepted', async () => {
    const stub = await badWithOne('dot', twice('drop'));
    const { row } = await courseWith(stub);
    expect(row).toMatchObject({ state: 'accepted', attempts: 3, lost_replies: 2 });
    const copies = stub.attempts.filter(({ to }) => to.includes(BAD));
    expect(copies.map(({ outcome }) => outcome)).toEqual(['dropped', 'dropped', 'accepted']);
    for (const copy of copies) expect(copy.raw.equals(found(copies[0]).raw)).toBe(true);
  });

  test('after the final dot every time: five tries, then it stays uncertain', async () => {
    const stub = await badWithOne('dot', () => 'drop');
    const { row, tries, suppressed } = await courseWith(stub);
    expect(row).toMatchObject({ state: 'uncertain', attempts: 5, lost_replies: 5 });
    expect([tries.length, suppressed]).toEqual([5, false]);
    const { uncertain, accepted: others } = await post.store.ledger.counts(post.edition.id);
    expect([uncertain, others]).toEqual([1, OTHERS.length]);
  });

  const afterLostReply = (reply: string) =>
    badWithOne('dot', (nth) => (nth === 1 ? 'drop' : reply));

  test('after the final dot, and then “not now” for ever: uncertain, since it may have arrived', async () => {
    const stub = await afterLostReply('451 4.7.1 Not now');
    const { row } = await courseWith(stub, { patience: 90 });
    expect(row).toMatchObject({ state: 'uncertain', lost_replies: 1, ended_at: null });
  });

  // The second copy was refused; what became of the first, nobody here knows.
  test('after the final dot, and then “no”: uncertain, since it may have arrived', async () => {
    const { row } = await courseWith(await afterLostReply('554 5.6.0 I have that already'));
    expect(row).toMatchObject({ state: 'uncertain', ended_at: expect.any(Number) });
  });
});

/** For a minute all is bad, then all is well. No mail may pay for it. */
async function expectFreeMinute(
  trouble: RegExp,
  stub: { readonly connections: number },
  options: RunOptions,
) {
  const began = post.clock.now();
  const { sender, running } = await untilTrouble(post, options, new AbortController().signal);
  expect(sender.trouble).toMatch(trouble);
  post.clock.release();
  await running;
  for (const row of post.mails()) {
    expect(row).toMatchObject({ state: 'accepted', attempts: 1, lost_replies: 0 });
    expect(row.ended_at).toBeGreaterThanOrEqual(began + MINUTE);
  }
  expect(sender.trouble).toBeNull();
  // Asked again after 1, 2, 4 … seconds, by up to three connections at once.
  expect(stub.connections).toBeLessThan(25);
  expect(await post.store.subscribers.counts()).toMatchObject({ active: READERS, suppressed: 0 });
}

const inFirstMinute = (answer: RawAnswer) => {
  const until = post.clock.now() + MINUTE;
  return () => (post.clock.now() < until ? answer : undefined);
};

describe('all recipients, for a minute', () => {
  const faults: [RawStage, string, RegExp][] = [
    ['greeting', 'drop', /can't be used: .*(closed|reset|hang up)/i],
    ['greeting', '421 4.3.2 Too busy', /can't be used: .*421 4\.3\.2/],
    ['greeting', '554 5.3.2 No service', /can't be used: .*554 5\.3\.2/],
    ['ehlo', 'drop', /can't be used: .*(closed|reset|hang up)/i],
    ['ehlo', '421 4.3.2 Too busy', /can't be used: .*421 4\.3\.2/],
    ['mail', 'drop', /closed|reset|hang up/i],
    ...[...LATER, ...NEVER, '550 5.1.1 Who are you?', '530 5.7.0 Log in first'].map(
      (reply): [RawStage, string, RegExp] => ['mail', reply, new RegExp(reply.slice(0, 9))],
    ),
  ];

  test.each(faults)(
    'at %s %s: everything waits, and it costs nothing',
    async (stage, answer, trouble) => {
      await post.plan(READERS);
      const stub = post.opened(await startRawSmtp({ steps: { [stage]: inFirstMinute(answer) } }));
      await expectFreeMinute(trouble, stub, { port: stub.port });
    },
  );

  test('nobody is there: everything waits, and it costs nothing', async () => {
    await post.plan(READERS);
    const port = await freePort();
    let stub: SmtpStub | undefined;
    const counted = {
      get connections() {
        return stub?.connections ?? 0;
      },
    };
    void post.clock.sleep(MINUTE).then(async () => {
      stub = post.opened(await startSmtp({ port }));
    });
    await expectFreeMinute(/can't be used: .*ECONNREFUSED/, counted, { port });
  });

  test('the password is refused: everything waits, and it costs nothing', async () => {
    await post.plan(READERS);
    const auth = { user: 'papers', pass: 'right' };
    const wanted = { user: 'papers', pass: 'another' };
    const stub = post.opened(await startSmtp({ auth: wanted }));
    void post.clock.sleep(MINUTE).then(() => {
      wanted.pass = auth.pass;
    });
    await expectFreeMinute(/refuses the login\. It said: 535/, stub, { port: stub.port, auth });
  });
});
