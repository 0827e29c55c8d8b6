import { expect, test } from 'vitest';
import { AcceptedTally } from '../../../src/delivery/rates/accepted-tally.js';
import type { MailCount } from '../../../src/delivery/rates/mail-counts.js';
import { HOUR, MovableClock } from '../../store/clock.js';

test('accepted mails are counted by day, group and kind, and not lost if the store refuses', async () => {
  const clock = new MovableClock(Date.UTC(2026, 2, 2, 22, 59, 59));
  const written: MailCount[][] = [];
  let refuses = true;
  const add = async (counts: readonly MailCount[]) => {
    if (refuses) throw new Error('The store is locked.');
    written.push([...counts]);
  };
  const tally = new AcceptedTally({ mailCounts: { add }, timezone: 'Europe/Vienna', clock });
  for (const domain of ['gmail.com', 'googlemail.com', 'one.test']) tally.note(domain, 'digest');
  await expect(tally.save()).rejects.toThrow('locked');
  tally.note('gmail.com', 'notice');
  tally.note('gmail.com', 'digest');
  clock.advance(1_000);
  tally.note('gmail.com', 'digest');
  clock.set(-HOUR);
  tally.note('gmail.com', 'digest');
  refuses = false;
  await tally.save();
  await tally.save();
  const shown = written.map((counts) =>
    counts.map(({ day, group, mails, count }) => `${day} ${group} ${mails} ${count}`).sort(),
  );
  expect(shown).toEqual([
    [
      '2026-03-02 gmail digest 4',
      '2026-03-02 gmail notice 1',
      '2026-03-02 one.test digest 1',
      '2026-03-03 gmail digest 1',
    ],
  ]);
});
