import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../support/program.js';
import type { ReceivedMail } from '../support/received-mail.js';
import { type Desk, openDesk, sentences } from './desk.js';
import { planned, writeRows } from './desk-store.js';

const DAYS = ['2026-03-02', '2026-03-03', '2026-03-04'] as const;
const [FIRST, SECOND, THIRD] = DAYS;
const OPERATOR = 'operator@desk.test';

/** As many readers of these domains, in turn. */
const readers = (count: number, ...domains: string[]) =>
  Array.from({ length: count }, (_, n) => `reader${n}@${domains[n % domains.length]}`);
const GMAIL = readers(120, 'gmail.com', 'googlemail.com');
const YAHOO = readers(120, 'yahoo.de', 'yahoo.com', 'yahoo.co.uk', 'aol.com', 'ymail.com');
const OTHERS = readers(3, 'one.test', 'two.test');

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({ parse: false }, { OPERATOR_EMAIL: OPERATOR });
});
afterEach(() => desk.close());

interface Sent {
  accepted: number;
  planned: number;
  held: { reason: string; reply: string; since: string; next: string } | null;
}

async function send(date: string): Promise<Sent & { code: number | null; told: string }> {
  const result = await desk.run(['send', '--date', date, '--now', '--json']);
  return { ...result.json<Sent>(), code: result.code, told: sentences(result).at(-1) ?? '' };
}

/** What came back of the first deliveries to readers of a domain, each for another reader. */
function cameBack(kind: string, domain: string, count: number, trust = 'return-path'): void {
  writeRows(
    desk,
    `insert into reports (at, via, kind, email_key, domain, delivery_id, subscriber_id, trust,
      reply, action, event_key)
    select ${Date.now()}, 'command', '${kind}', s.email_key, '${domain}', m.id, s.id, '${trust}',
      '', 'counted', '${kind} ' || m.id
    from deliveries as m join subscribers as s on s.id = m.subscriber_id
    where m.state = 'accepted' and s.email_key like '%@${domain}' order by m.id limit ${count}`,
  );
}

const to = (mail: ReceivedMail) => mail.to.join();
const atDomains = (...domains: string[]) =>
  desk.smtp.received.map(to).filter((one) => domains.includes(one.slice(one.indexOf('@') + 1)));
const toOperator = () => desk.smtp.received.filter((mail) => to(mail) === OPERATOR);

describe('complaints over the limit', () => {
  beforeEach(async () => {
    await planned(desk, FIRST, [...GMAIL, ...YAHOO, ...OTHERS], Date.now());
    expect(await send(FIRST)).toMatchObject({ code: 0, accepted: 243, held: null });
    desk.smtp.received.length = 0;
    cameBack('complaint', 'yahoo.com', 12);
    await planned(desk, SECOND, [...GMAIL, ...YAHOO, ...OTHERS], Date.now());
  });

  test('pause digests to their group and to no other, while notices go on', async () => {
    await desk.json(['subscribers', 'add', 'new@yahoo.fr']);
    const sent = await send(SECOND);
    expect(sent).toMatchObject({
      ...{ code: 1, accepted: 123, planned: 120 },
      held: {
        reason: 'Digests to yahoo are paused: too many of its readers report them as spam.',
        reply: '12 of 120 digests of 7 days (10 %) were reported as spam',
      },
    });
    expect(sent.told).toMatch(
      /^paperboy: 120 deliveries are left\. Digests to yahoo are paused.*"paperboy holds lift yahoo"\.$/,
    );
    expect(atDomains('yahoo.de', 'yahoo.com', 'yahoo.co.uk', 'aol.com', 'ymail.com')).toEqual([]);
    expect(atDomains('yahoo.fr')).toEqual(['new@yahoo.fr']);
    expect(atDomains('gmail.com', 'googlemail.com')).toHaveLength(120);
  });

  test("are told to the operator once, without a reader's address", async () => {
    await send(SECOND);
    await send(SECOND);
    const [mail, ...others] = toOperator();
    expect(others).toEqual([]);
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail?.headers.get('subject')).toBe('[Paperboy] Digests to yahoo are paused');
    const raw = mail?.raw.toString() ?? '';
    expect(raw).toContain('paperboy holds lift yahoo');
    expect(raw).not.toMatch(/reader\d+@/);
  });

  test('pause nothing any more once the operator says so, for a day', async () => {
    await send(SECOND);
    expect(await desk.json(['holds', 'list'])).toMatchObject({
      holds: [{ route: '*', domain: 'yahoo', code: 'complaints' }],
      resumed: [],
    });
    const lifted = await desk.json(['holds', 'lift', 'Yahoo.co.uk']);
    expect(lifted).toMatchObject({ group: 'yahoo', wasPaused: true });
    expect(await send(SECOND)).toMatchObject({ code: 0, accepted: 243, held: null });
    await planned(desk, THIRD, YAHOO, Date.now());
    expect(await send(THIRD)).toMatchObject({ code: 0, accepted: 243 });
    expect(await desk.json(['holds'])).toMatchObject({ holds: [], resumed: [{ group: 'yahoo' }] });
    writeRows(desk, 'update resumed_groups set until = 1');
    await planned(desk, '2026-03-05', YAHOO, Date.now());
    // Of more mails the same reports are a smaller part, and it is over the limit all the same.
    expect(await send('2026-03-05')).toMatchObject({ code: 1, accepted: 123, planned: 120 });
  });

  test('end by themselves when the days are over that they are about', async () => {
    await send(SECOND);
    writeRows(desk, "update mail_counts set day = '2020-01-01' where event = 'complaint'");
    expect(await send(SECOND)).toMatchObject({ code: 0, accepted: 243, held: null });
    expect(desk.rows('select * from alarms where ended_at is null')).toEqual([]);
  });

  test('stand in doctor with what helps', async () => {
    const before = await desk.run(['doctor', '--json']);
    const told = before.json<{ findings: { subject: string; ok: boolean; told: string }[] }>();
    expect(told.findings.find(({ subject }) => subject === 'mail to yahoo')).toMatchObject({
      ok: false,
      told: expect.stringMatching(
        /^12 of 120 digests .* over the limit of 0\.3 %: mail only those/,
      ),
    });
    await send(SECOND);
    const { code, stdout } = await desk.run(['doctor']);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^FAIL {2}mail to yahoo: Digests to yahoo are paused.*holds lift yahoo/m,
    );
  });

  test('are in the metrics of a worker, which pauses by itself', async () => {
    const port = await freePort();
    const worker = desk.start(['worker'], { METRICS_PORT: String(port) });
    await worker.waitForLog(/"event":"digests_paused","group":"yahoo"/, 60_000);
    const ask = async () => (await fetch(`http://localhost:${port}/metrics`)).text();
    await expect.poll(ask, { timeout: 30_000 }).toContain('paperboy_alarm{code="paused yahoo"} 1');
    const metrics = await ask();
    for (const line of [
      'paperboy_mail_events{group="yahoo",mails="digest",event="complaint",window="week"} 12',
      'paperboy_mail_rate{group="yahoo",mails="digest",event="complaint",window="today"} 0.1',
      'paperboy_mail_rate_limit{event="complaint",level="over"} 0.003',
      'paperboy_sending_held{route="*",code="complaints"} 1',
    ]) {
      expect(metrics).toContain(line);
    }
    await desk.smtp.waitFor((mail) => to(mail) === OPERATOR, 30_000);
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    expect(atDomains('yahoo.de', 'aol.com')).toEqual([]);
  });
});

describe('nothing is paused', () => {
  async function sendAfter(
    kind: string,
    count: number,
    { domain = 'yahoo.com', trust = 'return-path' } = {},
  ) {
    await planned(desk, FIRST, [...YAHOO, ...OTHERS], Date.now());
    await send(FIRST);
    cameBack(kind, domain, count, trust);
    await planned(desk, SECOND, [...YAHOO, ...OTHERS], Date.now());
    return send(SECOND);
  }

  test('by reports that anybody could have sent', async () => {
    expect(await sendAfter('complaint', 5, { trust: 'none' })).toMatchObject({ code: 0 });
    expect(toOperator()).toEqual([]);
  });

  test('by a reader of a few', async () => {
    expect(await sendAfter('complaint', 1, { domain: 'one.test' })).toMatchObject({ code: 0 });
    expect(toOperator()).toEqual([]);
  });

  test('by a handful of complaints, of which the operator is told', async () => {
    expect(await sendAfter('complaint', 9)).toMatchObject({ code: 0, accepted: 123 });
    expect(toOperator().map((mail) => mail.headers.get('subject'))).toEqual([
      '[Paperboy] Too many mails to yahoo come back',
    ]);
    const { stdout } = await desk.run(['doctor']);
    expect(stdout).toMatch(/^warn {2}mail to yahoo: 9 of .*over the limit of 0\.3 %/m);
  });

  test('by blocks, of which the operator is told', async () => {
    expect(await sendAfter('policy', 8)).toMatchObject({ code: 0, accepted: 123 });
    expect(toOperator().map((mail) => mail.headers.get('subject'))).toEqual([
      '[Paperboy] Too many mails to yahoo come back',
    ]);
  });

  test('by full mailboxes', async () => {
    expect(await sendAfter('full', 20)).toMatchObject({ code: 0 });
    expect(toOperator()).toEqual([]);
  });

  test('by what came back of notices, which strangers can cause', async () => {
    await planned(desk, FIRST, [...YAHOO], Date.now());
    await send(FIRST);
    writeRows(
      desk,
      `insert into mail_counts values (date('now'), 'accepted', 'yahoo', 'notice', 200),
        (date('now'), 'complaint', 'yahoo', 'notice', 50), (date('now'), 'permanent', 'yahoo', 'notice', 50)`,
    );
    await planned(desk, SECOND, [...YAHOO], Date.now());
    expect(await send(SECOND)).toMatchObject({ code: 0, accepted: 120 });
    expect(toOperator()).toHaveLength(2);
  });
});

test('what was sent before an upgrade counts, too', async () => {
  await planned(desk, FIRST, YAHOO, Date.now());
  await send(FIRST);
  // As if they were of the release before.
  writeRows(desk, 'delete from mail_counts');
  writeRows(
    desk,
    `update settings set value = '${Date.now()}' where name = 'mails counted since';
    update settings set value = 'all' where name = 'old mails counted down to';`,
  );
  await desk.run(['send', '--date', FIRST]);
  const counts = () =>
    desk.rows<{ n: number }>("select sum(count) as n from mail_counts where event = 'accepted'");
  expect(counts()).toEqual([{ n: 120 }]);
  await desk.run(['send', '--date', FIRST]);
  expect(counts()).toEqual([{ n: 120 }]);
});

test('mailboxes that do not exist pause a group, too', async () => {
  const all = readers(100, 'company.test');
  await planned(desk, FIRST, all, Date.now());
  await send(FIRST);
  cameBack('permanent', 'company.test', 4);
  await planned(desk, SECOND, all, Date.now());
  expect(await send(SECOND)).toMatchObject({ code: 0, accepted: 100 });
  expect((await desk.run(['doctor'])).stdout).toContain('ok    rates:');
  writeRows(desk, 'delete from reports');
  writeRows(desk, 'delete from counted_reports');
  cameBack('permanent', 'company.test', 10);
  await planned(desk, THIRD, all, Date.now());
  const sent = await send(THIRD);
  expect(sent).toMatchObject({
    code: 1,
    accepted: 0,
    held: { reason: expect.stringContaining('company.test') },
  });
});

test('holds lift says what is no group', async () => {
  const result = await desk.run(['holds', 'lift', 'not a domain']);
  expect([result.code, sentences(result)[0]]).toEqual([
    2,
    expect.stringMatching(/^paperboy: "not a domain" is neither a domain nor one of gmail, /),
  ]);
});
