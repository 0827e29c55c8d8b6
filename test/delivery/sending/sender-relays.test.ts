import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Routing } from '../../../src/delivery/sending/routes.js';
import type { SenderRoute } from '../../../src/delivery/sending/sender.js';
import { smtpServer } from '../../../src/mail/smtp/smtp.js';
import { HOUR, MINUTE, SECOND } from '../../store/clock.js';
import type { Table } from '../../store/contract/dialect.js';
import { freePort } from '../../support/program.js';
import type { SmtpOptions } from '../../support/smtp.js';
import { addresses, expectPaced, leapTo, startTimedSmtp } from '../arrivals.js';
import { enqueueNotice } from '../harness.js';
import { Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

const smtp = async (options?: SmtpOptions) =>
  post.opened(await startTimedSmtp(post.clock, options));

/** gmail.com=ses|own,*=own|ses */
const ROUTING: Routing = {
  rules: [
    { domain: 'gmail.com', routes: ['ses', 'own'] },
    { domain: '*', routes: ['own', 'ses'] },
  ],
};

const server = (port: number) =>
  smtpServer({ host: '127.0.0.1', port, secure: false, ignoreTLS: true }, 'papers.example.org');

function route(name: string, port: number, changes: Partial<SenderRoute> = {}): SenderRoute {
  const limits = { connections: 2, mailsPerConnection: 100, rate: null, dailyCap: null };
  return { name, server: server(port), ...limits, ...changes };
}

const over = (...routes: SenderRoute[]) => ({ port: 0, routes, routing: ROUTING });
const GMAIL = addresses('gmail.com', 10);
const OTHERS = addresses('other.example', 10);
const recipients = (stub: { received: { to: string[] }[] }) =>
  stub.received.flatMap(({ to }) => to).sort();
const routes = () => new Set(post.mails().map((mail) => Object(mail).route));
const DENIED = { code: 530, text: '5.7.1 Access denied for this account' };

describe('of two routes', () => {
  test('each domain takes its first, and the ledger says which', async () => {
    const [ses, own] = [await smtp(), await smtp()];
    await post.planTo([...GMAIL, ...OTHERS]);
    await post.run(over(route('ses', ses.port), route('own', own.port)));
    expect(recipients(ses)).toEqual([...GMAIL].sort());
    expect(recipients(own)).toEqual([...OTHERS].sort());
    expect(post.mails().map((mail) => Object(mail).route)).toEqual([
      ...GMAIL.map(() => 'ses'),
      ...OTHERS.map(() => 'own'),
    ]);
  });

  test('the other takes all while one is held', async () => {
    const ses = await smtp({ onMail: () => DENIED });
    const own = await smtp();
    await post.planTo([...GMAIL, ...OTHERS]);
    const sender = await post.run(over(route('ses', ses.port), route('own', own.port)));
    expect(recipients(own)).toEqual([...GMAIL, ...OTHERS].sort());
    expect(sender.held?.route).toBe('ses');
    expect(routes()).toEqual(new Set(['own']));
    for (const mail of post.mails()) expect(mail.attempts).toBe(1);
  });

  test('the other takes all while one is away', async () => {
    const own = await smtp();
    await post.planTo([...GMAIL, ...OTHERS]);
    await post.run(over(route('ses', await freePort()), route('own', own.port)));
    expect(recipients(own)).toEqual([...GMAIL, ...OTHERS].sort());
    for (const mail of post.mails()) expect(mail).toMatchObject({ attempts: 1, route: 'own' });
  });

  test('the other takes what is beyond the daily cap of one', async () => {
    const [ses, own] = [await smtp(), await smtp()];
    await post.planTo([...GMAIL, ...OTHERS]);
    await post.run(over(route('ses', ses.port, { dailyCap: 4 }), route('own', own.port)));
    expect(recipients(ses).concat(recipients(own)).sort()).toEqual([...GMAIL, ...OTHERS].sort());
    expect(ses.received.length).toBeLessThanOrEqual(4);
    expect(ses.received.length).toBeGreaterThanOrEqual(3);
    expect(recipients(ses).every((address) => GMAIL.includes(address))).toBe(true);
  });

  test('digests and notices each have their part of the daily cap of one', async () => {
    const ses = await smtp();
    const readers = await post.planTo(addresses('other.example', 60));
    for (const reader of readers.slice(0, 30)) {
      await enqueueNotice(post.store, reader, 'preferences', post.clock.now());
    }
    const stopped = async (idleFor: number) => idleFor > 5 * SECOND;
    const count = (table: Table) =>
      post.mails(table).filter((mail) => mail.state === 'accepted').length;
    for (let hour = 0; hour < 4; hour++) {
      const sender = post.sender(over(route('ses', ses.port, { dailyCap: 50 })));
      await sender.run(new AbortController().signal, stopped);
      expect(count('deliveries')).toBe(45);
      expect(count('notices')).toBe(Math.min(5, 2 * (hour + 1)));
      leapTo(post.clock, post.clock.now() + HOUR);
    }
    expect(ses.received).toHaveLength(50);
  });

  test('a slow one with many mails ahead does not keep the other waiting', async () => {
    const [ses, own] = [await smtp(), await smtp()];
    const many = addresses('gmail.com', 300);
    const few = addresses('other.example', 40);
    await post.planTo([...many, ...few]);
    // A mail in a quarter of an hour: while the others go, hardly any of its own does.
    const sender = post.sender(
      over(route('ses', ses.port, { rate: 0.001 }), route('own', own.port)),
    );
    const begin = post.clock.now();
    await sender.run(new AbortController().signal, async () => own.received.length === few.length);
    expect(recipients(own)).toEqual([...few].sort());
    expect(post.clock.now() - begin).toBeLessThan(15 * MINUTE);
    expect(ses.received.length).toBeLessThanOrEqual(2);
  });

  test('a mail that may have arrived is repeated over its own, and waits for that', async () => {
    const ses = await smtp({ dropAt: { stage: 'dot', times: 1 } });
    const own = await smtp();
    const [reader = ''] = GMAIL;
    await post.planTo([reader]);
    const stop = new AbortController();
    const first = post.sender(over(route('ses', ses.port), route('own', own.port)));
    await first.run(stop.signal, async () => post.mails()[0]?.state === 'uncertain');
    expect(ses.attempts).toHaveLength(1);
    const away = await freePort();
    await post.run({ ...over(route('ses', away), route('own', own.port)), patience: 300 });
    expect(own.attempts).toEqual([]);
    expect(post.mails()[0]).toMatchObject({ state: 'uncertain', route: 'ses', ended_at: null });
    await post.run(over(route('ses', ses.port), route('own', own.port)));
    expect(own.attempts).toEqual([]);
    const [mail, copy] = ses.attempts;
    expect(copy?.raw.equals(mail?.raw ?? Buffer.of())).toBe(true);
    expect(post.mails()[0]).toMatchObject({ state: 'accepted', route: 'ses', attempts: 2 });
  });

  test('each has its own rate and connections', async () => {
    const [ses, own] = [await smtp(), await smtp()];
    const most = { ses: 0, own: 0 };
    ses.hooks.onMail = () => {
      most.ses = Math.max(most.ses, ses.openConnections);
      return undefined;
    };
    own.hooks.onMail = () => {
      most.own = Math.max(most.own, own.openConnections);
      return undefined;
    };
    await post.planTo([...addresses('gmail.com', 12), ...addresses('other.example', 60)]);
    const begin = post.clock.now();
    const slow = route('ses', ses.port, { rate: 2, connections: 1 });
    const fast = route('own', own.port, { connections: 3, mailsPerConnection: 7 });
    await post.run(over(slow, fast));
    expect([ses.received.length, own.received.length]).toEqual([12, 60]);
    expectPaced(ses.arrivals, begin, 500);
    expect(most.ses).toBe(1);
    expect(most.own).toBeLessThanOrEqual(3);
    expect(own.connections).toBeGreaterThanOrEqual(9);
    expect(ses.connections).toBeLessThan(9);
  });

  test('one that throttles costs the other nothing', async () => {
    let left = 10;
    const throttling = { code: 454, text: '4.7.0 Throttling failure' };
    const ses = await smtp({ onData: () => (left-- > 0 ? throttling : undefined) });
    const own = await smtp();
    await post.planTo([...OTHERS, ...GMAIL]);
    const sender = await post.run(over(route('ses', ses.port), route('own', own.port)));
    expect([recipients(ses), recipients(own)]).toEqual([[...GMAIL].sort(), [...OTHERS].sort()]);
    for (const mail of post.mails()) expect(mail).toMatchObject({ state: 'accepted', attempts: 1 });
    expect(own.attempts).toHaveLength(OTHERS.length);
    expect(sender.status.throttling.throttled.map(({ domain }) => domain)).not.toContain('*own');
    expect(sender.held).toBeNull();
  });
});
