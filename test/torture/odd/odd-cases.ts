import type { Oddity, RateCount, SessionEnd } from './oddity.js';

/** How the program is run against the server. */
export type Course =
  /** One `send` to its end. */
  | { kind: 'send' }
  /**
   * A `send` that ends by itself, or after `stopAfter` milliseconds; once the outage has lasted so
   * long the server is mended, and there is another.
   */
  | { kind: 'outage'; ms: number; stopAfter?: number }
  /** So many `send`s, one after another, each to its end or for `stopAfter` milliseconds. */
  | { kind: 'starts'; times: number; stopAfter?: number };

/** What the time of the run is held against. */
export type Yardstick =
  /**
   * The same mails to the same server without its oddity, over all connections or so many, and what
   * it costs to connect as often as the server closes.
   */
  | { kind: 'plain'; connections?: number; closings?: number }
  /** What the server's own limits leave no way around, in milliseconds. */
  | { kind: 'limit'; ms: number }
  /** As long as the outage, and the longest pause between two probes. */
  | { kind: 'outage' }
  | { kind: 'none' };

export interface OddCase {
  name: string;
  oddity: Oddity;
  mails: number;
  domains: number;
  tls: boolean;
  think: number;
  course: Course;
  yardstick: Yardstick;
  /** How many times as long as by the yardstick it may take. */
  factor: number;
  expect: Expectations;
}

export interface Expectations {
  /** Whether everybody has the mail in the end, or nobody. */
  accepted: 'all' | 'none';
  /** Which attempts may be counted: any, none for the server's own doing, none of what was not accepted. */
  attempts: 'free' | 'none in vain' | 'none before acceptance';
  /** Whether the first `send` has to say that sending is held, and to end with 1. */
  held: boolean;
  /** Most AUTH commands. */
  logins?: number;
  /** Most uploads for each mail once so many milliseconds are over. */
  uploads?: { most: number; after: number };
}

export interface Numbers {
  mails: number;
  /** In a short form times are shorter, and `send` is stopped where it would wait. */
  short: boolean;
}

type Parts = Pick<OddCase, 'name' | 'oddity'> &
  Partial<Omit<OddCase, 'expect'>> & { expect?: Partial<Expectations> };

const DOMAINS = 8;
/** Paperboy's own longest pause between two probes of a server that refuses all. */
export const PROBE_INTERVAL = 60_000;
/** The first seconds, in which a sender finds out how much a server takes. */
const FINDING_OUT = 5_000;
const UPLOADS = { most: 1.3, after: FINDING_OUT };

export const GREYLISTINGS: Record<string, string> = {
  '451': '451 4.7.1 Greylisted, please try again later',
  '450': '450 4.2.0 <x>: Recipient address rejected: Greylisted',
  wordless: '451 4.7.1 Please try again later',
};
const DENIALS: Record<string, string> = {
  '554': '554 5.7.1 Relay access denied',
  '553': '553 5.7.1 Sender address rejected: not owned by user y',
};
const UNKNOWN = '550 5.1.1 User unknown in virtual alias table';
const THROTTLED = '454 4.7.0 Throttling failure: Maximum sending rate exceeded';
const SLOW_DOWN = '451 4.7.0 Too many messages, slow down';

const SESSION_ENDS: SessionEnd[] = ['mail', 'rcpt', 'unasked', 'recipients', 'busy'];

/** All cases, in the order of the table. */
export function oddCases(numbers: Numbers): OddCase[] {
  return [
    ...closings(numbers),
    ...fewConnections(),
    ...shortSessions(numbers),
    ...greylists(numbers),
    ...throttles(numbers),
    ...outages(numbers),
  ].map((parts) => ({
    mails: numbers.mails,
    domains: DOMAINS,
    tls: false,
    think: 0,
    course: { kind: 'send' },
    yardstick: { kind: 'plain' },
    factor: 2,
    ...parts,
    expect: { accepted: 'all', attempts: 'free', held: false, ...parts.expect },
  }));
}

function closings({ mails }: Numbers): Parts[] {
  return (['fin', 'rst'] as const).flatMap((how) =>
    [false, true].flatMap((tls) =>
      [1, 7, 20].map((every) => ({
        name: `close-${how}-${every}${tls ? '-tls' : ''}`,
        oddity: { kind: 'close' as const, every, how },
        tls,
        yardstick: { kind: 'plain' as const, closings: mails / every },
        expect: { attempts: 'none in vain' as const },
      })),
    ),
  );
}

function fewConnections(): Parts[] {
  return [5, 2].flatMap((allowed) =>
    (['greeting', 'close', 'dot'] as const).map((how) => ({
      name: `allowed-${allowed}-${how}`,
      oddity: { kind: 'connections' as const, allowed, how },
      yardstick: { kind: 'plain' as const, connections: allowed },
      expect: { attempts: 'none in vain' as const },
    })),
  );
}

function shortSessions({ mails }: Numbers): Parts[] {
  const expect = { attempts: 'none in vain' } as const;
  const counted = SESSION_ENDS.map((how) => ({
    name: `session-20-${how}`,
    oddity: { kind: 'session' as const, mails: 20, how },
    yardstick: { kind: 'plain' as const, closings: mails / 20 },
    expect,
  }));
  // Each mail takes a while, so that sessions live to see their end.
  const timed = (['reply', 'fin'] as const).map((how) => ({
    name: `lifetime-${how}`,
    oddity: { kind: 'lifetime' as const, ms: 2_000, how },
    think: 150,
    expect,
  }));
  return [...counted, ...timed];
}

function greylists({ short }: Numbers): Parts[] {
  const ms = short ? 5_000 : 20_000;
  return Object.entries(GREYLISTINGS).flatMap(([name, reply]) =>
    [1, DOMAINS].map((domains) => ({
      name: `greylist-${name}${domains === 1 ? '-one-domain' : ''}`,
      oddity: { kind: 'greylist' as const, ms, reply },
      mails: domains === 1 ? 40 : 200,
      domains,
      yardstick: { kind: 'limit' as const, ms: 3 * ms },
      factor: 1,
    })),
  );
}

function throttles({ short }: Numbers): Parts[] {
  const ofAll = (name: string, counts: RateCount): Parts => {
    const [mails, perSecond] = [short ? 150 : 1_000, 14];
    return {
      name,
      oddity: { kind: 'rate', perSecond, at: 'dot', counts, reply: THROTTLED },
      mails,
      yardstick: { kind: 'limit', ms: (mails / perSecond) * 1_000 },
      factor: 1.5,
      expect: { uploads: UPLOADS },
    };
  };
  // The readers of one domain of four.
  const [mails, perSecond, domains] = [short ? 200 : 1_200, 10, 4];
  return [
    ofAll('throttle-454', 'all'),
    ofAll('throttle-454-passed', 'passed'),
    {
      name: 'throttle-451-one-domain',
      oddity: {
        kind: 'rate',
        perSecond,
        at: 'rcpt',
        counts: 'all',
        reply: SLOW_DOWN,
        domain: 'reader1.test',
      },
      mails,
      domains,
      yardstick: { kind: 'limit', ms: (mails / domains / perSecond) * 1_000 },
      factor: 1.5,
      expect: { uploads: UPLOADS },
    },
  ];
}

function outages({ short }: Numbers): Parts[] {
  const outage: Course = short
    ? { kind: 'outage', ms: 8_000, stopAfter: 8_000 }
    : { kind: 'outage', ms: 60_000 };
  const common = { mails: 30, domains: 3, yardstick: { kind: 'outage' as const }, factor: 1.5 };
  const uncounted = { attempts: 'none before acceptance' } as const;
  return [
    ...Object.entries(DENIALS).flatMap(([name, reply]): Parts[] => [
      {
        ...common,
        name: `denied-${name}`,
        oddity: { kind: 'refuse', reply },
        course: outage,
        expect: { ...uncounted, held: true },
      },
    ]),
    {
      ...common,
      name: 'unknown-to-all',
      oddity: { kind: 'refuse', reply: UNKNOWN },
      course: outage,
      expect: { held: true },
    },
    {
      ...common,
      name: 'login-refused',
      oddity: { kind: 'login' },
      course: { kind: 'starts', times: 3, ...(short && { stopAfter: 7_000 }) },
      yardstick: { kind: 'none' },
      expect: { accepted: 'none', ...uncounted, held: true, logins: 5 },
    },
  ];
}
