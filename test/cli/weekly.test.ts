import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryCounts } from '../../src/delivery/delivery.js';
import { type Desk, isOneJsonLine, openDesk, sentences } from './desk.js';

let desk: Desk;

/** Wednesday; the fixtures' papers are of it and the two days before. */
const DAY = '2026-03-04';
const DAYS = ['2026-03-02', '2026-03-03', DAY];

beforeEach(async () => {
  // No command here waits for its hour.
  desk = await openDesk({}, { PICK_CRON: '0 16 * * *' });
  const file = desk.file(
    'readers.csv',
    `email,frequency,weekday
daily@reader.test,daily,
wednesday@reader.test,weekly,wednesday
sunday@reader.test,weekly,sunday
`,
  );
  await desk.json(['subscribers', 'import', file, '--confirmed']);
});
afterEach(() => desk.close());

const ACCEPTED: DeliveryCounts = {
  ...{ planned: 0, deferred: 0, refused: 0, uncertain: 0, skipped: 0, bounced: 0, held: null },
  accepted: 2,
};
const SUBJECT = 'Best of the week: Meridian-2, Lanternfish, β-Flow and 14 more papers';
const WEEK = 'The best of 26 February to 4 March 2026';
const weeklies = () => desk.rows("select date, count from editions where kind = 'weekly'");
const mailTo = (name: string) => {
  const [mail, ...others] = desk.smtp.received.filter(({ to }) => to.join().startsWith(name));
  expect(others).toEqual([]);
  return mail ?? expect.fail(`${name} has no mail`);
};

async function picked(): Promise<void> {
  for (const day of DAYS) {
    await desk.json(['fetch', '--date', day]);
    await desk.json(['pick', '--date', day]);
  }
}

describe('send', () => {
  beforeEach(picked);

  test('brings the week’s best to whose day it is, beside the day itself, and not twice', async () => {
    const sent = await desk.run(['send', '--date', DAY, '--now', '--json']);
    expect([sent.code, isOneJsonLine(sent), sent.json()]).toEqual([0, true, ACCEPTED]);
    expect(await desk.json(['send', '--date', DAY, '--now'])).toEqual(ACCEPTED);
    expect(desk.smtp.received).toHaveLength(2);
    expect(weeklies()).toEqual([{ date: DAY, count: 17 }]);
    const weekly = mailTo('wednesday');
    expect(weekly.subject).toBe(SUBJECT);
    for (const part of [weekly.html, weekly.text]) {
      expect(part).toContain(WEEK);
      expect(part).toContain(`${desk.site}/papers/${DAY}/week`);
      expect(part).toContain('Lanternfish: Streaming Speech Translation');
    }
    expect(mailTo('daily').subject).toMatch(/^Weatherglass/);
  });

  test('makes no weekly edition where it is nobody’s turn', async () => {
    await desk.json(['send', '--date', '2026-03-03', '--now']);
    expect(weeklies()).toEqual([]);
    expect(desk.smtp.received.map(({ to }) => to.join())).toEqual(['daily@reader.test']);
  });

  test('brings a week whose last day had no papers', async () => {
    for (const what of ['fetch', 'pick']) await desk.json([what, '--date', '2026-03-08']);
    const counts = await desk.json(['send', '--date', '2026-03-08', '--now']);
    expect(counts).toEqual({ ...ACCEPTED, accepted: 1 });
    expect(mailTo('sunday').subject).toBe(SUBJECT);
  });
});

test('run fetches the week once more and sends both', async () => {
  const result = await desk.run(['run', '--date', DAY, '--now', '--json']);
  expect([result.code, isOneJsonLine(result)]).toEqual([0, true]);
  expect(result.json()).toMatchObject({ ...ACCEPTED, date: DAY });
  const asked = new Set(desk.source.requests.map(({ path }) => /date=([\d-]+)/.exec(path)?.[1]));
  for (const day of ['2026-02-26', ...DAYS]) expect(asked).toContain(day);
  expect(mailTo('wednesday').subject).toBe(SUBJECT);
  expect(mailTo('daily').subject).toMatch(/^Weatherglass/);
});

describe('preview', () => {
  beforeEach(picked);

  test('shows the week to a day, and makes nothing', async () => {
    const args = ['preview', '--weekly', '--date', DAY, '--out', 'week.html'];
    expect(await desk.json(args)).toMatchObject({ date: DAY, subject: SUBJECT, papers: 17 });
    for (const name of ['week.html', 'week.txt']) {
      expect(readFileSync(join(desk.path, name), 'utf8')).toContain(WEEK);
    }
    expect([weeklies(), desk.smtp.received]).toEqual([[], []]);
  });

  test('for a reader is of their week or day, as they chose', async () => {
    const of = async (name: string) =>
      desk.json(['preview', '--date', DAY, '--email', `${name}@reader.test`]);
    expect(await of('sunday')).toMatchObject({ subject: SUBJECT, papers: 17 });
    expect(await of('daily')).toMatchObject({ papers: 5 });
  });

  test('of a week without papers fails in one sentence', async () => {
    const result = await desk.run(['preview', '--weekly', '--date', '2026-01-05']);
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(sentences(result)).toEqual(['paperboy: The week to 2026-01-05 has no papers.']);
  });
});
