import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HURRIED } from '../support/program.js';
import { type Desk, openDesk } from './desk.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({}, { DATABASE_URL: 'sqlite:data/deeper/paperboy.db' });
});
afterEach(() => desk.close());

/** Runs a command under a mask that would let everybody read and write. */
async function openly(mask: string, args: string): Promise<number | null> {
  const child = spawn(
    '/bin/sh',
    ['-c', `umask ${mask}; exec "${process.execPath}" "${HURRIED}" ${args}`],
    {
      cwd: desk.path,
      env: { PATH: process.env['PATH'], ...desk.env },
      stdio: 'ignore',
    },
  );
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

/** Everything below a folder, with its permissions. */
function modes(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    names.map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]),
  );
}

test.each(['000', '022', '077'])(
  'what is written is private, whatever the umask: %s',
  async (mask) => {
    expect(await openly(mask, 'subscribers add ada@reader.test --confirmed')).toBe(0);
    expect(await openly(mask, 'subscribers export people.csv')).toBe(0);
    expect(await openly(mask, 'fetch --date 2026-03-02')).toBe(0);
    expect(await openly(mask, 'pick --date 2026-03-02')).toBe(0);
    expect(await openly(mask, 'preview --date 2026-03-02 --out digest.html')).toBe(0);
    expect(modes(desk.path)).toEqual({
      data: '700',
      'data/deeper': '700',
      'data/deeper/paperboy.db': '600',
      'people.csv': '600',
      'digest.html': '600',
      'digest.txt': '600',
    });
  },
);

test('the log of what was written last is private while it is there', async () => {
  const serve = await desk.serve();
  const { data: _, ...files } = modes(desk.path);
  expect(files).toMatchObject({
    'data/deeper/paperboy.db-wal': '600',
    'data/deeper/paperboy.db-shm': '600',
  });
  await serve.stop();
});

test('a file that others could read is private once it is written over', async () => {
  await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
  const file = join(desk.path, 'people.csv');
  writeFileSync(file, 'old');
  chmodSync(file, 0o644);
  expect((await desk.run(['subscribers', 'export', 'people.csv'])).code).toBe(0);
  expect(modes(desk.path)['people.csv']).toBe('600');
});

describe('doctor', () => {
  const store = () => join(desk.path, 'data/deeper/paperboy.db');
  const lines = async () =>
    (await desk.run(['doctor'])).stdout.split('\n').filter((line) => line.includes(' store: '));

  test.each([0o644, 0o640, 0o666, 0o604])(
    'names an old store that others can read (%o)',
    async (mode) => {
      await desk.json(['migrate']);
      expect(await lines()).toEqual(['ok    store: answers']);
      chmodSync(store(), mode);
      const [, warning = ''] = await lines();
      expect(warning).toMatch(
        /^warn {2}store: others on this machine can read data\/deeper\/paperboy\.db/,
      );
      expect(warning).toContain('chmod 600 data/deeper/paperboy.db');
    },
  );
});

test('a store in an empty file that was made beforehand is private too', async () => {
  mkdirSync(join(desk.path, 'data/deeper'), { recursive: true });
  writeFileSync(join(desk.path, 'data/deeper/paperboy.db'), '', { mode: 0o644 });
  expect(await openly('022', 'subscribers add ada@reader.test --confirmed')).toBe(0);
  expect(modes(desk.path)).toMatchObject({ 'data/deeper/paperboy.db': '600' });
});
