import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import type { ReceivedMail } from '../support/received-mail.js';

const READERS = Array.from({ length: 300 }, (_, n) => `reader${n}@reader.test`);

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({ parse: false });
});
afterEach(() => desk.close());

const run = (day: string) => desk.json<Record<string, unknown>>(['run', '--date', day, '--now']);

async function papersIn(mail: ReceivedMail): Promise<string[]> {
  const { html, text = '' } = await simpleParser(mail.raw);
  const inHtml = `${html}`.match(/huggingface\.co\/papers\/[\d.]+/g) ?? [];
  const inText = text.match(/huggingface\.co\/papers\/[\d.]+/g) ?? [];
  expect(new Set(inText)).toEqual(new Set(inHtml));
  return [...new Set(inText)];
}

test('an operator imports readers and sends two days by hand', async () => {
  const file = desk.file('readers.csv', `email\n${READERS.join('\n')}\n`);
  const imported = await desk.json(['subscribers', 'import', file, '--confirmed']);
  expect(imported).toEqual({ imported: 300, known: 0, rejected: [] });
  expect(desk.smtp.attempts).toEqual([]);

  // One command sends the day to all, each with links of their own.
  const first = await run('2026-03-02');
  expect(first).toMatchObject({ accepted: 300, planned: 0, deferred: 0, refused: 0, uncertain: 0 });
  const { received } = desk.smtp;
  expect(received.map(({ to }) => to.join()).sort()).toEqual([...READERS].sort());
  expect(new Set(received.map(({ messageId }) => messageId)).size).toBe(300);
  expect(new Set(received.map(({ listUnsubscribe }) => listUnsubscribe.join())).size).toBe(300);
  expect(desk.smtp.connections).toBeLessThanOrEqual(8);

  // The same command again sends nothing twice.
  expect(await run('2026-03-02')).toMatchObject({ accepted: 300, picked: { changed: false } });
  expect(desk.smtp.attempts).toHaveLength(300);

  // The next day goes to all again and repeats no paper.
  expect(await run('2026-03-03')).toMatchObject({ accepted: 300, picked: { repeated: 1 } });
  expect(
    received
      .slice(300)
      .map(({ to }) => to.join())
      .sort(),
  ).toEqual([...READERS].sort());
  const mails = received.filter(({ to }) => to.includes(READERS[7] ?? ''));
  const [yesterday = [], today = []] = await Promise.all(mails.map(papersIn));
  expect([yesterday.length, today.length]).toEqual([7, 5]);
  expect(today.filter((paper) => yesterday.includes(paper))).toEqual([]);
}, 90_000);
