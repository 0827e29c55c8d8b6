import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toServerWords } from '../../../src/jobs/inbound/server-words.js';

const login = { user: 'bounces@example.org', password: 'geheim-1234' };
const words = (error: unknown) => toServerWords(error, login);

test.each<[string, unknown, string]>([
  [
    'its response',
    { responseText: 'Mailbox is locked', message: 'Command failed' },
    'Mailbox is locked',
  ],
  ['its message', new Error('Unexpected close'), 'Unexpected close'],
  ['no user', new Error('bounces@example.org may not do that'), '… may not do that'],
  [
    'no user that is no address',
    { responseText: 'no quota for bounces@example.org' },
    'no quota for …',
  ],
  ['no password', { responseText: 'LOGIN x geheim-1234' }, 'LOGIN x …'],
  [
    'no address of a reader',
    { responseText: 'APPEND <ada@reader.test> failed' },
    'APPEND <…> failed',
  ],
])('of a server the log has %s', (_what, error, expected) => {
  expect(words(error)).toBe(expected);
});

test('whatever a server says, no address is in the log', () => {
  const said = fc.array(
    fc.oneof(fc.string(), fc.constantFrom('ada@reader.test', login.user, login.password)),
  );
  fc.assert(
    fc.property(said, (parts) => {
      const text = words({ responseText: parts.join(' ') });
      expect(text).not.toMatch(/ada@reader|bounces@example|geheim-1234/);
      expect(text.length).toBeLessThanOrEqual(2_000);
    }),
  );
});
