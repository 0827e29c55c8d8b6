import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import type { ReceivedMail } from '../support/received-mail.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  await desk.serve();
}, 60_000);
afterEach(() => desk.close());

async function mailTo(email: string, subject: RegExp): Promise<ReceivedMail> {
  const fits = (mail: ReceivedMail) => mail.to.includes(email) && subject.test(mail.subject);
  const [mail] = await desk.smtp.waitFor(fits, 15_000);
  return mail ?? expect.fail('no mail');
}

async function subscribeAndConfirm(body: { email: string }): Promise<ReceivedMail> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  expect((await fetch(new URL('/subscribe', desk.site), init)).status).toBe(202);
  const { text } = await mailTo(body.email, /confirm/);
  const url = /http\S+\/confirm\/[\w-]+/.exec(text)?.[0] ?? expect.fail('no link');
  expect((await fetch(url, { method: 'POST' })).status).toBe(200);
  return mailTo(body.email, /papers/);
}

test('who says what they like gets it first, with why, and who does not gets what is trending', async () => {
  const plain = await subscribeAndConfirm({ email: 'plain@reader.test' });
  expect(plain.text).not.toMatch(/For you|Trending/);
  const [first = '', second = '', third = ''] = desk
    .rows('select snapshot from edition_papers order by edition_id desc, rank')
    .map(({ snapshot }) => JSON.parse(String(snapshot)).title as string);
  const [word = ''] = /[A-Z][a-z]{5,}/.exec(third) ?? [];

  const told = await subscribeAndConfirm({
    email: 'ada@reader.test',
    ...{ topics: [], keywords: [word.toUpperCase(), 'no such word'] },
  });
  const forYou = /--- For you -+\s+1\. ([\s\S]*?)\n\s*\n/.exec(told.text)?.[1] ?? '';
  expect(forYou.replace(/\s+/g, ' ')).toContain(third.slice(0, 30));
  expect(forYou).toContain(`matches ${word.toUpperCase()}`);
  expect(told.text).toMatch(/--- Trending -/);
  expect(told.html).toContain(`matches <em>${word.toUpperCase()}</em>`);
  expect(told.text).not.toContain('no such word');
  expect(told.text.indexOf('--- Trending')).toBeLessThan(told.text.replace(/\s+/g, ' ').length);
  for (const title of [first, second]) {
    expect(told.text.replace(/\s+/g, ' ')).toContain(title.slice(0, 30));
  }

  const other = await subscribeAndConfirm({
    email: 'bob@reader.test',
    ...{ keywords: ['zymurgy'] },
  });
  const links = /http\S+\/(un|pref)\S+/g;
  expect(other.text.replace(links, '')).toBe(plain.text.replace(links, ''));
}, 60_000);
