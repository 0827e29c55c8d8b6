import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { STATES } from '../../src/subscribers/subscriber.js';
import { type TempDir, tempDir } from '../support/program.js';
import { openSite, type Site } from './site.js';

// What an address is must not show in how long an answer takes. What takes long is the disk, which is
// waited for once with each commit; so commits are counted, in the log that SQLite writes.

let site: Site;
let dir: TempDir;
let file: string;
beforeEach(async () => {
  dir = tempDir();
  file = join(dir.path, 'paperboy.db');
  site = await openSite({ file });
});
afterEach(async () => {
  await site.close();
  dir.dispose();
});

const [HEADER, FRAME] = [32, 24];

/** Commits in the write-ahead log: frames that say how large the database is by then. */
function countCommits(): number {
  const log = readFileSync(`${file}-wal`);
  const pageSize = log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let commits = 0;
  for (let at = HEADER; at + FRAME + pageSize <= log.length; at += FRAME + pageSize) {
    if (!log.subarray(at + 8, at + 16).equals(salt)) break;
    if (log.readUInt32BE(at + 4) > 0) commits++;
  }
  return commits;
}

const KINDS = [...STATES, 'unknown', 'bounced', 'never', 'refusing', 'flooded', 'trapped'];

async function makeAll(): Promise<void> {
  const { subscribers } = site.store;
  const at = site.clock.now();
  for (const state of STATES) await site.subscriber(`${state}@reader.test`, state);
  const suppress = (email: string, reason: 'bounce' | 'complaint', days: number) =>
    subscribers.suppress({ email, reason, at: at - days * 24 * 3_600_000, detail: null });
  await suppress((await site.subscriber('bounced@reader.test', 'active')).email, 'bounce', 9);
  await suppress('never@reader.test', 'complaint', 0);
  await subscribers.suppress({
    ...{ email: 'refusing+2@reader.test', reason: 'owner', at, detail: null },
  });
  // Over the limit of an address.
  for (let n = 0; n < 5; n++) await site.post('/subscribe', { email: 'flooded@reader.test' });
}

test.each(['form', 'json'])(
  'a request by %s is one commit, whatever the address is',
  async (how) => {
    await makeAll();
    const commits: [string, number][] = [];
    for (const kind of KINDS) {
      const email = `${kind}@reader.test`;
      const trap = kind === 'trapped' ? { website: 'x' } : {};
      const before = countCommits();
      const answer =
        how === 'form'
          ? await site.post('/subscribe', { email, hour: '7', ...trap })
          : await site.postJson('/subscribe', { email, hour: 7, ...trap });
      expect(answer.statusCode).toBe(how === 'form' ? 200 : 202);
      commits.push([kind, countCommits() - before]);
    }
    expect(commits).toEqual(KINDS.map((kind) => [kind, 1]));
  },
);

test('answers to a flooded address and to the trap are those of any other, headers included', async () => {
  await makeAll();
  const answers = new Set<string>();
  for (const kind of KINDS) {
    const email = `${kind}@reader.test`;
    const trap = kind === 'trapped' ? { website: 'x' } : {};
    const { statusCode, headers, body } = await site.post('/subscribe', { email, ...trap });
    for (const changing of [
      'date',
      'content-length',
      'x-ratelimit-remaining',
      'x-ratelimit-reset',
    ]) {
      delete headers[changing];
    }
    answers.add(JSON.stringify({ statusCode, headers, body }).replaceAll(email, 'ADDRESS'));
  }
  expect(answers.size).toBe(1);
});

test('answers wait for the next tenth of a second, so that a few reads more or less do not show', async () => {
  const slept: number[] = [];
  let steady = 0;
  await site.close();
  site = await openSite({
    form: { answerStep: 100 },
    sleep: async (ms) => {
      slept.push(ms);
    },
    steady: () => {
      steady += 37;
      return steady;
    },
  });
  const began = steady;
  await site.post('/subscribe', { email: 'ada@reader.test' });
  expect(steady).toBeGreaterThan(began);
  expect(slept).toHaveLength(1);
  expect(slept[0]).toBeGreaterThan(0);
  expect(slept[0]).toBeLessThanOrEqual(100);
});
