import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import { found } from '../store/contract/dialect.js';
import { createDatabase, type PostgresDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const server = await sharedPostgres();
let desk: Desk;
let database: PostgresDatabase;

beforeEach(async () => {
  desk = await openDesk();
  database = await createDatabase(found(server));
  desk.env['DATABASE_URL'] = database.url;
});
afterEach(async () => {
  await desk.close();
  await database.drop();
});

const READERS = Array.from({ length: 40 }, (_, n) => `reader${n}@reader.test`);
const recipients = () => desk.smtp.received.map(({ to }) => to.join()).sort();

describe.skipIf(server === null)('on PostgreSQL', () => {
  test('every command does what it does on SQLite', async () => {
    const { applied } = await desk.json<{ applied: string[] }>(['migrate']);
    expect(applied).toContain('0001_initial');
    const file = desk.file('readers.csv', `email\n${READERS.join('\n')}\n`);
    const importing = ['subscribers', 'import', file, '--confirmed'];
    expect(await desk.json(importing)).toEqual({ imported: 40, known: 0, rejected: [] });
    expect(await desk.json(importing)).toEqual({ imported: 0, known: 40, rejected: [] });

    // A day step by step, and a day in one.
    expect(await desk.json(['fetch', '--date', '2026-03-02'])).toMatchObject({
      huggingface: { stored: 7 },
    });
    expect(await desk.json(['pick', '--date', '2026-03-02'])).toMatchObject({ papers: 7 });
    await desk.run(['preview', '--date', '2026-03-02', '--out', 'digest.html']);
    expect(readFileSync(join(desk.path, 'digest.html'), 'utf8')).toContain('</html>');
    const send = ['send', '--date', '2026-03-02', '--now'];
    expect(await desk.json(send)).toMatchObject({ accepted: 40, planned: 0, uncertain: 0 });
    expect(recipients()).toEqual([...READERS].sort());
    expect(await desk.json(send)).toMatchObject({ accepted: 40 });
    const run = ['run', '--date', '2026-03-03', '--now'];
    expect(await desk.json(run)).toMatchObject({ accepted: 40, picked: { repeated: 1 } });
    expect(desk.smtp.attempts).toHaveLength(80);

    await desk.json(['subscribers', 'add', 'new@reader.test', '--confirmed']);
    await desk.json(['subscribers', 'remove', 'reader7@reader.test']);
    expect(await desk.json(['subscribers', 'list', '--limit', '3'])).toMatchObject({
      counts: { active: 40, pending: 0 },
    });
    expect(await desk.json(['subscribers', 'show', 'new@reader.test'])).toMatchObject({
      email: 'new@reader.test',
      state: 'active',
    });
    const exported = await desk.run(['subscribers', 'export']);
    expect(exported.stdout.trim().split('\n')).toHaveLength(41);
    expect(exported.stdout).toContain('new@reader.test');
    expect((await desk.run(['subscribers', 'show', 'reader7@reader.test'])).code).toBe(1);
  }, 120_000);

  test('a newcomer subscribes, confirms, gets the digest and leaves, and a worker may send it', async () => {
    const pages = await desk.serve();
    const worker = desk.start(['worker']);
    await worker.waitForLog(/is at work$/m, 30_000);
    const post = (path: string, body: string) =>
      fetch(new URL(path, desk.site), {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
        body,
      });
    expect((await post('/subscribe', 'email=ada%40reader.test')).status).toBe(200);
    const [notice] = await desk.smtp.waitFor(1, 30_000);
    const confirm = found(/\/confirm\/[\w-]+/.exec(found(notice).text))[0];
    expect((await post(confirm, '')).status).toBe(200);
    const digest = found((await desk.smtp.waitFor(2, 30_000))[1]);
    expect(digest.text).toContain('This is your first digest');
    const leave = new URL(found(digest.listUnsubscribe[0])).pathname;
    expect((await post(leave, 'List-Unsubscribe=One-Click')).status).toBe(200);
    expect(await database.query('select state from subscribers')).toEqual([
      { state: 'unsubscribed' },
    ]);
    for (const running of [pages, worker]) {
      expect(await running.stop()).toEqual({ code: 0, signal: null });
      expect(running.stderr).not.toMatch(/"level":"(error|fatal)"/);
    }
    expect(desk.smtp.attempts).toHaveLength(2);
  }, 120_000);
});
