import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemRandom } from '../../src/base/random.js';
import { openNoticeLimits } from '../../src/delivery/throttle/open-notice-limits.js';
import { createNoticeLimits, type NoticeLimits } from '../../src/subscribers/notice-limits.js';
import { requestSubscription } from '../../src/subscribers/subscribe.js';
import { activeSubscriber, mailsIn } from '../delivery/harness.js';
import { NO_LIMITS } from '../delivery/no-limits.js';
import { HOUR, MINUTE } from '../store/clock.js';
import { found } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { LANGUAGES } from '../support/languages.js';

const DAY = 24 * HOUR;
const SMALL = { perDomain: 5, perNetwork: 7, inAll: 12 };

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

interface Ask {
  email: string;
  ip?: string | null;
  sizes?: Omit<NoticeLimits, 'hash'>;
}

function ask({ email, ip = '203.0.113.7', sizes = SMALL }: Ask): Promise<{ email: string }> {
  const limits = createNoticeLimits('a secret of tests', sizes);
  const { store, clock } = temp;
  return store.atomically((stores) =>
    requestSubscription(
      { ...stores, limits, clock, languages: LANGUAGES },
      { email },
      { via: 'form', ip },
    ),
  );
}

/** What waits or went out: to whom, when, for what. */
async function queued(): Promise<{ email: string; at: number; cause: string }[]> {
  const { store } = temp;
  const all = await store.notices.claim('looking', 100_000);
  await store.notices.release(
    'looking',
    all.map(({ id }) => id),
  );
  return all.map(({ email, dueAt, cause }) => ({ email, at: dueAt, cause }));
}

/** All bytes of the store's files. */
function bytes(): string {
  const files = ['', '-wal'].map((ending) => `${temp.file}${ending}`);
  return files.map((file) => (existsSync(file) ? readFileSync(file, 'latin1') : '')).join('');
}

const WIDE = { perDomain: 1_000, perNetwork: 1_000, inAll: 1_000 };

describe('notices', () => {
  test('to one mailbox are few, whatever tags its address has', async () => {
    for (let n = 0; n < 22; n++) {
      await ask({ email: `ada+${n}@reader.test`, sizes: WIDE });
      await ask({ email: `a.d.a+${n}@gmail.com`, ip: `198.51.100.${n}`, sizes: WIDE });
    }
    expect(await queued()).toHaveLength(2);
    expect(await temp.store.subscribers.list({ after: 0, limit: 99 })).toHaveLength(2);
    expect(await temp.store.noticeCounts.withheld()).toMatchObject({ mailbox: 42, domain: 0 });
    temp.clock.advance(DAY);
    await ask({ email: 'ada+new@reader.test', sizes: WIDE });
    expect((await queued()).map(({ email }) => email)).toContain('ada+new@reader.test');
  });

  test('to a mailbox leave one for its plain address, whatever tags were asked for', async () => {
    for (let n = 0; n < 9; n++) await ask({ email: `victim+${n}@reader.test`, sizes: WIDE });
    for (let n = 0; n < 9; n++) await ask({ email: 'Victim@reader.test', sizes: WIDE });
    const emails = (await queued()).map(({ email }) => email);
    expect(emails).toEqual(['victim+0@reader.test', 'Victim@reader.test']);
  });

  test.each(['ada@reader.test', 'ada+papers@reader.test', 'a.da@gmail.com'])(
    'to a mailbox leave one for %s, whose reader it is, and stay three',
    async (email) => {
      const at = email.lastIndexOf('@');
      const [local, domain] = [email.slice(0, at), email.slice(at)];
      await activeSubscriber(temp.store, email);
      const asked = ['+1', '+2', '+3'].map((tag) => `ada${tag}${domain}`);
      for (const one of [...asked, `ada${domain}`, `ADA${domain}`]) {
        if (one.toLowerCase() !== email) await ask({ email: one, sizes: WIDE });
      }
      for (let n = 0; n < 5; n++) await ask({ email: `${local}${domain}`, sizes: WIDE });
      const sent = await queued();
      expect(sent.filter((one) => one.email === email).map(({ cause }) => cause)).toContain(
        'reader',
      );
      expect(sent.length).toBeLessThanOrEqual(3);
    },
  );

  test('in all are no more than the caps let out in two days, which a notice waits', async () => {
    for (let n = 0; n < 9; n++) {
      const sizes = { ...WIDE, mostOfDay: () => 3 };
      await ask({ email: `a${n}@reader.test`, ip: null, sizes });
    }
    expect(await queued()).toHaveLength(6);
    expect(await temp.store.noticeCounts.withheld()).toMatchObject({ all: 3 });
  });

  describe('of one network', () => {
    /** `DAILY_CAP=500`, and a day of a warm-up. */
    const of = async (cap: number) => {
      const limits = await openNoticeLimits(
        {
          noticeLimits: { perDomain: 100, perNetwork: 50, inAll: 24_000 },
          rateLimits: { ...NO_LIMITS, dailyCap: cap },
          routes: [],
        },
        { settings: temp.store.settings, random: systemRandom },
      );
      return limits;
    };

    test.each([
      [500, 50, 5 + 12],
      [200, 20, 4 + 5],
      [50, 5, 1 + 1],
      [20, 2, 1 + 1],
    ])('under a cap of %i leave room for all others', async (cap, mostOfDay, most) => {
      const sizes = await of(cap);
      expect(sizes.mostOfDay?.(temp.clock.now())).toBe(mostOfDay);
      for (let n = 0; n < 50; n++) {
        await ask({ email: `a${n}@reader.test`, ip: `203.0.113.${n}`, sizes });
      }
      expect(await queued()).toHaveLength(most);
      for (let n = 0; n < 3; n++) {
        await ask({ email: `new${n}@other.test`, ip: `198.51.${n}.1`, sizes });
      }
      const others = (await queued()).filter(({ email }) => email.startsWith('new'));
      expect(others.map(({ cause }) => cause)).toEqual(['stranger', 'stranger', 'stranger']);
      expect(await temp.store.noticeCounts.withheld()).toMatchObject({ all: 0 });
    });

    test('and of many, whoever comes after the notices of a day gets one the day after', async () => {
      const sizes = await of(200);
      for (let n = 0; n < 21; n++) {
        await ask({ email: `a${n}@host${n}.test`, ip: `203.0.${n}.1`, sizes });
      }
      expect((await queued()).map(({ email }) => email)).toContain('a20@host20.test');
    });
  });

  test('to one domain and all below it are limited, and the big ones get ten times as many', async () => {
    for (let n = 0; n < 9; n++) {
      await ask({ email: `reader${n}@host${n}.victim.test`, sizes: { ...WIDE, perDomain: 4 } });
    }
    expect(await queued()).toHaveLength(4);
    for (let n = 0; n < 45; n++) {
      await ask({ email: `reader${n}@gmail.com`, sizes: { ...WIDE, perDomain: 4 } });
    }
    expect(await queued()).toHaveLength(44);
    expect(await temp.store.noticeCounts.withheld()).toMatchObject({ domain: 10 });
  });

  test('that one network asks for are limited, but not those of a private one', async () => {
    for (let n = 0; n < 9; n++) {
      const sizes = { ...WIDE, perNetwork: 4 };
      await ask({ email: `a${n}@reader.test`, ip: `203.0.113.${n}`, sizes });
      await ask({ email: `b${n}@reader.test`, ip: `2001:db8:1:${n}::1`, sizes });
      await ask({ email: `c${n}@reader.test`, ip: '10.0.0.1', sizes });
      await ask({ email: `d${n}@reader.test`, ip: null, sizes });
    }
    const emails = (await queued()).map(({ email }) => email);
    for (const [who, count] of Object.entries({ a: 4, b: 4, c: 9, d: 9 })) {
      expect([who, emails.filter((email) => email.startsWith(who)).length]).toEqual([who, count]);
    }
    expect(await temp.store.noticeCounts.withheld()).toMatchObject({ network: 10 });
  });

  test('in all are limited, and readers are not kept waiting by strangers', async () => {
    await activeSubscriber(temp.store, 'reader@reader.test');
    for (let n = 0; n < 9; n++) {
      await ask({ email: `a${n}@reader.test`, ip: null, sizes: { ...WIDE, inAll: 4 } });
    }
    await ask({ email: 'reader@reader.test', sizes: { ...WIDE, inAll: 4 } });
    const causes = (await queued()).map(({ cause }) => cause);
    expect(causes).toEqual(['stranger', 'stranger', 'stranger', 'stranger', 'reader']);
    expect(await temp.store.noticeCounts.withheld()).toMatchObject({ all: 5 });
  });

  test('of a network that has asked for many go behind those of others', async () => {
    for (let n = 0; n < 7; n++) await ask({ email: `a${n}@reader.test`, sizes: WIDE });
    await ask({ email: 'other@reader.test', ip: '198.51.100.1', sizes: WIDE });
    const causes = (await queued()).map(({ cause }) => cause);
    expect(causes).toEqual([...Array(5).fill('stranger'), 'crowd', 'crowd', 'stranger']);
  });
});

describe('over a limit', () => {
  test('the answer is the same, and nothing of what was typed is kept', async () => {
    for (let n = 0; n < 4; n++) await ask({ email: `ada+${n}@reader.test`, sizes: WIDE });
    const email = 'ada+secretword@reader.test';
    expect(await ask({ email, sizes: WIDE })).toEqual({ email });
    expect(await temp.store.subscribers.findByEmail(email)).toBeNull();
    expect(bytes()).not.toContain('secretword');
    expect(bytes()).not.toContain('203.0.113.0');
  });

  test('old counters are forgotten', async () => {
    await ask({ email: 'ada@reader.test' });
    expect(await temp.store.noticeCounts.forget(temp.clock.now() + DAY)).toBe(0);
    expect(await temp.store.noticeCounts.forget(temp.clock.now() + DAY + HOUR)).toBe(7);
  });

  test('a clock that was wrong by years limits nobody for long', async () => {
    temp.clock.advance(400 * DAY);
    for (let n = 0; n < 9; n++) await ask({ email: `a${n}@reader.test`, sizes: SMALL });
    temp.clock.advance(-400 * DAY);
    await ask({ email: 'now@reader.test' });
    expect((await queued()).map(({ email }) => email)).toContain('now@reader.test');
  });
});

test('mails to one mailbox, to one domain, of one network and in all are bounded in any day', async () => {
  const people = ['ada', 'bob', 'eve'];
  const requests = fc.array(
    fc.record({
      person: fc.constantFrom(...people),
      domain: fc.constantFrom('gmail.com', 'googlemail.com', 'a.victim.test', 'b.victim.test'),
      tag: fc.constantFrom('', '+1', '+2', '+x+y'),
      upper: fc.boolean(),
      net: fc.integer({ min: 1, max: 3 }),
      host: fc.integer({ min: 1, max: 9 }),
      wait: fc.constantFrom(0, MINUTE, 5 * HOUR, 13 * HOUR, DAY - 1),
      confirms: fc.boolean(),
    }),
    { minLength: 20, maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(requests, async (sequence) => {
      await temp.close();
      temp = await tempStore();
      const sent: { mailbox: string; domain: string; net: number; at: number }[] = [];
      let known = 0;
      for (const { person, domain, tag, upper, net, host, wait, confirms } of sequence) {
        temp.clock.advance(wait);
        const email = `${upper ? person.toUpperCase() : person}${tag}@${domain}`;
        await ask({ email, ip: `203.0.${net}.${host}` });
        const notices = mailsIn(temp.file, 'notices').length;
        const at = temp.clock.now();
        const isGoogle = domain.startsWith('g');
        const mailbox = `${person}@${isGoogle ? 'gmail.com' : domain}`;
        const counted = isGoogle ? 'gmail.com' : 'victim.test';
        for (; known < notices; known++) sent.push({ mailbox, domain: counted, net, at });
        const reader = await temp.store.subscribers.findByEmail(email);
        if (confirms && reader) {
          await temp.store.subscribers.confirm(reader.id, found(reader).round, at);
        }
      }
      for (const { at } of sent) {
        const day = sent.filter((mail) => mail.at >= at && mail.at < at + DAY);
        const most = (key: (mail: (typeof sent)[number]) => string | number) => {
          const counts = new Map<string | number, number>();
          for (const mail of day) counts.set(key(mail), (counts.get(key(mail)) ?? 0) + 1);
          return Math.max(...counts.values());
        };
        expect(most(({ mailbox }) => mailbox)).toBeLessThanOrEqual(3);
        // Readers and strangers are counted apart.
        const victims = day.filter((mail) => mail.domain === 'victim.test').length;
        expect(victims).toBeLessThanOrEqual(2 * SMALL.perDomain);
        expect(most(({ net }) => net)).toBeLessThanOrEqual(2 * SMALL.perNetwork);
        expect(day.length).toBeLessThanOrEqual(2 * SMALL.inAll);
      }
    }),
    { numRuns: 15 },
  );
}, 120_000);
