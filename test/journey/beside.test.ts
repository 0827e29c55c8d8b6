import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({ parse: false });
});
afterEach(() => desk.close());

const IMPORTED = Array.from({ length: 1_500 }, (_, n) => `reader${n}@reader.test`);

test('serve and the command line work on one store at once, and nobody gets a mail twice', async () => {
  const server = await desk.serve();
  const file = desk.file('readers.csv', `email\n${IMPORTED.join('\n')}\n`);

  // An import, a fetch, a list and the form, all at the same time.
  const [imported, , , statuses] = await Promise.all([
    desk.json(['subscribers', 'import', file, '--confirmed']),
    desk.json(['fetch', '--date', '2026-03-02']),
    desk.json(['subscribers', 'list']),
    subscribeMany(20),
  ]);
  expect(imported).toEqual({ imported: 1_500, known: 0, rejected: [] });
  expect(new Set(statuses)).toEqual(new Set([200]));
  await desk.smtp.waitFor(20, 30_000);

  // Two commands and the service send the same edition.
  await desk.json(['pick', '--date', '2026-03-02']);
  const send = ['send', '--date', '2026-03-02', '--now'];
  const counts = await Promise.all([desk.json(send), desk.json(send)]);
  for (const count of counts) {
    expect(count).toMatchObject({ accepted: 1_500, planned: 0, uncertain: 0, refused: 0 });
  }
  const digests = desk.smtp.received.filter(({ headers }) => headers.has('list-id'));
  expect(digests.map(({ to }) => to.join()).sort()).toEqual([...IMPORTED].sort());
  expect(desk.smtp.attempts).toHaveLength(1_520);

  expect(await server.stop()).toEqual({ code: 0, signal: null });
  expect(server.stderr).not.toMatch(/"level":"(error|fatal)"/);
}, 120_000);

test('serve and two workers on one store make and send a day once', async () => {
  const file = desk.file('readers.csv', `email\n${IMPORTED.slice(0, 300).join('\n')}\n`);
  await desk.json(['subscribers', 'import', file, '--confirmed']);
  const began = Date.now();
  const env = { PICK_CRON: '* * * * * *' };
  const server = await desk.serve(env);
  const workers = [desk.start(['worker'], env), desk.start(['worker'], env)];
  for (const worker of workers) await worker.waitForLog(/^The worker \S+ is at work$/m, 30_000);
  await desk.smtp.waitFor(300, 60_000);
  const accepted = `select count(*) as n from deliveries where state = 'accepted'`;
  await expect.poll(() => desk.rows(accepted), { timeout: 30_000 }).toEqual([{ n: 300 }]);

  // The newest day is asked for once at each firing, not by each of them.
  const fired = desk.source.requests.length;
  await expect
    .poll(() => desk.source.requests.length, { timeout: 20_000 })
    .toBeGreaterThan(fired + 6);
  const runs = desk.source.requests.filter(({ path }) => !path.includes('date='));
  expect(runs.length).toBeLessThanOrEqual((Date.now() - began) / 1_000 + 2);

  for (const running of [server, ...workers]) {
    expect(await running.stop()).toEqual({ code: 0, signal: null });
    expect(running.stderr).not.toMatch(/"level":"(error|fatal)"/);
  }
  expect(desk.smtp.attempts).toHaveLength(300);
}, 120_000);

test('several commands that start together on a new store make it once', async () => {
  rmSync(join(desk.path, 'paperboy.db'));
  const results = await Promise.all(
    Array.from({ length: 4 }, () => desk.json<{ applied: string[] }>(['migrate'])),
  );
  const applied = results.flatMap((result) => result.applied);
  expect(applied).toEqual([...new Set(applied)]);
  expect(applied).toContain('0001_initial');
}, 60_000);

async function subscribeMany(number: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; n < number; n++) {
    const response = await fetch(`${desk.site}/subscribe`, {
      method: 'POST',
      headers: { accept: 'text/html' },
      body: new URLSearchParams({ email: `form${n}@reader.test` }),
    });
    statuses.push(response.status);
  }
  return statuses;
}
