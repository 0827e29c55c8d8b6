import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/store/open.js';
import { tempDir } from '../support/program.js';
import { MovableClock } from './clock.js';

let empty: Promise<Buffer> | undefined;

/**
 * Writes the file of an empty store, which takes a sixth of the time of its migrations. Those have
 * tests of their own.
 */
export async function writeEmptyStore(file: string): Promise<void> {
  empty ??= makeEmptyStore();
  writeFileSync(file, await empty);
}

async function makeEmptyStore(): Promise<Buffer> {
  const folder = tempDir();
  try {
    const file = join(folder.path, 'empty.db');
    const store = await openStore({ kind: 'sqlite', file }, new MovableClock());
    await store.close();
    return readFileSync(file);
  } finally {
    folder.dispose();
  }
}
