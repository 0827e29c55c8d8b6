import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import type { ReceivedMail } from '../support/received-mail.js';
import { elementText, tags, textOf } from '../web/markup.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  await desk.serve();
}, 60_000);
afterEach(() => desk.close());

const HTML = { accept: 'text/html' };

async function page(path: string, init: RequestInit = {}) {
  const url = new URL(path, desk.site);
  const response = await fetch(url, { headers: HTML, redirect: 'manual', ...init });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

const subscribe = (email: string) =>
  page('/subscribe', { method: 'POST', body: new URLSearchParams({ email }) });

const mailsTo = (email: string) => desk.smtp.received.filter(({ to }) => to.includes(email));

async function mailTo(email: string, subject: RegExp): Promise<ReceivedMail> {
  const fits = (mail: ReceivedMail) => mail.to.includes(email) && subject.test(mail.subject);
  const [mail] = await desk.smtp.waitFor(fits, 15_000);
  return mail ?? expect.fail('no mail');
}

function linkIn(text: string, path: string): string {
  const url = new RegExp(`${desk.site}/${path}/[\\w-]+`).exec(text)?.[0];
  return url ?? expect.fail(`no ${path} link in ${text}`);
}

/** All that GET could have changed. */
const state = () =>
  ['subscribers', 'consents', 'notices', 'deliveries', 'editions', 'suppressions'].map((table) =>
    desk.rows(`select * from ${table}`),
  );

/** Names of the header fields, in order. */
function fields({ rawHeaders }: ReceivedMail): string[] {
  return [...rawHeaders.matchAll(/^([\w-]+):/gm)].map(([, name = '']) => name);
}

const BEGAN = Date.now();
const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/;

function expectGoodForm(mail: ReceivedMail, to: string): void {
  expect([mail.from, mail.to]).toEqual(['paperboy@paperboy.localhost', [to]]);
  expect(Object.fromEntries(mail.headers)).toMatchObject({
    from: '"Paperboy" <paperboy@paperboy.localhost>',
    to,
    date: expect.stringMatching(DATE),
    'message-id': expect.stringMatching(/^<[dn]\w+\.[0-9a-f]{16}@paperboy\.localhost>$/),
    'mime-version': '1.0',
    'content-type': expect.stringMatching(/^multipart\/alternative; boundary="[^"]+"$/),
    'auto-submitted': 'auto-generated',
  });
  const sent = Date.parse(mail.headers.get('date') ?? '');
  // It is to the second.
  expect(sent).toBeGreaterThanOrEqual(BEGAN - 1_000);
  expect(sent).toBeLessThanOrEqual(Date.now());
  const lines = mail.raw.toString('latin1').split('\r\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(98);
  expect(mail.raw.toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n\u0080-\u00ff]/);
}

test('a newcomer finds the page, subscribes, confirms, reads, and leaves with one click', async () => {
  await theFirstPageShowsTheNewestDayUnderTheForm();
  const notice = await subscribingBringsAConfirmation();
  expectNoticeHeaders(notice);
  const confirmUrl = linkIn(notice.text, 'confirm');
  expect(linkIn(notice.html, 'confirm')).toBe(confirmUrl);
  await openingChangesNothing(confirmUrl, 'Confirm your address');

  const digest = await theButtonBringsTheDigest(confirmUrl);
  expectDigestHeaders(digest);
  await pressingAgainBringsNothing(confirmUrl);
  await subscribingAgainBringsThePreferences();

  const [unsubscribeUrl = ''] = digest.listUnsubscribe;
  await openingChangesNothing(unsubscribeUrl, 'Unsubscribe');
  await oneClickUnsubscribes(unsubscribeUrl);
  await theNextDayGoesToOthersOnly();
}, 90_000);

async function theFirstPageShowsTheNewestDayUnderTheForm(): Promise<void> {
  const { status, body } = await page('/');
  expect([status, elementText(body, 'h1')]).toEqual([
    200,
    'Get trending papers in your email inbox!',
  ]);
  expect(tags(body, 'form')[0]?.attributes).toMatchObject({ action: '/subscribe', method: 'post' });
  expect(textOf(body)).toContain('Wednesday 4 March 2026');
  expect(textOf(body)).not.toContain('Sample edition');
}

async function subscribingBringsAConfirmation(): Promise<ReceivedMail> {
  const { status, body } = await subscribe('ada@reader.test');
  expect([status, elementText(body, 'h1')]).toEqual([200, 'Check your inbox']);
  const notice = await mailTo('ada@reader.test', /confirm/);
  expect(notice.text).toContain('48 hours');
  return notice;
}

/** A mail that one person asked for: no list's. */
function expectNoticeHeaders(notice: ReceivedMail): void {
  expectGoodForm(notice, 'ada@reader.test');
  expect(notice.subject).toBe('Please confirm your address');
  expect(fields(notice)).toEqual([
    'From',
    'To',
    'Subject',
    'Date',
    'Message-ID',
    'Feedback-ID',
    'Auto-Submitted',
    'MIME-Version',
    'Content-Type',
  ]);
}

/** Scanners open every link of a mail. */
async function openingChangesNothing(url: string, heading: string): Promise<void> {
  // A mail is in its inbox a moment before the ledger knows.
  const held =
    'select id from notices where lease_until is not null union all select id from deliveries where lease_until is not null';
  await expect.poll(() => desk.rows(held), { timeout: 15_000 }).toEqual([]);
  const before = state();
  for (const method of ['GET', 'HEAD', 'GET']) {
    expect((await page(url, { method })).status).toBe(200);
  }
  expect(elementText((await page(url)).body, 'h1')).toBe(heading);
  expect(state()).toEqual(before);
}

async function theButtonBringsTheDigest(confirmUrl: string): Promise<ReceivedMail> {
  const { status, body } = await page(confirmUrl, { method: 'POST' });
  expect([status, elementText(body, 'h1')]).toEqual([200, 'Your address is confirmed']);
  const digest = await mailTo('ada@reader.test', /^(?!Please confirm)/);
  const newest = desk.rows<{ title: string }>(
    `select json_extract(snapshot, '$.title') as title from edition_papers
     join editions on editions.id = edition_id where date = '2026-03-04'`,
  );
  expect(newest).toHaveLength(5);
  for (const { title } of newest) {
    expect(textOf(digest.html)).toContain(title);
    expect(digest.text.replace(/\s+/g, ' ')).toContain(title);
  }
  expect(digest.text).toContain('This is your first digest');
  return digest;
}

/** Mail to a list, sent by a machine. */
function expectDigestHeaders(digest: ReceivedMail): void {
  expectGoodForm(digest, 'ada@reader.test');
  expect(fields(digest)).toEqual([
    'From',
    'To',
    'Subject',
    'Date',
    'Message-ID',
    'List-Id',
    'List-Unsubscribe',
    'List-Unsubscribe-Post',
    'List-Help',
    'List-Archive',
    'Feedback-ID',
    'Auto-Submitted',
    'Precedence',
    'MIME-Version',
    'Content-Type',
  ]);
  const unsubscribe = linkIn(digest.text, 'unsubscribe');
  expect(Object.fromEntries(digest.headers)).toMatchObject({
    'list-id': '<digest.localhost>',
    'list-unsubscribe': `<${unsubscribe}>`,
    'list-unsubscribe-post': 'List-Unsubscribe=One-Click',
    precedence: 'bulk',
  });
  expect(digest.rawHeaders).toContain(`\r\nList-Unsubscribe: <${unsubscribe}>\r\n`);
  expect(linkIn(digest.html, 'unsubscribe')).toBe(unsubscribe);
  expect(linkIn(digest.html, 'preferences')).toBe(linkIn(digest.text, 'preferences'));
  expect(digest.raw.length).toBeLessThan(90_000);
}

/** Bob’s confirmation comes after whatever the second press could have caused. */
async function pressingAgainBringsNothing(confirmUrl: string): Promise<void> {
  const { status, body } = await page(confirmUrl, { method: 'POST' });
  expect([status, elementText(body, 'h1')]).toEqual([410, 'This link was used already']);
  await subscribe('bob@reader.test');
  await mailTo('bob@reader.test', /confirm/);
  expect(mailsTo('ada@reader.test')).toHaveLength(2);
}

async function subscribingAgainBringsThePreferences(): Promise<void> {
  const { body } = await subscribe('ada@reader.test');
  expect(elementText(body, 'h1')).toBe('Check your inbox');
  const notice = await mailTo('ada@reader.test', /preferences/);
  expect((await page(linkIn(notice.text, 'preferences'))).status).toBe(200);
}

/** RFC 8058: 200, no redirect, no cookie, repeatable. */
async function oneClickUnsubscribes(url: string): Promise<void> {
  for (let n = 0; n < 2; n++) {
    const form = new FormData();
    form.set('List-Unsubscribe', 'One-Click');
    const { status, headers } = await page(url, { method: 'POST', body: form, headers: {} });
    expect([status, headers.get('location'), headers.get('set-cookie')]).toEqual([200, null, null]);
  }
  expect(desk.rows("select state from subscribers where email = 'ada@reader.test'")).toEqual([
    { state: 'unsubscribed' },
  ]);
}

async function theNextDayGoesToOthersOnly(): Promise<void> {
  const before = mailsTo('ada@reader.test').length;
  const bob = await mailTo('bob@reader.test', /confirm/);
  await page(linkIn(bob.text, 'confirm'), { method: 'POST' });
  await mailTo('bob@reader.test', /^(?!Please confirm)/);
  desk.source.setDay('2026-03-05', desk.source.days.get('2026-03-02') ?? []);
  const counts = await desk.json(['run', '--date', '2026-03-05', '--now']);
  expect(counts).toMatchObject({ accepted: 1, planned: 0, skipped: 0, refused: 0 });
  const next = await mailTo('bob@reader.test', /^Lanternfish/);
  expect(next.text).not.toContain('This is your first digest');
  expect(mailsTo('ada@reader.test')).toHaveLength(before);
}
