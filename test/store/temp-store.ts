import { join } from 'node:path';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { tempDir } from '../support/program.js';
import { MovableClock } from './clock.js';
import { writeEmptyStore } from './empty-file.js';

export interface TempStore<C extends MovableClock = MovableClock> {
  readonly store: Store;
  readonly clock: C;
  readonly file: string;
  /** Closes the store and removes its file. */
  close(): Promise<void>;
}

/** Opens an empty store in a folder of its own, with a clock that tests can move. */
export async function tempStore(): Promise<TempStore>;
export async function tempStore<C extends MovableClock>(clock: C): Promise<TempStore<C>>;
export async function tempStore(clock = new MovableClock()): Promise<TempStore> {
  const folder = tempDir();
  const file = join(folder.path, 'paperboy.db');
  await writeEmptyStore(file);
  const store = await openStore({ kind: 'sqlite', file }, clock);
  return {
    store,
    clock,
    file,
    close: async () => {
      await store.close();
      folder.dispose();
    },
  };
}
