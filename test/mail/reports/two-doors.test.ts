import { expect, test } from 'vitest';
import { readEvidence } from '../../../src/mail/reports/evidence.js';
import { loadReplies, type Sample } from '../replies/samples.js';

/** What a meaning at SMTP is in a report; others depend on more. */
const KINDS = new Map([
  ['reader/gone', 'permanent'],
  ['reader/full', 'full'],
  ['reader/disabled', 'temporary'],
]);

function toKind(meaning: string): string | undefined {
  return meaning.startsWith('us/') ? 'policy' : KINDS.get(meaning);
}

const SAMPLES = ['general', 'providers', 'relays']
  .flatMap((name) => [...loadReplies(name).values()].flat())
  .filter(
    ([stage, reply, meaning]: Sample) =>
      stage === 'rcpt' && toKind(meaning) !== undefined && /^[45]\d\d/.test(reply),
  );

test('what a server says at once means the same when it comes back', () => {
  expect(SAMPLES.length).toBeGreaterThan(100);
  const read = SAMPLES.map(([, reply]) => {
    const replies = [reply.replaceAll('\n', ' ')];
    const evidence = { action: 'failed', status: null, replies, texts: [], isDelayed: false };
    return `${readEvidence(evidence).kind} ${reply}`;
  });
  expect(read).toEqual(SAMPLES.map(([, reply, meaning]) => `${toKind(meaning)} ${reply}`));
});
