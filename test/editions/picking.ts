import { join } from 'node:path';
import { type PickReport, pickEdition } from '../../src/editions/pick.js';
import type { RatedPaper } from '../../src/papers/paper.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { rated } from '../papers/rated.js';
import { saveListing } from '../papers/save-listing.js';
import { type Noted, notingLogger, QuickClock } from '../sources/asking.js';
import { tempDir } from '../support/program.js';

export const MONDAY = '2026-03-02';
export const TUESDAY = '2026-03-03';
export const WEDNESDAY = '2026-03-04';

export const votes = (id: string, upvotes: number) => rated(id, { upvotes });

/** A store of its own, and what makes editions in it. */
export class PickDesk {
  readonly noted: Noted = notingLogger();
  readonly #folder: { dispose(): void };

  private constructor(
    readonly store: Store,
    readonly clock: QuickClock,
    folder: { dispose(): void },
  ) {
    this.#folder = folder;
  }

  static async open(): Promise<PickDesk> {
    const folder = tempDir();
    const file = join(folder.path, 'paperboy.db');
    const clock = new QuickClock();
    return new PickDesk(await openStore({ kind: 'sqlite', file }, clock), clock, folder);
  }

  /** Papers as a source lists them for a day, at a moment of their own. */
  async list(day: string, papers: RatedPaper[], source = 'huggingface'): Promise<void> {
    this.clock.time += 1_000;
    const listed = papers.map(({ signal, ...paper }) => ({ paper, signal }));
    await saveListing(this.store.papers, source, day, listed, { now: this.clock.now() });
  }

  pick(day: string): Promise<PickReport> {
    const { store, clock, noted } = this;
    clock.time += 1_000;
    return pickEdition({ ...store, clock, logger: noted.logger }, day);
  }

  async papersOf(day: string, kind?: 'daily' | 'sample'): Promise<RatedPaper[]> {
    const edition = await this.store.editions.find(day, kind);
    return edition ? (await this.store.editions.withPapers(edition)).papers : [];
  }

  async idsOf(day: string): Promise<string[]> {
    return (await this.papersOf(day)).map(({ id }) => id);
  }

  async close(): Promise<void> {
    await this.store.close();
    this.#folder.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
