import { afterEach, expect, test } from 'vitest';
import { elementText, textOf } from './markup.js';
import { openSite, type Site } from './site.js';

let site: Site;
afterEach(() => site.close());

/** Keeps everybody waiting. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('while the event loop does not keep up, requests are turned away until it does again', async () => {
  site = await openSite({ overload: { maxDelay: 60, sampleInterval: 100 } });
  const status = async () => (await site.get('/')).statusCode;
  const blocked = async () => {
    block(600);
    return status();
  };
  await expect.poll(blocked, { timeout: 20_000 }).toBe(503);
  await expect.poll(status, { timeout: 20_000 }).toBe(200);
});

test('it is told on a page, in JSON, and not to whoever asks how the process is', async () => {
  site = await openSite({ overload: { maxDelay: 1e-9, sampleInterval: 10 } });
  // The first measure comes after an interval.
  await expect.poll(async () => (await site.get('/')).statusCode).toBe(503);
  const page = await site.get('/');
  expect(elementText(page.body, 'h1')).toBe('The server is busy');
  expect(textOf(page.body)).toContain('Please try again in a minute.');
  expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'retry-after': '60' });
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  const json = await site.get('/', { accept: 'application/json' });
  expect(json.json().error).toMatchObject({
    code: 'overloaded',
    message: expect.stringMatching(/minute\.$/),
  });
  for (const url of ['/healthz', '/readyz', '/metrics']) {
    expect([url, (await site.get(url)).statusCode]).toEqual([url, 200]);
  }
  // Leaving is served at all times: this is what a token that is none gets otherwise, too.
  expect((await site.get('/unsubscribe/none')).statusCode).toBe(404);
});
