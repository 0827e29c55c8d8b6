import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeInboxFolder } from '../../src/jobs/inbox-folder.js';
import { type TempDir, tempDir } from '../support/program.js';

let temporary: TempDir;
beforeEach(() => {
  temporary = tempDir();
});
afterEach(() => temporary.dispose());

/** The number of a process that has ended. */
const ended = spawnSync(process.execPath, ['--version']).pid;

describe('the folder of the embedded inbox', () => {
  test('is private and another each time, and is gone at the end', () => {
    const [first, second] = [makeInboxFolder(temporary.path), makeInboxFolder(temporary.path)];
    expect(second.path).not.toBe(first.path);
    expect(statSync(second.path).mode & 0o777).toBe(0o700);
    writeFileSync(join(second.path, 'mail.eml'), 'Dear Ada');
    second.remove();
    expect(existsSync(second.path)).toBe(false);
  });

  test('of a process that was killed goes when the next one starts', () => {
    const left = join(temporary.path, `paperboy-inbox-${ended}-aBc123`);
    mkdirSync(left);
    writeFileSync(join(left, 'mail.eml'), 'Dear Ada');
    const { remove } = makeInboxFolder(temporary.path);
    expect(existsSync(left)).toBe(false);
    remove();
    expect(readdirSync(temporary.path)).toEqual([]);
  });

  test('of a process that runs stays, and so does what is none', () => {
    const elsewhere = join(temporary.path, 'elsewhere');
    mkdirSync(elsewhere);
    const names = [`paperboy-inbox-${process.ppid}-aBc123`, 'paperboy-inbox-notes', 'maildev'];
    for (const name of names) mkdirSync(join(temporary.path, name));
    symlinkSync(elsewhere, join(temporary.path, `paperboy-inbox-${ended}-link`));
    writeFileSync(join(temporary.path, `paperboy-inbox-${ended}-file`), '');
    makeInboxFolder(temporary.path).remove();
    expect(readdirSync(temporary.path)).toEqual(
      expect.arrayContaining([...names, 'elsewhere', `paperboy-inbox-${ended}-link`]),
    );
  });
});
