import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desk, openDesk } from './desk.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({ parse: false });
});
afterEach(() => desk.close());

const list = (count: number) =>
  desk.file(
    'list.csv',
    `email\n${Array.from({ length: count }, (_, n) => `r${n}@x.test\n`).join('')}`,
  );

test('an import without --confirmed says how long asking takes, beforehand and then', async () => {
  const env = { DAILY_CAP: '50' };
  const file = list(120);
  const asking = { waiting: 120, perDay: 2, days: 60 };
  const tried = await desk.run(['subscribers', 'import', file, '--dry-run', '--json'], { env });
  expect(tried.json()).toMatchObject({ pending: 120, asking });
  const { stdout } = await desk.run(['subscribers', 'import', file], { env });
  expect(stdout).toContain(
    '120 wait to be asked by mail to confirm, at most 2 a day: it takes about 60 days (docs/IMPORT.md).\n120 imported',
  );
  const doctor = await desk.run(['doctor', '--json'], { env });
  expect(JSON.stringify(doctor.json())).toContain('120 confirmations of imports wait');
});

test('an import says that nobody will be asked where the cap leaves nothing for it', async () => {
  const env = { DAILY_CAP: '20' };
  const args = ['subscribers', 'import', list(3), '--dry-run'];
  const tried = await desk.run([...args, '--json'], { env });
  expect(tried.json()).toMatchObject({ asking: { waiting: 3, perDay: 0, days: null } });
  expect((await desk.run(args, { env })).stdout).toContain(
    '3 wait to be asked by mail to confirm, but the cap of the day leaves nothing for imports: raise DAILY_CAP',
  );
});

test('an import that goes out in a day says nothing of it', async () => {
  const imported = await desk.json(['subscribers', 'import', list(40)]);
  expect(imported).toEqual({ imported: 40, known: 0, rejected: [] });
});

test('under a cap, no more than a part of it asks to confirm, and each reader gets a digest', async () => {
  await desk.json(['fetch', '--date', '2026-03-02']);
  await desk.json(['pick', '--date', '2026-03-02']);
  const env = { DAILY_CAP: '50' };
  const readers = Array.from({ length: 45 }, (_, n) => `reader${n}@reader.test\n`);
  const file = desk.file('readers.csv', `email\n${readers.join('')}`);
  await desk.json(['subscribers', 'import', file, '--confirmed']);
  await desk.run(['subscribers', 'import', list(300)], { env });
  const sent = await desk.run(['send', '--now', '--json'], { env });
  expect(sent.json()).toMatchObject({ accepted: 45, planned: 0 });
  const asked = desk.smtp.received.filter(({ to }) => to[0]?.endsWith('@x.test'));
  expect(asked.length).toBeLessThanOrEqual(4);
});
