import { afterEach, describe, expect, test } from 'vitest';
import { type Served, serve } from '../sources/asking.js';
import { rss } from '../sources/feeding.js';
import { type Desk, openDesk } from './desk.js';

let desk: Desk;
const served: Served[] = [];
afterEach(async () => {
  await desk.close();
  for (const one of served.splice(0)) await one.close();
});

/** All that commands say while they use these settings, in the log as well. */
async function said(env: Record<string, string>, ...commands: string[][]): Promise<string> {
  let all = '';
  for (const args of commands) {
    const { stdout, stderr } = await desk.run(args, { env: { LOG_LEVEL: 'trace', ...env } });
    all += stdout + stderr;
  }
  return all;
}

const FETCH = ['fetch', '--date', '2026-03-02', '--again'];
const DOCTOR = [['doctor'], ['doctor', '--json']];

describe('a token in the address of a feed is never told', () => {
  test.each<[string, (path: string) => { status: number; body?: string; location?: string }]>([
    ['that works', () => ({ status: 200, body: rss() })],
    ['that is refused', () => ({ status: 403 })],
    ['that is out of order', () => ({ status: 500 })],
    ['that is no feed', () => ({ status: 200, body: '<html>geheim</html>' })],
    ['that leads round and round', (path) => ({ status: 302, location: path })],
    ['that leads nowhere', () => ({ status: 302, location: 'gopher://geheim.example/geheim' })],
  ])(
    '%s',
    async (_what, answer) => {
      const feed = await serve(({ url = '' }, response) => {
        const { status, body = '', location } = answer(url);
        response.writeHead(status, location === undefined ? {} : { location }).end(body);
      });
      served.push(feed);
      desk = await openDesk();
      const FEED_URLS = `${feed.url.origin}/private/geheim-path/feed.xml?token=geheim-query`;
      const env = { SOURCES: 'feed', FEED_URLS, ALLOW_PRIVATE_FEEDS: 'on' };
      const told = await said(env, FETCH, ...DOCTOR);
      expect(told).toContain('source feed');
      expect(told).not.toContain('geheim');
    },
    60_000,
  );

  test('where nobody answers', async () => {
    desk = await openDesk();
    const FEED_URLS = 'http://127.0.0.1:1/geheim-path/feed.xml?token=geheim-query';
    const told = await said(
      { SOURCES: 'feed', FEED_URLS, ALLOW_PRIVATE_FEEDS: 'on' },
      FETCH,
      ...DOCTOR,
    );
    expect(told).not.toContain('geheim');
  });
});

describe('the password of a relay is never told', () => {
  test.each(['g@heim', 'geheim@x', 'ge%23heim', 'geheim:2', 'geheim%2F', '@geheim@'])(
    '%s',
    async (password) => {
      desk = await openDesk({ auth: { user: 'papers', pass: 'another' } });
      const { port } = desk.smtp;
      const relays = [`127.0.0.1:${port}`, '127.0.0.1:1'];
      for (const relay of relays) {
        const SMTP_URL = `smtp://papers:${password}@${relay}`;
        const told = await said({ SMTP_URL }, ['doctor']);
        expect(told).not.toMatch(/g@?e?heim/);
        expect(told).not.toContain(Buffer.from(decodeURIComponent(password)).toString('base64'));
      }
    },
    60_000,
  );
});

test.each(['geheim', 'ge@heim', 'ge%23heim'])(
  'the password of a database is never told (%s)',
  async (password) => {
    desk = await openDesk();
    for (const place of ['127.0.0.1:1/papers', 'no-such-host.invalid/papers']) {
      const DATABASE_URL = `postgres://papers:${password}@${place}`;
      const told = await said({ DATABASE_URL }, ['subscribers', 'list'], ['doctor']);
      expect(told).toContain('database');
      expect(told).not.toMatch(/g?e?@?heim/);
    }
  },
);
