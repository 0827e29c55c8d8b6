import { fileURLToPath } from 'node:url';
import type { StoreLocation } from '../../src/store/open.js';
import { runPaperboy, tempDir } from '../support/program.js';
import { START } from './clock.js';
import type { Table } from './contract/dialect.js';

const WORKER = fileURLToPath(new URL('claiming-worker.js', import.meta.url));

/**
 * `claimAtOnce` of a dialect by processes of their own, with connections of their own. Two SQLite
 * writers in one process would wait for each other.
 */
export async function claimAtOnce(
  location: StoreLocation,
  table: Table,
  workers: number,
): Promise<number[][]> {
  using folder = tempDir();
  return await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      const place = [JSON.stringify(location), folder.path];
      const args = [...place, table, START, workers, index].map(String);
      const ran = await runPaperboy(args, { main: WORKER });
      return ran.json<number[]>();
    }),
  );
}
