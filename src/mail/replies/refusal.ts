import { readMeaning } from './meaning.js';
import { parseReply } from './reply.js';

/** What a refusal says of the mailbox, as it was kept in one line. */
export type RefusalKind = 'gone' | 'full' | 'disabled' | 'refused';

/** Reads a refusal of long ago; what does not speak of the mailbox is `refused`. */
export function readRefusal(text: string): RefusalKind {
  const meaning = readMeaning(parseReply(text, 'rcpt'));
  if (meaning.of !== 'reader') return 'refused';
  const { kind } = meaning;
  return kind === 'later' || kind === 'greylisted' ? 'refused' : kind;
}
