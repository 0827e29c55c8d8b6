import { type Meaning, readMeaning } from '../../mail/replies/meaning.js';
import { parseReply } from '../../mail/replies/reply.js';
import type { ReportKind } from '../../mail/reports/report.js';

/** What a provider may call a mail that did not arrive. */
export type BounceKind = 'permanent' | 'temporary' | 'full' | 'policy' | 'unknown';

const ENHANCED = /(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])/;

/** The enhanced code (RFC 3463) that a field or else the reply has; `null` if none does. */
export function findStatus(field: string, reply: string): string | null {
  return ENHANCED.exec(field.slice(0, 100))?.[1] ?? ENHANCED.exec(reply)?.[1] ?? null;
}

/**
 * Checks the word of a provider by the words of the server, which it hands on: some call every 5yz a
 * hard bounce. The server's words are read as at SMTP.
 */
export function judgeBounce(said: BounceKind, reply: string, status: string | null): ReportKind {
  if (said === 'policy' || said === 'full') return said;
  const line = toReplyLine(reply, status, said);
  const { code } = parseReply(line, 'dot');
  if (code < 400) return said;
  const meant = toKind(readMeaning(parseReply(line, 'dot')));
  if (meant === null) return said === 'temporary' && isFull(line) ? 'full' : said;
  // Not even the words of a server make a mailbox unknown that it may yet take mail for.
  if (meant === 'permanent') return code >= 500 ? meant : said;
  return meant;
}

/** As a server says it, with a code in front: providers put `smtp;` there, or leave the code out. */
function toReplyLine(reply: string, status: string | null, said: BounceKind): string {
  const words = reply.replace(/^(?:smtp|x-[\w-]{1,30})\s*;\s*/i, '');
  if (/^[245]\d\d(?![\d.])/.test(words)) return words;
  const isSoft = status?.startsWith('4') || (status === null && said !== 'permanent');
  const codes = status === null || words.includes(status) ? '' : `${status} `;
  return `${isSoft ? 450 : 550} ${codes}${words}`;
}

/** At SMTP a 4yz is only put off, whatever its words; here they tell why. */
function isFull(line: string): boolean {
  const final = line.replace(/^4/, '5').replace(/ 4(?=\.\d{1,3}\.\d)/, ' 5');
  return toKind(readMeaning(parseReply(final, 'dot'))) === 'full';
}

/** `null`: it says nothing that the provider does not know better. */
function toKind(meaning: Meaning): BounceKind | null {
  if (meaning.of === 'us') return 'policy';
  if (meaning.of === 'server') return meaning.kind === 'unintelligible' ? null : 'temporary';
  switch (meaning.kind) {
    case 'gone':
      return 'permanent';
    case 'full':
      return 'full';
    case 'disabled':
      return 'temporary';
    default:
      return null;
  }
}
