import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desk, openDesk, sentences } from './desk.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

// Some shells set HOST: tcsh to the machine's name, conda to the processor's.
test.each<[string, Record<string, string>, RegExp]>([
  [
    'a name that nobody has',
    { HOST: 'x86_64-conda-linux-gnu' },
    /^paperboy: HOST is "x86_64-conda-linux-gnu", but there is no address for that name \(\w+\): set HOST to localhost/,
  ],
  [
    'an address of somebody else',
    { HOST: '192.0.2.1' },
    /^paperboy: HOST is "192\.0\.2\.1", but this machine has no such address \(EADDRNOTAVAIL\): set HOST/,
  ],
  [
    'an address with its port',
    { HOST: 'localhost:3000' },
    /HOST is "localhost:3000", but must be a name or an address of this machine, .* the port goes into PORT\.$/,
  ],
  [
    'a URL',
    { HOST: 'http://localhost' },
    /HOST is "http:\/\/localhost", but must be a name or an address/,
  ],
  ['what has escapes in it', { HOST: 'a\u001b[31m' }, /HOST is "a\[31m", but must be/],
])('serve at %s says so in one sentence', async (_what, env, sentence) => {
  for (const command of ['serve', 'worker']) {
    const result = await desk.run([command], { env: { METRICS_PORT: '9', ...env } });
    const told = sentences(result);
    expect([1, 2]).toContain(result.code);
    expect(told.at(-1)).toMatch(sentence);
    expect(result.stderr).not.toMatch(/^\s+at /m);
  }
});

test('a port that is taken is named with its setting', async () => {
  const other = createServer().listen(Number(desk.env['PORT']), 'localhost');
  await once(other, 'listening');
  const told = sentences(await desk.run(['serve']));
  other.close();
  expect(told).toEqual([
    `paperboy: Port ${desk.env['PORT']} is taken by another program; stop that one, or set PORT.`,
  ]);
});

test('brackets round an address are no part of it', async () => {
  const serve = await desk.serve({ HOST: '[::1]' });
  expect((await fetch(`http://[::1]:${desk.env['PORT']}/healthz`)).status).toBe(200);
  await serve.stop();
});
