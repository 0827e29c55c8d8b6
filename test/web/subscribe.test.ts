import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { STATES } from '../../src/subscribers/subscriber.js';
import { findChosen } from './chosen.js';
import { attribute, elementText, tags, textOf } from './markup.js';
import { HOUR, openSite, pickFixtures, type Site } from './site.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

function send(contentType: string, payload: string, accept = 'text/html') {
  const headers = { accept, 'content-type': contentType };
  return site.app.inject({ method: 'POST', url: '/subscribe', headers, payload });
}

async function find(email: string) {
  return site.store.subscribers.findByEmail(email);
}

describe('a request to subscribe', () => {
  test('by form makes the address pending, with a consent and wishes that wait', async () => {
    const { statusCode, body } = await site.post('/subscribe', {
      email: ' Ada@Reader.Test ',
      hour: '7',
      timezone: 'Europe/Vienna',
    });
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'Check your inbox']);
    expect(textOf(body)).toContain('Ada@reader.test');
    const subscriber = await find('ada@reader.test');
    expect(subscriber).toMatchObject({ state: 'pending', hour: null, timezone: null });
    const chosen = await findChosen(site, 'ada@reader.test');
    expect(chosen).toEqual({ hour: 7, timezone: 'Europe/Vienna' });
    const consents = await site.store.subscribers.consents(subscriber?.id ?? 0);
    expect(consents).toEqual([
      {
        at: site.clock.now(),
        event: 'requested',
        via: 'form',
        ip: '127.0.0.1',
        wording: expect.stringContaining('No digest is sent until you confirm'),
        shown: expect.stringMatching(/^The form\n/),
      },
    ]);
  });

  test('all that the form, the mail and the page said is kept, each text once', async () => {
    await pickFixtures(site, ['2026-03-02']);
    await site.post('/subscribe', { email: 'ada@reader.test' });
    await site.post('/subscribe', { email: 'bob@reader.test' });
    await site.postJson('/subscribe', { email: 'eve@reader.test' });
    const { id = 0, round = 0 } = (await find('ada@reader.test')) ?? {};
    const expiresAt = site.clock.now() + HOUR;
    const url = `/confirm/${site.tokens.confirm({ subscriberId: id, round, expiresAt })}`;
    const page = textOf((await site.get(url)).body);
    await site.post(url);
    const [requested, confirmed] = await site.store.subscribers.consents(id);
    const form = textOf((await site.get('/subscribe')).body);
    const [shownForm = '', mail = ''] = requested?.shown?.split('The mail to confirm') ?? [];
    for (const line of shownForm.split('\n').slice(1)) {
      expect(form.replace(/\s+/g, '')).toContain(line.replace(/\s+/g, ''));
    }
    expect(shownForm).toContain('Subscribe');
    expect(mail).toContain('Subject: Please confirm your address');
    expect(mail).toContain('[link]');
    const lines = confirmed?.shown?.split('\n').slice(1) ?? [];
    expect(lines).toContain('Confirm my address');
    const close = (text: string) => text.replace(/\s+/g, '');
    const whole = close(page.replace('ada@reader.test', '[address]'));
    for (const line of lines) expect(whole).toContain(close(line));
    expect(JSON.stringify(requested)).not.toContain('ada@');
    const api = (await find('eve@reader.test'))?.id ?? 0;
    // A program has a form of its own, which nobody here knows.
    expect((await site.store.subscribers.consents(api))[0]?.shown).toMatch(
      /^The mail to confirm\n/,
    );
    expect(site.rows()['wordings']).toHaveLength(4);
  });

  test('the words agreed to are those on the page', async () => {
    await site.post('/subscribe', { email: 'ada@reader.test' });
    const { id = 0 } = (await find('ada@reader.test')) ?? {};
    const [consent] = await site.store.subscribers.consents(id);
    expect(textOf((await site.get('/')).body)).toContain(consent?.wording);
  });

  test('by JSON does the same and answers JSON', async () => {
    const answer = await site.postJson('/subscribe', {
      email: 'ada@reader.test',
      hour: 7,
      frequency: 'weekdays',
      length: 5,
      topics: ['vision', 'speech'],
      keywords: 'agents, retrieval',
    });
    expect([answer.statusCode, answer.json()]).toEqual([
      202,
      { email: 'ada@reader.test', message: expect.stringMatching(/^Open the mail/) },
    ]);
    expect(await findChosen(site, 'ada@reader.test')).toEqual({
      hour: 7,
      frequency: 'weekdays',
      length: 5,
      topics: ['vision', 'speech'],
      keywords: ['agents', 'retrieval'],
    });
  });

  test('needs no cookie, no token, no Origin, and takes a form as curl sends it', async () => {
    const answer = await send(
      'application/x-www-form-urlencoded',
      'email=ada%40reader.test',
      '*/*',
    );
    expect(answer.statusCode).toBe(200);
    expect(await find('ada@reader.test')).toMatchObject({ state: 'pending' });
  });

  test('a JSON body gets a JSON answer even when anything is accepted', async () => {
    const answer = await send('application/json', '{"email":"ada@reader.test"}', '*/*');
    expect([answer.statusCode, answer.json()]).toMatchObject([202, { email: 'ada@reader.test' }]);
  });

  test('a form gets JSON when JSON is what is accepted', async () => {
    const form = 'application/x-www-form-urlencoded';
    const answer = await send(form, 'email=nobody', 'application/json');
    expect([answer.statusCode, answer.json()]).toMatchObject([
      400,
      { error: { code: 'bad_address' } },
    ]);
  });
});

describe('whether an address is known stays unknown', () => {
  const all = ['unknown', ...STATES, 'bounced'];

  beforeEach(async () => {
    for (const state of STATES) await site.subscriber(`${state}@reader.test`, state);
    const { subscribers } = site.store;
    const at = site.clock.now();
    await subscribers.suppress({
      email: 'never@reader.test',
      reason: 'complaint',
      at,
      detail: null,
    });
    const bounced = await site.subscriber('bounced@reader.test', 'active');
    const weekAgo = at - 7 * 24 * 3_600_000;
    await subscribers.suppress({
      email: bounced.email,
      reason: 'bounce',
      at: weekAgo,
      detail: '550 5.1.1 gone',
    });
  });

  const neutral = (text: string, email: string) => text.replaceAll(email, 'ADDRESS');

  test('the page is the same to the byte, headers included', async () => {
    const answers = [];
    for (const name of [...all, 'never']) {
      const email = `${name}@reader.test`;
      const { statusCode, headers, body } = await site.post('/subscribe', { email });
      for (const changing of ['date', 'content-length', 'x-ratelimit-remaining']) {
        delete headers[changing];
      }
      answers.push(neutral(JSON.stringify({ statusCode, headers, body }), email));
    }
    expect(new Set(answers).size).toBe(1);
  });

  test('the JSON is the same to the byte', async () => {
    const answers = new Set();
    for (const name of [...all, 'never']) {
      const email = `${name}@reader.test`;
      const { statusCode, body } = await site.postJson('/subscribe', { email });
      answers.add(`${statusCode} ${neutral(body, email)}`);
    }
    expect(answers.size).toBe(1);
  });

  test('each state gets the notice that is due to it, a suppressed address none', async () => {
    for (const name of [...all, 'never']) {
      await site.post('/subscribe', { email: `${name}@reader.test`, hour: '5' });
    }
    const { subscribers, notices } = site.rows() as {
      subscribers: { id: number; email: string; state: string; hour: number | null }[];
      notices: { subscriber_id: number; kind: string }[];
    };
    const due = subscribers.map(({ id, email, state, hour }) => {
      const kinds = notices.filter((notice) => notice.subscriber_id === id);
      return [email.split('@')[0], state, hour, kinds.map(({ kind }) => kind).join()];
    });
    expect(due.sort()).toEqual([
      ['active', 'active', null, 'preferences'],
      // Long ago enough for its owner to ask again.
      ['bounced', 'pending', null, 'confirm'],
      ['paused', 'paused', null, 'paused'],
      ['pending', 'pending', null, 'confirm'],
      ['suppressed', 'suppressed', null, ''],
      ['unknown', 'pending', null, 'confirm'],
      ['unsubscribed', 'pending', null, 'confirm'],
    ]);
  });

  test('nobody’s address can be flooded: one confirmation a day, and the same answer', async () => {
    const bodies = new Set();
    for (let n = 0; n < 6; n++) {
      bodies.add((await site.post('/subscribe', { email: 'unknown@reader.test' })).body);
    }
    expect(bodies.size).toBe(1);
    expect(site.rows()['notices']).toHaveLength(1);
    site.clock.time += 25 * 3_600_000;
    await site.post('/subscribe', { email: 'UNKNOWN@reader.test' });
    // The first one has not gone out yet, so it is the answer to both.
    expect(site.rows()['notices']).toHaveLength(1);
  });

  test('nobody’s mailbox can be flooded by tags: one a day goes to them, and the answer is the same', async () => {
    const answers = new Set();
    for (let n = 0; n < 22; n++) {
      const email = `person+${n}@reader.test`;
      const { statusCode, body } = await site.post('/subscribe', { email });
      answers.add(`${statusCode} ${neutral(body, email)}`);
    }
    expect(answers.size).toBe(1);
    expect(site.rows()['notices']).toHaveLength(1);
  });
});

describe('a malformed address', () => {
  test.each([
    ['nothing', ''],
    ['no @', 'ada.reader.test'],
    ['two of them', 'ada@reader.test, bob@reader.test'],
    ['a line break', 'ada@reader.test\r\nBcc: bob@reader.test'],
    ['angle brackets', '<ada@reader.test>'],
    ['an address of numbers', 'ada@127.0.0.1'],
    ['a single label', 'ada@localhost'],
    ['a quoted part', '"ada"@reader.test'],
    ['a part too long', `${'a'.repeat(65)}@reader.test`],
    ['megabytes of them', `${'a'.repeat(60_000)}@reader.test`],
  ])('%s: the form again with what was typed, 400, and nothing kept', async (_what, email) => {
    await pickFixtures(site);
    const before = site.rows();
    const { statusCode, body } = await site.post('/subscribe', {
      email,
      hour: '7',
      timezone: 'Asia/Tokyo',
    });
    expect(statusCode).toBe(400);
    const input = tags(body, 'input').find((tag) => attribute(tag, 'name') === 'email');
    expect(attribute(input, 'value')).toBe(email);
    expect(attribute(input, 'aria-invalid')).toBe('true');
    expect(attribute(input, 'aria-describedby')).toBe('email-error');
    const chosen = tags(body, 'option').filter((tag) => 'selected' in tag.attributes);
    expect(chosen.map((tag) => attribute(tag, 'value'))).toEqual(['7']);
    const zone = tags(body, 'input').find((tag) => attribute(tag, 'name') === 'timezone');
    expect(attribute(zone, 'value')).toBe('Asia/Tokyo');
    expect(textOf(body)).toContain('Wednesday 4 March 2026');
    expect(site.rows()).toEqual(before);
  });

  test('says what is wrong, in JSON too', async () => {
    const { statusCode, body } = await site.postJson('/subscribe', { email: 'ada@nowhere' });
    expect([statusCode, JSON.parse(body)]).toEqual([
      400,
      {
        error: {
          code: 'bad_address',
          message: '"ada@nowhere" is not an email address we can send to.',
        },
      },
    ]);
  });

  test.each([
    ['hour', '24'],
    ['timezone', 'Mars/Base'],
    ['frequency', 'hourly'],
    ['length', '7'],
  ])('so does a wrong %s', async (field, value) => {
    const { statusCode, body } = await site.post('/subscribe', {
      email: 'ada@reader.test',
      [field]: value,
    });
    expect(statusCode).toBe(400);
    expect(elementText(body, 'h1')).toBe('Get trending papers in your email inbox!');
    expect(textOf(body)).toContain(`"${value}" is not a`);
    expect(await find('ada@reader.test')).toBeNull();
  });
});
