import { execFile } from 'node:child_process';
import { cpSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT, tempDir } from '../support/program.js';

const run = promisify(execFile);

test('a program whose modules have been put together can be put together again', async () => {
  using folder = tempDir();
  for (const name of ['bundle.js', 'package.json', 'dist']) {
    cpSync(join(ROOT, name), join(folder.path, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
  const node = (...args: string[]) => run(process.execPath, args, { cwd: folder.path });
  const files = () => readdirSync(join(folder.path, 'dist/cli')).length;
  const before = files();
  expect((await node('bundle.js')).stderr).toBe('');
  expect((await node('dist/main.js', 'subscribers', '--help')).stdout).toContain('import');
  expect(files()).toBe(before);
}, 30_000);
