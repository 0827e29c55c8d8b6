import { expect, test } from 'vitest';
import { fuzz } from './fuzz.js';

test('mails that were changed by chance are read, whatever they are', async () => {
  const { count, faults, kinds } = await fuzz(2_000, 7);
  expect(faults.map(({ reason, mail }) => [reason, mail.toString('base64')])).toEqual([]);
  expect(count).toBe(2_000);
  // Enough of each is left that the readers of all kinds are tried.
  expect(Object.keys(kinds)).toHaveLength(8);
}, 120_000);
