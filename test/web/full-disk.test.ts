import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PaperboyError } from '../../src/base/errors.js';
import { isStorePassing, toFailure } from '../../src/web/failure.js';
import { type TempDir, tempDir } from '../support/program.js';
import { openSite, pickFixtures, type Site } from './site.js';

let folder: TempDir;
let disk: string;
let site: Site | undefined;
beforeEach(() => {
  folder = tempDir();
  disk = join(folder.path, 'disk');
  mkdirSync(disk);
});
afterEach(async () => {
  await site?.close();
  if (site) execFileSync('umount', [disk]);
  site = undefined;
  folder.dispose();
});

function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Not a byte more fits then. */
function fill(filler: string): void {
  const handle = openSync(filler, 'a');
  try {
    for (;;) writeSync(handle, Buffer.alloc(4_096));
  } catch {
    closeSync(handle);
  }
}

test('while the disk is full pages are read, forms say when to come back, and leaving is done later', async ({
  skip,
}) => {
  if (!mount()) skip('only who may mount a small disk can fill it');
  site = await openSite({ file: join(disk, 'paperboy.db') });
  await pickFixtures(site);
  const { store, tokens } = site;
  const { id } = await site.subscriber('ada@reader.test', 'active');
  const bob = await site.subscriber('bob@reader.test', 'active');
  const filler = join(disk, 'filler');
  fill(filler);
  const answers = [
    await site.post(`/unsubscribe/${tokens.unsubscribe(id)}`),
    await site.post(`/preferences/${tokens.preferences(bob.id)}`, { hour: '7' }),
    await site.post('/subscribe', { email: 'cleo@reader.test' }),
  ];
  for (const { statusCode, headers } of answers) {
    expect([statusCode, Number(headers['retry-after'])]).toEqual([503, 300]);
  }
  for (const page of ['/', '/papers/2026-03-03', '/search?q=model']) {
    expect([page, (await site.get(page)).statusCode]).toEqual([page, 200]);
  }
  rmSync(filler);
  const state = async () => (await store.subscribers.find(id))?.state;
  await expect.poll(state, { timeout: 20_000 }).toBe('unsubscribed');
});

test.each([
  ['store_full', 503],
  ['store_read_only', 503],
  ['store_io', 503],
  ['store_busy', 503],
  ['store_unreachable', 503],
  ['store_corrupt', 500],
])('%s is answered with %i, and passes or does not', (code, status) => {
  const error = new PaperboyError(code, 'The store /srv/paperboy.db is in trouble.');
  const failure = toFailure(error);
  expect([failure.status, isStorePassing(error)]).toEqual([status, status === 503]);
  expect(failure.text).not.toContain('/srv');
  if (status === 503) expect(failure.retryAfter).toBeGreaterThan(0);
});
