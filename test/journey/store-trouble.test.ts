import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createDatabase, startPostgres } from '../support/postgres.js';
import { type RunningPaperboy, tempDir } from '../support/program.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { READERS, Standstill } from './standstill.js';

// Each waits for leases to run out, beside others that do the same.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

const open: { close(): unknown }[] = [];
afterAll(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function standstill(databaseUrl: string): Promise<Standstill> {
  const scene = await Standstill.open({ DATABASE_URL: databaseUrl });
  open.push({ close: () => scene.desk.close() });
  scene.holdBackFrom(20);
  return scene;
}

function folder(): string {
  const { path, dispose } = tempDir();
  open.push({ close: dispose });
  return path;
}

/** Ends by itself, with exit code 1 and one sentence. */
async function expectEnd(running: RunningPaperboy, sentence: string | RegExp): Promise<void> {
  expect(await running.exited).toEqual({ code: 1, signal: null });
  const said = running.stderr.split('\n').filter((line) => line.startsWith('paperboy: '));
  expect(said).toHaveLength(1);
  if (typeof sentence === 'string') expect(said).toEqual([sentence]);
  else expect(said[0]).toMatch(sentence);
}

/** Nobody starts or calls anything, and all mails arrive. */
async function expectItGoesOn(scene: Standstill, service: RunningPaperboy): Promise<void> {
  await everybodyHasIt(scene, service);
  await scene.finish();
  scene.expectFewRepeats();
}

async function everybodyHasIt(scene: Standstill, service: RunningPaperboy): Promise<void> {
  const arrived = () => new Set(scene.desk.smtp.received.map(({ to }) => to.join())).size;
  await vi.waitUntil(() => arrived() === READERS.length, { timeout: 120_000, interval: 100 });
  expect(await service.stop()).toEqual({ code: 0, signal: null });
}

const failed = (running: RunningPaperboy) =>
  running.waitForLog(/"the sender failed and starts again"/, 60_000);

/** A way in which a store on SQLite can't be written. */
interface Trouble {
  what: string;
  /** A folder for the store, or `null` where this trouble can't be made. */
  place(): string | null;
  /** Begins it; gives what ends it. */
  begin(file: string): () => void;
  sentence(file: string): string;
}

const fullDisk: Trouble = {
  what: 'a disk that fills up',
  place: () => {
    const path = join(folder(), 'disk');
    mkdirSync(path);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', path], { stdio: 'ignore' });
    } catch {
      return null;
    }
    open.push({ close: () => execFileSync('umount', [path]) });
    return path;
  },
  begin: (file) => {
    const filler = `${file}-filler`;
    const handle = openSync(filler, 'a');
    try {
      for (;;) writeSync(handle, Buffer.alloc(4_096));
    } catch {
      // Not a byte more fits.
    } finally {
      closeSync(handle);
    }
    return () => rmSync(filler);
  },
  sentence: (file) => `The disk that holds the store ${file} is full.`,
};

const lock: Trouble = {
  what: 'a lock that another program keeps',
  place: folder,
  begin: (file) => {
    const other = new SQLite(file);
    other.exec('begin immediate');
    return () => {
      other.exec('rollback');
      other.close();
    };
  },
  sentence: (file) => `Another program keeps the store ${file} locked.`,
};

// Side by side, since most of their time is waiting.
describe.concurrent('while mails are under way', () => {
  const troubles = [fullDisk, lock];

  test.for(troubles)(
    '$what ends send, and the next one sends the rest',
    async (trouble, { skip }) => {
      const path = trouble.place();
      if (path === null) return skip('only who may mount a small disk can fill it');
      const file = join(path, 'paperboy.db');
      const scene = await standstill(`sqlite:${file}`);
      const sending = await scene.start('send');
      const end = trouble.begin(file);
      scene.answer();
      await expectEnd(sending, `paperboy: ${trouble.sentence(file)}`);
      end();
      await scene.finish();
      scene.expectFewRepeats();
    },
  );

  test.for(troubles)(
    '$what does not end serve, which goes on by itself',
    async (trouble, { skip }) => {
      const path = trouble.place();
      if (path === null) return skip('only who may mount a small disk can fill it');
      const file = join(path, 'paperboy.db');
      const scene = await standstill(`sqlite:${file}`);
      const server = await scene.start('serve');
      const end = trouble.begin(file);
      scene.answer();
      await failed(server);
      expect(server.stderr).toContain(trouble.sentence(file));
      end();
      await expectItGoesOn(scene, server);
    },
  );

  test.for(['send', 'serve'] as const)(
    'a lock that is kept for long and then given back makes %s send nothing again',
    async (command) => {
      const file = join(folder(), 'paperboy.db');
      const scene = await standstill(`sqlite:${file}`);
      const running = await scene.start(command);
      const end = lock.begin(file);
      scene.answer();
      await running.waitForLog(/"the results of mails could not be written/, 60_000);
      end();
      if (command === 'send') await expectEnd(running, `paperboy: ${lock.sentence(file)}`);
      else await everybodyHasIt(scene, running);
      await scene.finish();
      scene.expectEachOnce();
    },
  );

  test('a PostgreSQL that is shut down ends send; serve and worker go on by themselves', async ({
    skip,
  }) => {
    if ((await sharedPostgres()) === null) skip('PostgreSQL can not be started here');
    const server = await startPostgres();
    open.push({ close: () => server.stop() });
    const start = async (command: 'send' | 'serve' | 'worker') => {
      const scene = await standstill((await createDatabase(server.url)).url);
      return { scene, running: await scene.start(command) };
    };
    const [sent, ...services] = await Promise.all([start('send'), start('serve'), start('worker')]);
    await server.pause();
    for (const { scene } of [sent, ...services]) scene.answer();
    await expectEnd(sent.running, /^paperboy: The database .*(stopping|be reached|was lost)/);
    for (const { running } of services) await failed(running);
    await server.resume();
    const sentOn = sent.scene.finish().then(() => sent.scene.expectFewRepeats());
    await Promise.all([
      sentOn,
      ...services.map(({ scene, running }) => expectItGoesOn(scene, running)),
    ]);
  });
});
