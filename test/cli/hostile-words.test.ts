import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Served, serve } from '../sources/asking.js';
import { rss } from '../sources/feeding.js';
import { type Desk, openDesk } from './desk.js';

const DAY = '2026-03-02';
/** What writes to a terminal's title, clears it, rings, goes back over a line, or turns it round. */
const EVIL = '\u001b]0;owned\u0007\u001b[2J\u009b31m\b\b\u202egnp.\u2066\u200b';
/** In XML, most of them may not even stand. */
const EVIL_XML = '&#x9b;31m&#x202e;gnp.&#x2066;&#x200b;&#x85;';
const UNSAFE = /(?!\r\n|[\n\t])[\p{Cc}\p{Cf}]/u;

let desk: Desk;
let feed: Served;
beforeEach(async () => {
  const entry = `<item><title>Lanterns ${EVIL_XML}</title><link>https://lab.example/a</link>
    <author>Ada ${EVIL_XML}</author><description>Light. ${EVIL_XML}</description>
    <pubDate>Mon, 02 Mar 2026 06:00:00 GMT</pubDate></item>
    <item><title>Broken ${EVIL_XML}</title><link>javascript:${EVIL_XML}</link>
    <pubDate>Mon, 02 Mar 2026 06:00:00 GMT</pubDate></item>`;
  feed = await serve((_request, response) => response.end(rss(entry)));
  desk = await openDesk(
    { onRcpt: () => ({ code: 550, text: `5.1.1 no such user ${EVIL}` }) },
    { SOURCES: 'feed', FEED_URLS: feed.url.href, ALLOW_PRIVATE_FEEDS: 'on', LOG_LEVEL: 'debug' },
  );
});
afterEach(async () => {
  await desk.close();
  await feed.close();
});

/** Runs a command and looks at all that it says. */
async function expectSafe(...args: string[]): Promise<string> {
  const { stdout, stderr } = await desk.run(args);
  expect([args.join(' '), UNSAFE.exec(stdout + stderr)]).toEqual([args.join(' '), null]);
  return stdout + stderr;
}

describe('what servers, feeds and readers write commands no terminal, log or table', () => {
  test('whatever shows it', async () => {
    const rows = `email,keywords,authors\nada@reader.test,"light ${EVIL}","Ada ${EVIL}"\n`;
    desk.file('people.csv', `${rows}${EVIL}not-an-address,,\n`);
    desk.file(
      'papers.csv',
      `title,url,abstract\nHarbours ${EVIL},https://x.example/b,${EVIL}\n,${EVIL},\n`,
    );
    await expectSafe('subscribers', 'import', 'people.csv', '--confirmed');
    await expectSafe('fetch', '--date', DAY);
    await expectSafe('fetch', '--date', DAY, '--again', '--json');
    await expectSafe('fetch', '--date', DAY, '--source', 'file', '--file', 'papers.csv');
    await expectSafe('pick', '--date', DAY);
    await expectSafe('send', '--date', DAY, '--now');
    for (const json of [[], ['--json']]) {
      await expectSafe('edition', 'show', '--date', DAY, ...json);
      await expectSafe('deliveries', 'list', '--date', DAY, ...json);
      await expectSafe('subscribers', 'show', 'ada@reader.test', ...json);
      await expectSafe('subscribers', 'list', ...json);
      await expectSafe('suggestions', 'list', ...json);
      await expectSafe('doctor', ...json);
    }
    await expectSafe('preview', '--date', DAY);
    await expectSafe('subscribers', 'export');
    await desk.run(['subscribers', 'export', 'out.csv']);
    expect(readFileSync(join(desk.path, 'out.csv'), 'utf8')).not.toMatch(UNSAFE);
    await expectSafe('subscribers', 'show', `${EVIL}@reader.test`);
    await expectSafe('subscribers', 'import', `no${EVIL}file.csv`.replace(/\0/g, ''));
  });
});
