import { afterEach, describe, expect, test } from 'vitest';
import type { StatusStore } from '../../src/delivery/backlog.js';
import type { HoldCode } from '../../src/delivery/sending/holds.js';
import { OUTCOMES, type SenderStatus, zeros } from '../../src/delivery/sending/sender-status.js';
import { Metrics } from '../../src/jobs/metrics.js';
import { silent } from '../delivery/harness.js';
import { idOfSelection } from '../store/contract/dialect.js';
import { openSite, type Site } from './site.js';

const sources = async () => [];
const nothing = {
  windows: async () => ({ windows: [], isComplete: true }),
  alarms: async () => [],
};
const sites: Site[] = [];
afterEach(async () => {
  for (const site of sites.splice(0)) await site.close();
});

async function open(options?: Parameters<typeof openSite>[0]): Promise<Site> {
  const site = await openSite({ standstill: true, ...options });
  sites.push(site);
  return site;
}

/** Asks as Prometheus does, from that address. */
function scrape(site: Site, remoteAddress = '127.0.0.1', headers: Record<string, string> = {}) {
  return site.app.inject({ url: '/metrics', remoteAddress, headers });
}

/** The values by name and labels, as they stand in the text. */
function valuesOf(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  );
}

function senderStatus(): SenderStatus {
  const none = () => zeros(OUTCOMES);
  return {
    connections: 3,
    waiting: 2,
    trouble: { code: 'smtp_login', reason: 'The SMTP server refuses the login.' },
    held: null,
    relays: ['main', 'backup'].map((name, n) => ({
      ...{ name, connections: 2 - n, allowed: 8 - n, mailsPerConnection: 100 },
      ...{ trouble: null, held: null, capped: false },
    })),
    mails: {
      digest: { ...none(), accepted: 12, deferred: 2, held: 3 },
      confirm: { ...none(), refused: 1 },
      preferences: none(),
      paused: none(),
    },
    undeliverable: { no_domain: 7, null_mx: 8 },
    throttling: {
      throttled: [],
      capReached: { day: '2026-03-05', cap: 200 },
      waits: { rate: 4, cap: 5, domain: 6, throttled: 7 },
      noticesWait: true,
    },
  };
}

describe('/metrics', () => {
  test('tells Prometheus how the process and the store are', async () => {
    const site = await open();
    const { statusCode, headers, body } = await scrape(site);
    expect([statusCode, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'no-store',
    ]);
    expect(valuesOf(body)).toMatchObject({
      process_resident_memory_bytes: expect.any(Number),
      paperboy_store_up: 1,
      'paperboy_deliveries_open{state="planned"}': 0,
      paperboy_deliveries_set_aside: 0,
      paperboy_oldest_due_seconds: 0,
      paperboy_throttled_domains: 0,
    });
    for (const [, name] of body.matchAll(/^(paperboy_\w+)/gm)) {
      expect(body).toMatch(new RegExp(`^# HELP ${name} \\w`, 'm'));
    }
  });

  test('tells of each source whether it answered, and when it did last', async () => {
    const site = await open();
    const { sourceStates } = site.store;
    await sourceStates.answered('huggingface', 1_772_000_000_000);
    await sourceStates.answered('arxiv', 1_772_000_001_000);
    await sourceStates.failed('arxiv', 1_772_000_002_000, 'It is away.');
    const values = valuesOf((await scrape(site)).body);
    expect(Object.entries(values).filter(([name]) => name.startsWith('paperboy_source'))).toEqual([
      ['paperboy_source_up{source="huggingface"}', 1],
      ['paperboy_source_up{source="arxiv"}', 0],
      ['paperboy_source_answered_timestamp_seconds{source="huggingface"}', 1_772_000_000],
      ['paperboy_source_answered_timestamp_seconds{source="arxiv"}', 1_772_000_001],
    ]);
  });

  test('tells what waits, and which domains are throttled', async () => {
    const site = await open();
    const { store, clock } = site;
    const reader = await store.subscribers.importActive('ada@slow.example', {}, 0);
    const edition = await store.editions.saveDraft('daily', '2026-03-04', [], 0);
    if (!reader || !edition) throw new Error('Something is missing.');
    const selectionId = await idOfSelection(store.ledger, edition.id, []);
    const due = {
      subscriberId: reader.id,
      selectionId,
      first: null,
      language: 'en',
      dueAt: clock.now(),
    };
    await store.ledger.plan(edition.id, [due]);
    await store.ledger.setAsideDue(['slow.example'], 1);
    const throttle = (scope: string, interval: number) => ({
      ...{ scope, interval, ceiling: 0, backedOffAt: clock.now(), notBefore: clock.now() },
      ...{ raisedAt: clock.now(), strikes: 1, connections: null },
    });
    await store.throttleStore.change('slow.example', () => throttle('slow.example', 100_000));
    await store.throttleStore.change('*backup', () => throttle('*backup', 2_000_000));
    clock.time += 90_000;
    expect(valuesOf((await scrape(site)).body)).toMatchObject({
      'paperboy_deliveries_open{state="planned"}': 1,
      'paperboy_deliveries_due{state="planned"}': 1,
      paperboy_deliveries_set_aside: 1,
      paperboy_oldest_due_seconds: 90,
      paperboy_throttled_domains: 2,
      'paperboy_throttled_domain_rate{domain="slow.example"}': 10,
      'paperboy_throttled_domain_rate{domain="*backup"}': 0.5,
    });
    for (const scope of ['slow.example', '*backup'])
      await store.throttleStore.change(scope, () => 'free');
    clock.time += 120_000;
    expect(valuesOf((await scrape(site)).body)).toMatchObject({ paperboy_throttled_domains: 0 });
    expect((await scrape(site)).body).not.toMatch(/slow\.example|backup/);
  });

  test('tells which routes are held, and why', async () => {
    const site = await open();
    const { store, clock } = site;
    const hold = (domain: string, code: HoldCode, route: string) =>
      store.holds.hold({ route, domain, code, reply: '550 No' }, 60_000);
    await hold('', 'quota', 'main');
    for (const domain of ['a.example', 'b.example']) await hold(domain, 'policy', 'backup');
    const heldIn = async () => {
      const values = valuesOf((await scrape(site)).body);
      return Object.entries(values).filter(([name]) => name.startsWith('paperboy_sending_held'));
    };
    expect(await heldIn()).toEqual([
      ['paperboy_sending_held{route="main",code="quota"}', 1],
      ['paperboy_sending_held{route="backup",code="policy"}', 2],
    ]);
    await store.holds.lift('main', '');
    for (const domain of ['a.example', 'b.example']) await store.holds.lift('backup', domain);
    clock.time += 60_000;
    expect(await heldIn()).toEqual([]);
  });

  test('tells what the sender has done, as it is now', async () => {
    const status = senderStatus();
    const site = await open();
    const metrics = new Metrics({
      ...nothing,
      ...{ status: site.store.status, sources, sender: () => status },
      ...{ clock: site.clock, logger: silent },
    });
    await metrics.render();
    status.mails.digest.accepted++;
    expect(valuesOf(await metrics.render())).toMatchObject({
      'paperboy_mails_total{kind="digest",outcome="accepted"}': 13,
      'paperboy_mails_total{kind="digest",outcome="deferred"}': 2,
      'paperboy_mails_total{kind="digest",outcome="held"}': 3,
      'paperboy_mails_total{kind="confirm",outcome="refused"}': 1,
      'paperboy_mails_total{kind="preferences",outcome="unsent"}': 0,
      'paperboy_mails_undeliverable_total{why="no_domain"}': 7,
      'paperboy_mails_undeliverable_total{why="null_mx"}': 8,
      'paperboy_throttle_waits_total{limit="rate"}': 4,
      'paperboy_throttle_waits_total{limit="throttled"}': 7,
      paperboy_smtp_connections: 3,
      'paperboy_smtp_connections_allowed{route="main"}': 8,
      'paperboy_smtp_connections_allowed{route="backup"}': 7,
      paperboy_mails_claimed_ahead: 2,
      'paperboy_sending_paused{code="smtp_login"}': 1,
      'paperboy_sending_paused{code="smtp_unreachable"}': 0,
      paperboy_daily_cap_reached: 1,
    });
  });

  test('shows no rate, and no number of mails, while old ones are still being counted', async () => {
    const site = await open();
    const { clock } = site;
    const accepted = {
      group: 'gmail',
      mails: 'digest',
      window: 'week',
      day: '2026-03-05',
    } as const;
    const none = { temporary: 0, full: 0, policy: 0 };
    const windows = [
      { ...accepted, events: { ...none, accepted: 50, complaint: 40, permanent: 1 } },
    ];
    const shown = async (isComplete: boolean) => {
      const metrics = new Metrics({
        ...{ ...nothing, windows: async () => ({ windows, isComplete }) },
        ...{ status: site.store.status, sources, sender: () => null, clock, logger: silent },
      });
      return valuesOf(await metrics.render());
    };
    const of = (event: string) => `{group="gmail",mails="digest",event="${event}",window="week"}`;
    expect(await shown(true)).toMatchObject({
      [`paperboy_mail_events${of('accepted')}`]: 50,
      [`paperboy_mail_rate${of('complaint')}`]: 0.8,
    });
    const meanwhile = await shown(false);
    expect(meanwhile[`paperboy_mail_events${of('complaint')}`]).toBe(40);
    expect(Object.keys(meanwhile).filter((name) => /mail_rate\{|"accepted"/.test(name))).toEqual(
      [],
    );
  });

  test('asks the store once in five seconds, however often it is scraped', async () => {
    const site = await open();
    let asked = 0;
    const status: StatusStore = {
      status: () => {
        asked++;
        return site.store.status.status();
      },
    };
    const { clock } = site;
    const sender = () => null;
    const metrics = new Metrics({ ...nothing, status, sources, sender, clock, logger: silent });
    await Promise.all([metrics.render(), metrics.render(), metrics.render()]);
    clock.time += 4_999;
    await metrics.render();
    expect(asked).toBe(1);
    clock.time += 1;
    await metrics.render();
    expect(asked).toBe(2);
  });

  test('still tells of the sender when the store does not answer', async () => {
    const site = await open();
    const { clock } = site;
    const sender = () => senderStatus();
    const metrics = new Metrics({
      ...nothing,
      status: site.store.status,
      sources,
      sender,
      clock,
      logger: silent,
    });
    expect(await metrics.render()).toContain('paperboy_deliveries_set_aside 0');
    clock.time += 60_000;
    await site.store.close();
    const text = await metrics.render();
    expect(valuesOf(text)).toMatchObject({ paperboy_store_up: 0, paperboy_smtp_connections: 3 });
    expect(text).not.toMatch(/^paperboy_(deliveries|notices|throttled|oldest)\w*[ {]/m);
  });

  test('answers while the first edition is still awaited', async () => {
    const site = await open({ started: new Promise(() => {}) });
    expect((await scrape(site)).statusCode).toBe(200);
  });
});

describe('/metrics is closed to strangers', () => {
  const forwarded = (addresses: string) => ({ 'x-forwarded-for': addresses });

  test.each([
    ['127.0.0.1', 200],
    ['::1', 200],
    ['10.1.2.3', 200],
    ['172.31.0.1', 200],
    ['192.168.7.7', 200],
    ['::ffff:10.0.0.9', 200],
    ['fd12::1', 200],
    ['172.32.0.1', 403],
    ['203.0.113.9', 403],
    ['::ffff:203.0.113.9', 403],
    ['2001:db8::1', 403],
  ])('%s gets %i', async (address, status) => {
    expect((await scrape(await open(), address)).statusCode).toBe(status);
  });

  test('and to whoever comes by a proxy that is not trusted', async () => {
    const site = await open();
    const { statusCode, body } = await scrape(site, '127.0.0.1', forwarded('10.0.0.1'));
    expect([statusCode, body]).toEqual([403, expect.stringContaining('METRICS_TOKEN')]);
    const rfc7239 = await scrape(site, '127.0.0.1', { forwarded: 'for=10.0.0.1' });
    expect(rfc7239.statusCode).toBe(403);
  });

  test.each([
    ['loopback', '203.0.113.9', 403],
    ['loopback', '10.0.0.1', 200],
    [true, '10.0.0.1', 200],
    // A client has put an address of its own in front.
    [true, '127.0.0.1, 203.0.113.9', 403],
    [1, '127.0.0.1, 203.0.113.9', 403],
  ])('with TRUST_PROXY=%s, for %s it gives %i', async (trustProxy, addresses, status) => {
    const site = await open({ trustProxy });
    const { statusCode } = await scrape(site, '127.0.0.1', forwarded(addresses));
    expect(statusCode).toBe(status);
  });

  test('unless they know the token, which then everybody has to', async () => {
    const site = await open({ metricsToken: 'a token of tests' });
    const status = async (address: string, authorization?: string) =>
      (await scrape(site, address, authorization ? { authorization } : {})).statusCode;
    expect(await status('203.0.113.9', 'Bearer a token of tests')).toBe(200);
    expect(await status('127.0.0.1')).toBe(403);
    expect(await status('127.0.0.1', 'Bearer another')).toBe(403);
    expect(await status('127.0.0.1', 'Basic a token of tests')).toBe(403);
  });
});
