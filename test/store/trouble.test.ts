import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openError, storeError } from '../../src/store/sqlite/sqlite-errors.js';
import {
  MAIN,
  type RunResult,
  runPaperboy,
  startPaperboy,
  type TempDir,
  tempDir,
} from '../support/program.js';

let folder: TempDir;
let file: string;

beforeEach(() => {
  folder = tempDir();
  file = join(folder.path, 'paperboy.db');
});
afterEach(() => folder.dispose());

const envOf = (path: string) => ({ DATABASE_URL: `sqlite:${path}`, LOG_LEVEL: 'error' });

function paperboy(args: string[], path = file): Promise<RunResult> {
  return runPaperboy(args, { env: envOf(path) });
}

/** Fails with exit code 1 and one sentence. */
function expectSentence(
  { code, stdout, stderr }: Pick<RunResult, 'code' | 'stdout' | 'stderr'>,
  sentence: string,
) {
  expect([code, stdout, stderr]).toEqual([1, '', `paperboy: ${sentence}\n`]);
}

describe('a store that can not be opened', () => {
  test('is a folder', async () => {
    expectSentence(
      await paperboy(['migrate'], folder.path),
      `The store ${folder.path} can not be opened: it is a folder.`,
    );
  });

  test('lies behind a file', async () => {
    writeFileSync(join(folder.path, 'file'), '');
    for (const path of ['file/paperboy.db', 'file/deeper/paperboy.db']) {
      const there = join(folder.path, path);
      expectSentence(await paperboy(['migrate'], there), `The store ${there} can not be opened.`);
    }
  });

  test('is another file, which stays as it is', async () => {
    const text = 'Dear diary, '.repeat(1_000);
    writeFileSync(file, text);
    expectSentence(await paperboy(['migrate']), `${file} is not a Paperboy store.`);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('is damaged', async () => {
    await paperboy(['migrate']);
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(60_000, 0xff), 0, 60_000, 4_096);
    closeSync(handle);
    const sentence = `The store ${file} is damaged; restore a backup.`;
    expectSentence(await paperboy(['subscribers', 'list']), sentence);
  });
});

describe('a store that must not be written', () => {
  /** As it is with a folder that is mounted into a container, and that root has made. */
  function notYours(place: string): string {
    const owner = process.getuid?.() ?? 0;
    const uid = owner === 0 ? 65_534 : owner;
    return `: this process has the uid ${uid} and may not write ${place}, which belongs to uid ${owner}; give it to this user (chown ${uid} ${place}), or run as uid ${owner}`;
  }

  /** Runs the program as somebody to whom file permissions apply. */
  async function asNobody(args: string[], path: string) {
    const root = process.getuid?.() === 0;
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: '/',
      env: { PATH: process.env['PATH'], ...envOf(path) },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(root && { uid: 65_534, gid: 65_534 }),
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, ...output };
  }

  beforeEach(async () => {
    chmodSync(folder.path, 0o755);
    await paperboy(['subscribers', 'add', 'ada@example.org', '--confirmed']);
  });

  test('is a file without permission', async () => {
    const open = join(folder.path, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const path = join(open, 'paperboy.db');
    copyFileSync(file, path);
    chmodSync(path, 0o444);
    const list = await asNobody(['subscribers', 'list'], path);
    expect([list.code, list.stderr]).toEqual([0, '']);
    expect(list.stdout).toContain('ada@example.org');
    const add = await asNobody(['subscribers', 'add', 'bob@example.org'], path);
    const why = notYours(path);
    expectSentence(add, `The store ${path} can be read but not written${why}.`);
    chmodSync(path, 0);
    const locked = await asNobody(['subscribers', 'list'], path);
    expectSentence(locked, `The store ${path} can not be opened${why}.`);
  });

  test('lies in a folder without permission', async () => {
    const closed = join(folder.path, 'closed');
    mkdirSync(closed);
    const path = join(closed, 'paperboy.db');
    copyFileSync(file, path);
    chmodSync(path, 0o666);
    chmodSync(closed, 0o555);
    const add = await asNobody(['subscribers', 'add', 'bob@example.org'], path);
    expectSentence(add, `The store ${path} can be read but not written${notYours(closed)}.`);
    for (const name of ['new.db', 'new/new.db']) {
      const made = await asNobody(['migrate'], join(closed, name));
      const there = join(closed, name);
      expectSentence(made, `The store ${there} can not be opened${notYours(closed)}.`);
    }
  });
});

describe('a store on a full disk', () => {
  let disk: string | null = null;

  function mount(size: string, ...more: string[]): void {
    const path = join(folder.path, 'disk');
    mkdirSync(path, { recursive: true });
    const options = ['size', size].join('=');
    execFileSync('mount', ['-t', 'tmpfs', '-o', [options, ...more].join(','), 'none', path], {
      stdio: 'ignore',
    });
    disk = path;
  }

  afterEach(() => {
    if (disk !== null) execFileSync('umount', [disk]);
    disk = null;
  });

  test('says so, loses nothing, and works again once there is room', async ({ skip }) => {
    try {
      mount('400k');
    } catch {
      skip('only who may mount a small disk can fill it');
    }
    const path = join(folder.path, 'disk', 'paperboy.db');
    const added: string[] = [];
    const add = async (email: string) => {
      const run = await paperboy(['subscribers', 'add', email, '--confirmed'], path);
      if (run.code === 0) added.push(email);
      return run;
    };
    await add('ada@example.org');
    const filler = join(folder.path, 'disk', 'filler');
    fill(filler);
    const sentence = `The disk that holds the store ${path} is full.`;
    expectSentence(await add('bob@example.org'), sentence);
    // A little room is enough to open it, but not to write much.
    truncateSync(filler, statSync(filler).size - 40_960);
    const file = join(folder.path, 'many.csv');
    const many = Array.from({ length: 1_000 }, (_, n) => `reader${n}@example.org`);
    writeFileSync(file, ['email', ...many].join('\n'));
    expectSentence(await paperboy(['subscribers', 'import', file, '--confirmed'], path), sentence);
    mount('4m', 'remount');
    const list = await paperboy(['subscribers', 'list', '--json'], path);
    expect(list.code).toBe(0);
    for (const email of added) expect(list.stdout).toContain(email);
    expect(list.stdout).not.toContain('bob@example.org');
    expect((await add('last@example.org')).code).toBe(0);
  });

  /** Writes until not a byte more fits. */
  function fill(filler: string): void {
    const handle = openSync(filler, 'a');
    try {
      for (;;) writeSync(handle, Buffer.alloc(4_096));
    } catch {
      // The disk is full.
    } finally {
      closeSync(handle);
    }
  }
});

describe('a store that another program keeps locked', () => {
  test('is waited for', async () => {
    await paperboy(['migrate']);
    const other = new SQLite(file);
    other.exec('begin immediate');
    const running = startPaperboy(['subscribers', 'add', 'ada@example.org', '--confirmed'], {
      env: envOf(file),
    });
    const order: string[] = [];
    const ended = running.exited.then((exit) => {
      order.push('ended');
      return exit;
    });
    setTimeout(() => {
      order.push('unlocked');
      other.exec('commit');
      other.close();
    }, 1_000);
    expect((await ended).code).toBe(0);
    expect(order).toEqual(['unlocked', 'ended']);
  });

  test('and not given back is told in a sentence', async () => {
    await paperboy(['migrate']);
    const holder = new SQLite(file);
    holder.exec('begin immediate');
    const other = new SQLite(file, { timeout: 0 });
    try {
      other.exec('begin immediate');
      expect.unreachable('the lock did not hold');
    } catch (error) {
      expect(storeError(error, file)).toMatchObject({
        code: 'store_busy',
        message: `Another program keeps the store ${file} locked.`,
      });
    } finally {
      other.close();
      holder.close();
    }
  });

  test('other errors stay what they are', () => {
    const other = new Error('something else');
    expect(storeError(other, file)).toBe(other);
  });
});

describe('a compiled module of another Node.js', () => {
  const error = (message: string, code?: string) => Object.assign(new Error(message), { code });
  test.each([
    [
      error(
        "The module 'x.node'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 127.",
        'ERR_DLOPEN_FAILED',
      ),
      'was compiled for another Node.js',
    ],
    [error("Module did not self-register: 'x.node'.", 'ERR_DLOPEN_FAILED'), 'for another Node.js'],
    [error('x.node: invalid ELF header', 'ERR_DLOPEN_FAILED'), 'for another system'],
    [error("version `GLIBC_2.38' not found", 'ERR_DLOPEN_FAILED'), 'for another system'],
    [error('Could not locate the bindings file. Tried:\n → a\n → b'), 'was not compiled'],
  ])('is one sentence with the remedy', (cause, words) => {
    const told = openError(cause, file);
    expect(told).toMatchObject({ code: 'store_driver' });
    const { message } = told as Error;
    expect(message).toContain(words);
    expect(message).toContain('npm rebuild better-sqlite3');
    expect(message).not.toContain('\n');
  });
});
