import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/base/logger.js';
import { loadConfig } from '../../src/config/config.js';
import {
  DisposableDomainsFile,
  parseDomainList,
} from '../../src/subscribers/form/disposable-domains.js';
import { tempDir } from '../support/program.js';
import { attribute, elementText, tags, textOf } from './markup.js';
import { HOUR, openSite, type Site, type SiteOptions } from './site.js';

const MINUTE = 60_000;
/** Requests in an hour that come from no page of ours. */
const BUDGET = 30;

let site: Site;
afterEach(() => site.close());
const open = async (options: SiteOptions = {}) => {
  site = await openSite(options);
};

let number = 0;
const anybody = () => `reader${++number}@reader.test`;

/** A form as some other program sends it, from an address of its own each time. */
function send(fields: Record<string, string>, headers: Record<string, string> = {}) {
  return site.app.inject({
    ...{ method: 'POST', url: '/subscribe' },
    remoteAddress: `10.${number % 250}.${Math.floor(number / 250)}.1`,
    headers: {
      accept: 'text/html',
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    payload: new URLSearchParams(fields).toString(),
  });
}
const sendTokened = async (fields: Record<string, string> = {}, headers = {}) =>
  send({ email: anybody(), token: await site.token(), ...fields }, headers);

async function spendBudget() {
  for (let n = 0; n < BUDGET; n++) expect((await send({ email: anybody() })).statusCode).toBe(200);
}
const made = () => site.rows()['subscribers']?.length;

describe('the token of the form', () => {
  beforeEach(() => open());

  test('is the same for everybody within the hour, with the page to the octet, and then another', async () => {
    for (const url of ['/', '/subscribe', '/preferences']) {
      const first = await site.get(url);
      site.clock.time += 59 * MINUTE;
      const second = await site.get(url, { 'user-agent': 'another', cookie: 'a=b' });
      expect(second.rawPayload.equals(first.rawPayload)).toBe(true);
      expect(second.headers['etag']).toBe(first.headers['etag']);
      expect(second.headers['cache-control']).toMatch(/^public/);
      site.clock.time += MINUTE;
      expect((await site.get(url)).body).not.toBe(first.body);
    }
  });

  test.each([
    ['at once', 0, 200],
    ['a day later', 24 * HOUR - 1, 200],
    ['after a day and an hour', 25 * HOUR, 429],
    ['long after', 99 * HOUR, 429],
    ['before its time, by a clock that was set back', -3 * HOUR, 429],
  ])('%s', async (_what, later, status) => {
    const token = await site.token();
    site.clock.time += later;
    await spendBudget();
    expect((await send({ email: anybody(), token })).statusCode).toBe(status);
  });

  test('of another purpose, cut, changed or invented is none', async () => {
    await spendBudget();
    const good = await site.token();
    const bad = [
      ...[site.tokens.unsubscribe(1), site.tokens.preferences(492_000), good.slice(1)],
      ...[`${good}A`, good.toUpperCase(), '', 'x', ' '.repeat(9_000), `${good}\n${good}`],
    ];
    for (const token of bad) {
      expect((await send({ email: anybody(), token })).statusCode, token).toBe(429);
    }
    expect((await send({ email: anybody(), token: good })).statusCode).toBe(200);
  });
});

describe('requests from no page of ours', () => {
  beforeEach(() => open());

  test('are taken, thirty in any hour, then told when to come again; our own page goes on', async () => {
    await spendBudget();
    const { statusCode, headers, body } = await send({ email: 'ada@reader.test', hour: '7' });
    expect(statusCode).toBe(429);
    const retryAfter = Number(headers['retry-after']);
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(3_600);
    expect(made()).toBe(BUDGET);
    // A person can go on: the form is there with what was typed, and a token.
    const fields = tags(body, 'input').map((tag) => [
      attribute(tag, 'name'),
      attribute(tag, 'value'),
    ]);
    expect(fields).toContainEqual(['email', 'ada@reader.test']);
    expect(fields).toContainEqual(['token', await site.token()]);
    expect((await sendTokened()).statusCode).toBe(200);

    site.clock.time += (retryAfter - 1) * 1_000;
    expect((await send({ email: anybody() })).statusCode).toBe(429);
    site.clock.time += 1_000;
    expect((await send({ email: anybody() })).statusCode).toBe(200);
  });

  test('as JSON share the budget, and are told in JSON', async () => {
    await spendBudget();
    const answer = await site.postJson('/subscribe', { email: anybody() });
    expect([answer.statusCode, answer.json()]).toEqual([
      429,
      { error: { code: 'too_many_requests', message: expect.stringMatching(/\.$/) } },
    ]);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('are counted in the store, so that other processes and the next start know of them', async () => {
    await spendBudget();
    const other = await openSite();
    try {
      const state = await site.store.form.readState();
      await other.store.form.changeState(() => state);
      const answer = await other.postJson('/subscribe', { email: anybody() });
      expect(answer.statusCode).toBe(429);
    } finally {
      await other.close();
    }
  });

  test('at once keep to it', async () => {
    const asked = Array.from({ length: 45 }, () => send({ email: anybody() }));
    const codes = (await Promise.all(asked)).map(({ statusCode }) => statusCode);
    expect(codes.filter((code) => code === 200)).toHaveLength(BUDGET);
  });
});

describe('a page elsewhere', () => {
  const FOREIGN = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };

  test.each<[string, Record<string, string>, number]>([
    ['with a token that it has stolen', FOREIGN, 429],
    ['that hides its name', { 'sec-fetch-site': 'cross-site', origin: 'null' }, 429],
    ['that says nothing of itself', { 'sec-fetch-site': 'cross-site' }, 429],
    ['in a browser that tells the origin alone', { origin: 'https://evil.example' }, 429],
    ['which is ours', { 'sec-fetch-site': 'same-origin', origin: 'null' }, 200],
    ['which is ours, without TLS', { origin: 'http://localhost:3000' }, 200],
    ['which is ours under another name', { origin: 'http://10.0.0.5', host: '10.0.0.5' }, 200],
    ['typed into the address bar', { 'sec-fetch-site': 'none' }, 200],
  ])('%s', async (_what, headers, status) => {
    await open();
    await spendBudget();
    expect((await sendTokened({}, headers)).statusCode).toBe(status);
  });

  test('that may embed the form needs no token, and others do', async () => {
    await open({ form: { origins: ['https://blog.example'] } });
    await spendBudget();
    const friend = { 'sec-fetch-site': 'cross-site', origin: 'https://blog.example' };
    expect((await send({ email: anybody() }, friend)).statusCode).toBe(200);
    for (const origin of [
      'https://blog.example.evil.example',
      'http://blog.example',
      'https://evil.example/https://blog.example',
    ]) {
      const headers = { 'sec-fetch-site': 'cross-site', origin };
      expect((await send({ email: anybody() }, headers)).statusCode, origin).toBe(429);
    }
  });
});

describe('the trap', () => {
  beforeEach(() => open());

  test('is out of sight, out of reach of keyboards and screen readers, and filled in by nothing', async () => {
    const { body } = await site.get('/');
    const field = tags(body, 'input').find((tag) => attribute(tag, 'name') === 'website');
    expect(field?.attributes).toMatchObject({ tabindex: '-1', autocomplete: 'off', type: 'text' });
    expect(body).toMatch(/<div class="trap" aria-hidden="true">[\s\S]*?name="website"/);
    const { body: css } = await site.get('/assets/site.css');
    expect(css).toMatch(/\.trap \{\s*display: none;/);
  });

  test('answers as always, and nothing of the address is kept', async () => {
    const answer = await sendTokened({ email: 'ada@reader.test' });
    const trapped = await sendTokened({ email: 'bob@reader.test', website: 'https://x.example' });
    expect(trapped.statusCode).toBe(200);
    expect(trapped.body).toBe(answer.body.replaceAll('ada@', 'bob@'));
    const json = await site.postJson('/subscribe', { email: 'bob@reader.test', website: 'x' });
    expect(json.statusCode).toBe(202);
    expect(JSON.stringify(site.rows())).not.toContain('bob@');
    expect(site.rows()['notices']).toHaveLength(1);
  });
});

describe('a mistyped domain', () => {
  beforeEach(() => open());

  test.each([
    ['ada@gmial.con', 'ada@gmail.com'],
    ['Ada.L+x@hotnail.com', 'Ada.L+x@hotmail.com'],
    ['ada@gmail.co', 'ada@gmail.com'],
    ['ada@YAHOO.con', 'ada@yahoo.com'],
  ])('%s is asked back, with a button for each choice', async (email, meant) => {
    const before = site.rows();
    const { statusCode, body } = await sendTokened({ email, hour: '7', timezone: 'Asia/Tokyo' });
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, `Did you mean ${meant}?`]);
    expect(site.rows()).toEqual(before);
    const buttons = tags(body, 'button').map((tag) => attribute(tag, 'value'));
    expect(buttons).toHaveLength(2);
    // Either is taken with all that was chosen.
    const hidden = Object.fromEntries(
      tags(body, 'input').map((tag) => [attribute(tag, 'name'), attribute(tag, 'value') ?? '']),
    );
    for (const chosen of buttons) {
      const answer = await send({ ...hidden, email: chosen ?? '' });
      expect([answer.statusCode, elementText(answer.body, 'h1')]).toEqual([
        200,
        'Check your inbox',
      ]);
      const { id = 0, round = 0 } = (await site.store.subscribers.findByEmail(chosen ?? '')) ?? {};
      expect(await site.store.subscribers.requestedPreferences(id, round)).toEqual({
        hour: 7,
        timezone: 'Asia/Tokyo',
      });
    }
    expect(buttons[0]).toBe(meant);
  });

  test('in JSON is taken, with a suggestion', async () => {
    const answer = await site.postJson('/subscribe', { email: 'ada@gmial.con' });
    expect([answer.statusCode, answer.json()]).toMatchObject([
      202,
      { email: 'ada@gmial.con', suggestion: 'ada@gmail.com' },
    ]);
    const good = await site.postJson('/subscribe', { email: 'ada@gmail.com' });
    expect(good.json()).not.toHaveProperty('suggestion');
  });
});

describe('a list of disposable domains', () => {
  test.each([
    ['a page that came in its place', '<!doctype html>\n<html>\n<body>\n<p>Not found</p>\n'],
    ['UTF-16', Buffer.from('mailinator.com\ntempo.example\n', 'utf16le')],
    ['no text', Buffer.from([0xff, 0xfe, 0x00, 0x81, 0x0a])],
  ])('that is %s is none', (_what, content) => {
    expect(() => parseDomainList(Buffer.from(content))).toThrow(/no domains|not text/);
  });

  test('is read when it is opened, and a line that is no domain is passed over', async () => {
    await open();
    const dir = tempDir();
    const file = join(dir.path, 'domains.txt');
    writeFileSync(file, '\uFEFFbücher.example\n// all of it\nand more\nB.example # no\n\n');
    const clock = { steady: () => 0 };
    const list = new DisposableDomainsFile(file, { clock, logger: createLogger('silent') });
    dir.dispose();
    expect(() => list.refuse('ada@xn--bcher-kva.example')).toThrow('thrown away');
    expect(() => list.refuse('ada@b.example')).toThrow('thrown away');
    expect(() => list.refuse('ada@more.example')).not.toThrow();
  });

  test('that is none keeps no command from working, and the form goes on with the last good one', async () => {
    const dir = tempDir();
    const file = join(dir.path, 'domains.txt');
    const page = '<!doctype html>\n<html>\n<body>\n<p>Not found</p>\n';
    writeFileSync(file, page);
    expect(loadConfig({ DISPOSABLE_DOMAINS_FILE: file }).disposableDomains).toBe(file);
    expect(() => loadConfig({ DISPOSABLE_DOMAINS_FILE: dir.path })).toThrow(
      'a file that can be read',
    );
    let time = 0;
    const clock = { steady: () => time };
    const list = new DisposableDomainsFile(file, { clock, logger: createLogger('silent') });
    const refuse = () => list.refuse('ada@mailinator.com');
    expect(refuse).not.toThrow();
    for (const text of ['mailinator.com\n', page]) {
      writeFileSync(file, text);
      time += 10_000;
      expect(refuse).toThrow('thrown away');
    }
    dir.dispose();
  });

  test('turns away what is on it and below it, with a sentence, and is read again when it changes', async () => {
    const dir = tempDir();
    const file = join(dir.path, 'domains.txt');
    writeFileSync(file, '# remark\nmailinator.com\r\n*.trash.example\n@Tempo.example.\n\n');
    let time = 0;
    const clock = { steady: () => time };
    const disposable = new DisposableDomainsFile(file, { clock, logger: createLogger('silent') });
    await open({ form: { disposable } });
    const codes = async (domains: string[]) => {
      const answers = [];
      for (const domain of domains) answers.push(await sendTokened({ email: `ada@${domain}` }));
      return answers.map(({ statusCode }) => statusCode);
    };
    const { body } = await sendTokened({ email: 'ada@mailinator.com' });
    expect(textOf(body)).toContain('Addresses at mailinator.com are thrown away soon');
    expect(made()).toBe(0);
    expect(
      await codes(['a.b.mailinator.com', 'MAILINATOR.com', 'trash.example', 'tempo.example']),
    ).toEqual([400, 400, 400, 400]);
    expect(await codes(['notmailinator.com', 'example.net', 'com.example'])).toEqual([
      200, 200, 200,
    ]);
    const json = await site.postJson('/subscribe', { email: 'ada@mailinator.com' });
    expect([json.statusCode, json.json().error.code]).toEqual([400, 'disposable_address']);

    writeFileSync(file, 'other.example\nand more\n');
    time += 10_000;
    expect(await codes(['mailinator.com', 'other.example'])).toEqual([200, 400]);
    dir.dispose();
    time += 10_000;
    expect(await codes(['other.example'])).toEqual([400]);
  });
});
