import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

const READERS = ['ada@reader.test', 'bob@reader.test', 'cy@reader.test'];

test('at each firing of PICK_CRON the newest edition is made and sent by itself, once', async () => {
  const file = desk.file('readers.csv', `email\n${READERS.join('\n')}\n`);
  await desk.json(['subscribers', 'import', file, '--confirmed']);
  const server = await desk.serve({ PICK_CRON: '*/2 * * * * *' });
  const first = await desk.smtp.waitFor(3, 30_000);
  expect(first.map(({ to }) => to.join()).sort()).toEqual(READERS);

  const items = desk.source.days.get('2026-03-02') ?? [];
  desk.source.setDay('2026-03-05', items.map(submittedOn('2026-03-05')));
  const all = await desk.smtp.waitFor(6, 30_000);
  expect(
    all
      .slice(3)
      .map(({ to }) => to.join())
      .sort(),
  ).toEqual(READERS);
  expect(all[3]?.subject).not.toBe(all[0]?.subject);

  const asked = desk.source.requests.length;
  await expect
    .poll(() => desk.source.requests.length, { timeout: 20_000 })
    .toBeGreaterThan(asked + 3);
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  expect(desk.smtp.attempts).toHaveLength(6);
  expect(server.stderr).not.toMatch(/"level":"(error|fatal)"/);
}, 90_000);

test('a firing that fails is logged, and everything else goes on', async () => {
  const server = await desk.serve({ PICK_CRON: '* * * * * *' });
  desk.source.fail('html');
  await server.waitForLog(
    /"reason":"[^"]* answered text\/html that is not JSON\.","msg":"the daily run failed"/,
    30_000,
  );
  const front = await fetch(desk.site);
  expect([front.status, await front.text()]).toEqual([
    200,
    expect.stringContaining('Wednesday 4 March'),
  ]);
  await fetch(`${desk.site}/subscribe`, {
    method: 'POST',
    body: new URLSearchParams({ email: 'ada@reader.test' }),
  });
  await desk.smtp.waitFor(1, 15_000);
  expect(await server.stop()).toEqual({ code: 0, signal: null });
}, 60_000);

/** The same item as if it had been listed on another day. */
function submittedOn(day: string) {
  return (item: unknown): unknown =>
    JSON.parse(JSON.stringify(item).replace(/("submittedOnDailyAt":")\d{4}-\d\d-\d\d/, `$1${day}`));
}
