import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { examineClock } from '../../../src/jobs/doctor/examine-clock.js';
import { openWebLook } from '../../../src/jobs/doctor/web-look.js';
import { freePort } from '../../support/program.js';

const look = openWebLook({ httpProxy: null, httpsProxy: null, noProxy: null });
const MINUTE = 60_000;

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A server with these header fields, and nothing else. */
async function serve(headers: Record<string, string>): Promise<URL> {
  const server = createServer((_request, response) => {
    response.sendDate = false;
    response.writeHead(404, headers).end('no such page');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => server.close());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/papers`);
}

const at = (ms: number) => ({ date: new Date(ms).toUTCString() });

async function told(...servers: URL[]): Promise<string[]> {
  const findings = await examineClock(servers, { look, clock: systemClock });
  return findings.map(({ ok, warns, told: words }) => `${ok} ${warns ?? false} ${words}`);
}

test('a clock that agrees within two minutes is in order', async () => {
  const server = await serve(at(Date.now() - 1.9 * MINUTE));
  expect(await told(server)).toEqual([`true false agrees with that of ${server.host}`]);
});

test.each([
  [-3, '3 minutes ahead of'],
  [3, '3 minutes behind'],
  [-180, '3 hours ahead of'],
])('one that is off by %d minutes is told', async (minutes, words) => {
  const server = await serve(at(Date.now() + minutes * MINUTE));
  expect(await told(server)).toEqual([
    `true true this machine is ${words} ${server.host}: mails get a wrong date, and go at wrong hours`,
  ]);
});

test('the age of what a cache has kept counts', async () => {
  const server = await serve({ ...at(Date.now() - 60 * MINUTE), age: '3600' });
  expect(await told(server)).toEqual([expect.stringContaining('agrees')]);
});

test('the first server that says the time decides', async () => {
  const silent = await serve({});
  const gone = new URL(`http://127.0.0.1:${await freePort()}`);
  expect(await told(gone, silent, await serve(at(Date.now() + 5 * MINUTE)))).toEqual([
    expect.stringContaining('5 minutes behind'),
  ]);
  expect(await told(gone, silent, await serve({ date: 'today' }))).toEqual([]);
});
