import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import type { Edition } from '../../src/editions/edition.js';
import { runSchedule } from '../../src/jobs/schedule.js';
import { huggingFace } from '../../src/sources/huggingface/huggingface.js';
import type { Source } from '../../src/sources/source.js';
import { mailsIn, steady } from '../delivery/harness.js';
import { notingLogger } from '../sources/asking.js';
import { HOUR, SECOND } from '../store/clock.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { type HuggingFaceStub, startHuggingFace } from '../support/huggingface.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/huggingface', import.meta.url));
/** The first of the days that pass in a test, which begins at eight in its morning. */
export const DAY = '2026-03-02';
export const AFTERNOON = '0 16 * * *';
/** It is eight o'clock when a test begins. */
export const UNTIL_AFTERNOON = 8 * HOUR;

interface Started {
  pickCron: string;
  freezeAfter?: number;
  zone?: string;
  processes?: number;
  sourceDeadline?: number;
  others?: Source[];
}

/** A store, a source, and the schedule of one or more processes on them. */
export class ScheduleDesk {
  readonly noted = notingLogger();
  #stop = new AbortController();
  #running: Promise<void>[] = [];

  private constructor(
    readonly temp: TempStore,
    readonly stub: HuggingFaceStub,
  ) {}

  static async open(): Promise<ScheduleDesk> {
    return new ScheduleDesk(await tempStore(), await startHuggingFace({ dir: FIXTURES }));
  }

  /** Starts the schedule and waits until it has come to rest. */
  async start({
    pickCron,
    freezeAfter = 0,
    zone = 'UTC',
    processes = 1,
    sourceDeadline = 0,
    others = [],
  }: Started): Promise<void> {
    const { logger } = this.noted;
    const retryPolicy = { tries: 1, timeout: 60_000 };
    const http = { clock: systemClock, random: steady, logger, retryPolicy };
    const deps = { ...this.temp.store, clock: this.temp.clock, logger };
    this.#stop = new AbortController();
    this.#running = Array.from({ length: processes }, (_, n) =>
      runSchedule(
        {
          ...deps,
          sources: [huggingFace(new URL(this.stub.url), http), ...others],
          sourceDeadline,
          pickCron,
          editionTimezone: zone,
          defaultTimezone: 'UTC',
          defaultLanguage: 'en',
          freezeAfter,
          holder: `process ${n}`,
        },
        this.#stop.signal,
      ),
    );
    await this.rest();
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  /** Everything that was to be done has been done when the schedule sleeps again. */
  async rest(): Promise<void> {
    const all = () => this.temp.clock.sleepingFor(SECOND) >= this.#running.length;
    await vi.waitUntil(all, { timeout: 10_000, interval: 2 });
  }

  async pass(ms: number): Promise<void> {
    this.temp.clock.advance(ms);
    await this.rest();
  }

  edition(): Promise<Edition | null> {
    return this.temp.store.editions.find(DAY);
  }

  states(): string[] {
    return mailsIn(this.temp.file).map(({ state }) => state);
  }

  failures(): Record<string, unknown>[] {
    return this.noted.lines.filter(({ msg }) => msg === 'the daily run failed');
  }

  /** A run begins by asking for the newest day. */
  runs(): number {
    return this.stub.requests.filter(({ path }) => !path.includes('date=')).length;
  }

  async close(): Promise<void> {
    await this.end();
    await this.stub.close();
    await this.temp.close();
  }
}
