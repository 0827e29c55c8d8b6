import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Turn } from '../../src/subscribers/form/form-guard.js';
import { lookAtForm } from '../../src/subscribers/form/form-guard.js';
import { prove } from '../support/prove.js';
import { attribute, elementText, tags } from './markup.js';
import { openSite, type Site } from './site.js';

const MINUTE = 60_000;

let site: Site;
let turns: Turn[];
beforeEach(async () => {
  turns = [];
  site = await openSite({ form: { onAttack: (turn) => turns.push(turn) } });
});
afterEach(() => site.close());

let number = 0;
const anybody = () => `reader${++number}@reader.test`;

/** A request of our own page, each time from another address. */
async function send(fields: Record<string, string> = {}) {
  const email = fields['email'] ?? anybody();
  return site.app.inject({
    ...{ method: 'POST', url: '/subscribe' },
    remoteAddress: `10.${++number % 250}.${Math.floor(number / 250) % 250}.9`,
    headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ token: await site.token(), ...fields, email }).toString(),
  });
}

const heading = (answer: { body: string }) => elementText(answer.body, 'h1');
const challenge = async () => (await site.get('/subscribe/proof')).json().challenge;
const WAITS = [429, 'One moment, please'];
const TAKEN = [200, 'Check your inbox'];
const look = (answer: { statusCode: number; body: string }) => [answer.statusCode, heading(answer)];

/** More requests in ten minutes than there ever are. */
async function flood(count = 61) {
  for (let n = 0; n < count; n++) await send();
}

/** What a browser without a script sends by the button of the page. */
function press(body: string, email: string) {
  const hidden = tags(body, 'input').map((tag) => [
    attribute(tag, 'name') ?? '',
    attribute(tag, 'value') ?? '',
  ]);
  return send({ ...Object.fromEntries(hidden), email });
}

describe('while nothing is wrong', () => {
  test('nobody has to prove anything', async () => {
    expect(await challenge()).toBeNull();
    await flood(60);
    expect([look(await send({ email: 'ada@reader.test' })), turns.length]).toEqual([WAITS, 1]);
  });

  test('a site that always has many requests has no burst when it has as many', async () => {
    for (let period = 0; period < 144; period++) {
      await site.store.form.changeState((text) => {
        const state = JSON.parse(text ?? '{}');
        const now = Math.floor(site.clock.now() / (10 * MINUTE)) - 2 - period;
        return JSON.stringify({ ...state, counts: { ...state.counts, [now]: 60 } });
      });
    }
    await flood(80);
    expect(turns).toEqual([]);
  });
});

describe('requests from elsewhere', () => {
  const fromElsewhere = (fields: Record<string, string>) => send({ token: '', ...fields });

  test('beyond their budget are let in by a proof of work, within all other limits', async () => {
    const ask = async () => (await site.get('/subscribe/proof?elsewhere')).json().challenge;
    expect(await ask()).toBeNull();
    for (let n = 0; n < 30; n++) expect((await fromElsewhere({})).statusCode).toBe(200);
    expect((await fromElsewhere({})).statusCode).toBe(429);
    expect(await challenge()).toBeNull();
    const proof = await prove(await ask());
    expect(look(await fromElsewhere({ email: 'victim+1@reader.test', proof }))).toEqual(TAKEN);
    // It is spent.
    expect((await fromElsewhere({ proof })).statusCode).toBe(429);
    const { notices = [] } = site.rows();
    // The limit of the mailbox stands.
    const other = { email: 'victim+2@reader.test', proof: await prove(await ask()) };
    expect(look(await fromElsewhere(other))).toEqual(TAKEN);
    expect(site.rows()['notices']).toHaveLength(notices.length);
    expect(turns).toEqual([]);
  });
});

describe('under attack', () => {
  beforeEach(() => flood());

  test('a proof of work is taken, once, for one request', async () => {
    const proof = await prove(await challenge());
    expect(look(await send({ email: 'ada@reader.test', proof }))).toEqual(TAKEN);
    expect(look(await send({ email: 'bob@reader.test', proof }))).toEqual(WAITS);
  });

  test('what is no proof is none', async () => {
    const given = await challenge();
    const good = JSON.parse(Buffer.from(await prove(given), 'base64').toString());
    const wrong = [
      { ...good, solution: { ...good.solution, derivedKey: '00'.repeat(32) } },
      { ...good, challenge: { ...good.challenge, signature: '00'.repeat(32) } },
      {
        ...good,
        challenge: { ...good.challenge, parameters: { ...good.challenge.parameters, cost: 1 } },
      },
      { challenge: good.challenge },
      { solution: good.solution },
      { challenge: { parameters: {} }, solution: {} },
      ...[null, [], 1, 'x', { challenge: null, solution: null }],
    ].map((value) => Buffer.from(JSON.stringify(value)).toString('base64'));
    for (const proof of [...wrong, '', '{', '%%%', 'x'.repeat(60_000), '\u0000']) {
      expect((await send({ proof })).statusCode, proof.slice(0, 60)).toBe(429);
    }
  });

  test('a proof is good for an hour', async () => {
    const proof = await prove(await challenge());
    site.clock.time += 61 * MINUTE;
    await flood();
    expect(look(await send({ proof }))).toEqual(WAITS);
  });

  test('without a script one waits, keeps what was chosen, and is taken', async () => {
    const email = 'ada@reader.test';
    const page = await send({ email, hour: '7' });
    expect(look(page)).toEqual(WAITS);
    const seconds = Number(page.headers['retry-after']);
    expect(page.body).toContain(`${seconds} seconds`);
    const early = await press(page.body, email);
    expect([look(early), early.headers['retry-after']]).toEqual([WAITS, String(seconds)]);
    // The turn is of that address alone.
    site.clock.time += seconds * 1_000;
    expect(look(await press(page.body, 'eve@reader.test'))).toEqual(WAITS);
    expect(look(await press(early.body, email))).toEqual(TAKEN);
    const { id = 0, round = 0 } = (await site.store.subscribers.findByEmail(email)) ?? {};
    expect(await site.store.subscribers.requestedPreferences(id, round)).toEqual({ hour: 7 });
    expect(await site.store.subscribers.findByEmail('eve@reader.test')).toBeNull();
  });

  test('turns come one after the other, and who would wait for long is told so', async () => {
    const waits: number[] = [];
    let refused = 0;
    for (let n = 0; n < 80; n++) {
      const answer = await send();
      if (heading(answer) === 'One moment, please')
        waits.push(Number(answer.headers['retry-after']));
      else refused++;
    }
    expect(new Set(waits).size).toBe(waits.length);
    expect(Math.max(...waits)).toBeLessThanOrEqual(600);
    expect(refused).toBeGreaterThan(0);
  });

  test('programs go on with their small budget', async () => {
    const codes = [];
    for (let n = 0; n < 31; n++) {
      const answer = await site.app.inject({
        ...{ method: 'POST', url: '/subscribe', remoteAddress: `10.9.${n}.1` },
        headers: { 'content-type': 'application/json' },
        payload: { email: anybody(), token: await site.token() },
      });
      codes.push(answer.statusCode);
    }
    expect(codes).toEqual([...Array(30).fill(202), 429]);
  });

  test('the front page stays the same for everybody, and others share what is known', async () => {
    const page = await site.get('/');
    expect(page.headers['cache-control']).toMatch(/^public/);
    const other = await openSite();
    try {
      const state = await site.store.form.readState();
      await other.store.form.changeState(() => state);
      expect((await other.get('/subscribe/proof')).json().challenge).not.toBeNull();
    } finally {
      await other.close();
    }
  });

  test('it is told once, and ends by itself', async () => {
    await send();
    expect(turns).toMatchObject([{ kind: 'begun', attack: { why: 'burst' } }]);
    site.clock.time += 51 * MINUTE;
    expect(await challenge()).toBeNull();
    expect(await lookAtForm(site.store.form, site.clock.now())).toMatchObject({ kind: 'ended' });
    expect(await lookAtForm(site.store.form, site.clock.now())).toBeNull();
    expect(look(await send())).toEqual(TAKEN);
    expect(turns).toHaveLength(1);
  });
});

describe('confirmations that went out and were hardly ever confirmed', () => {
  /** Sends all notices that wait. */
  async function deliver() {
    for (;;) {
      const claimed = await site.store.notices.claim('one', 100);
      if (claimed.length === 0) return;
      const begin = claimed.map(({ id }) => ({ id, route: 'smtp', again: false }));
      await site.store.notices.advance('one', { begin, results: [] });
      const outcome = { kind: 'accepted', reply: '250 ok' } as const;
      const results = claimed.map(({ id }) => ({ id, outcome, retryIn: null }));
      await site.store.notices.advance('one', { begin: [], results });
    }
  }

  /** Lets so many ask within two hours, of whom every so many confirm. */
  async function ask(count: number, every: number) {
    for (let n = 0; n < count; n++) {
      const email = anybody();
      await send({ email });
      site.clock.time += 2 * MINUTE;
      await deliver();
      if (n % every !== 0) continue;
      const { id = 0, round = 0 } = (await site.store.subscribers.findByEmail(email)) ?? {};
      const expiresAt = site.clock.now() + MINUTE;
      await site.post(`/confirm/${site.tokens.confirm({ subscriberId: id, round, expiresAt })}`);
    }
    site.clock.time += 61 * MINUTE;
  }

  test.each([
    ['fifty, of whom a tenth', 50, 10, 'unconfirmed'],
    ['fifty, of whom a third', 50, 3, undefined],
    ['forty, of whom none', 40, 41, undefined],
  ])('%s: %s', async (_what, count, every, why) => {
    await ask(count, every);
    await send();
    expect(turns[0]?.attack.why).toBe(why);
  });

  test('of an import are none of the form’s', async () => {
    for (let n = 0; n < 60; n++) {
      const { subscribers, notices } = site.store;
      const { id, round } = await subscribers.request(anybody(), {}, site.clock.now());
      const createdAt = site.clock.now();
      await notices.enqueue(
        { kind: 'confirm', cause: 'stranger', subscriberId: id, round, createdAt, language: 'en' },
        { max: 9, maxConfirmations: 9, since: 0 },
      );
      const consent = {
        at: createdAt,
        event: 'requested',
        via: 'import list.csv',
        ip: null,
      } as const;
      await subscribers.addConsent(id, { ...consent, wording: null });
    }
    await deliver();
    site.clock.time += 61 * MINUTE;
    await send();
    expect(turns).toEqual([]);
  });
});
