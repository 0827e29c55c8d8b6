import { findAddresses } from './addresses.js';
import { type Field, findFields } from './header-fields.js';
import type { ReportClues } from './report.js';
import { findMessageIds } from './returned-mail.js';

const MOST_ADDRESSES = 50;
const MOST_IDS = 50;

/** Header fields that hold the address a mail was sent to; only `To` and `Resent-To` are of RFC 5322. */
const ADDRESSED = [
  'delivered-to',
  'x-original-to',
  'envelope-to',
  'x-envelope-to',
  'x-delivered-to',
  'to',
  'resent-to',
  'cc',
];

/** What may tell which of our mails a report is about. */
export function findClues(
  headers: readonly Field[],
  { envelopeIds, messageIds }: { envelopeIds: readonly string[]; messageIds: readonly string[] },
): ReportClues {
  const addressed = ADDRESSED.flatMap((name) => findFields(headers, name)).flatMap(findAddresses);
  const referred = findFields(headers, 'in-reply-to', 'references').flatMap(findMessageIds);
  return {
    addressedTo: [...new Set(addressed)].slice(0, MOST_ADDRESSES),
    envelopeIds: [...new Set(envelopeIds)].slice(0, MOST_IDS),
    messageIds: [...new Set([...messageIds, ...referred])].slice(0, MOST_IDS),
  };
}
