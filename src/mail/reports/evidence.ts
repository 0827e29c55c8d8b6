import { readReported } from '../replies/meaning.js';
import { type SmtpStage, toCleanLine } from '../replies/reply.js';
import type { Meaning } from '../replies/verdicts.js';
import { findReplies, findStage, type QuotedReply } from './quoted-replies.js';
import type { ReportKind } from './report.js';

/** What a report says of one recipient, clearest first. */
export interface Evidence {
  /** `Action` (RFC 3464 §2.3.3), in lower case. */
  action: string | null;
  /** `Status` (RFC 3464 §2.3.4). */
  status: string | null;
  /** Words of servers. */
  replies: readonly string[];
  /** Sentences for people. */
  texts: readonly string[];
  /** Whether the mail may still arrive. */
  isDelayed: boolean;
}

export interface Verdict {
  kind: ReportKind;
  status: string | null;
  reply: string;
  isDelay: boolean;
}

/** Reads one recipient's evidence: replies of servers, then codes, then words for people. */
export function readEvidence(evidence: Evidence): Verdict {
  // The field of a status report says what was answered, the text beside it to which command.
  const beside = findStage(evidence.texts[0] ?? '');
  const { status: named } = evidence;
  const replies = evidence.replies
    .flatMap(findReplies)
    .map((one) => ({ ...one, stage: one.stage ?? beside, named }));
  const quoted = evidence.texts.flatMap(findReplies).map((one) => ({ ...one, named }));
  const status =
    evidence.status ?? [...replies, ...quoted].find((one) => one.enhanced)?.enhanced ?? null;
  const digit = status?.startsWith('4') ? 4 : 5;
  const found =
    readSaid([...replies, ...quoted]) ??
    readWords(evidence.replies, digit) ??
    orFull(toFound(readStatus(SPECIFIC, evidence.status)), evidence.texts) ??
    readStage(replies.length > 0 ? replies : quoted) ??
    readWords(evidence.texts, digit) ??
    toFound(readStatus(GENERAL, status));
  const words = evidence.replies[0] ?? found?.words ?? quoted[0]?.text ?? evidence.texts[0] ?? '';
  const kind = found?.kind ?? 'temporary';
  const isDelay = evidence.isDelayed;
  return { kind: isDelay ? toDelayed(kind) : kind, status, reply: toCleanLine(words), isDelay };
}

/** Whether sentences say why a mail did not arrive. */
export function sayWhy(texts: readonly string[]): boolean {
  return (readSaid(texts.flatMap(findReplies)) ?? readWords(texts, 5)) !== undefined;
}

interface Found {
  kind: ReportKind;
  words?: string;
}

function toFound(kind: ReportKind | undefined): Found | undefined {
  return kind && { kind };
}

/** Some servers give the code of an unknown mailbox to a full one, and tell people so. */
function orFull(found: Found | undefined, texts: readonly string[]): Found | undefined {
  if (found?.kind !== 'permanent') return found;
  const said = readWords(texts, 5);
  return said?.kind === 'full' ? said : found;
}

/** A mail that may still arrive says nothing final of its mailbox. */
function toDelayed(kind: ReportKind): ReportKind {
  return kind === 'permanent' ? 'temporary' : kind;
}

function readSaid(said: readonly QuotedReply[]): Found | undefined {
  for (const one of said) {
    const kind = toKind(readOne(one), one);
    if (kind) return { kind, words: one.text };
  }
  return undefined;
}

/** What is refused before a recipient was named is about the sender. */
function readStage(said: readonly QuotedReply[]): Found | undefined {
  const one = said.find(
    ({ stage, code }) => stage === 'mail' || (stage !== null && BEFORE.has(stage) && code >= 500),
  );
  return one && { kind: 'policy', words: one.text };
}

const BEFORE: ReadonlySet<SmtpStage> = new Set(['ehlo', 'greeting']);

/** What is said to people. Where sentences disagree, the one that is least final counts. */
function readWords(texts: readonly string[], digit: 4 | 5): Found | undefined {
  const found = texts.flatMap((text) => {
    const said: QuotedReply = { code: digit * 100 + 50, enhanced: null, stage: 'rcpt', text };
    return readSaid([said]) ?? [];
  });
  const [first] = found;
  if (first?.kind !== 'permanent') return first;
  return found.find(({ kind }) => kind === 'full' || kind === 'temporary') ?? first;
}

/** An address may hold any word. */
const ADDRESS = /[^\s<>()"',;:@]{1,128}@[^\s<>()"',;:@]{1,254}/g;

function readOne({ code, enhanced, stage: at, text: written }: QuotedReply): Meaning | undefined {
  const stage = at ?? 'rcpt';
  const text = written.replace(ADDRESS, 'someone@some.where');
  const meaning = readReported({ stage, code, enhanced, text });
  if (code >= 500 || meaning?.of === 'us') return meaning;
  // What a server defers long enough comes back too. Only a full mailbox is told apart.
  const asFinal = enhanced?.replace(/^4/, '5') ?? null;
  const final = readReported({ stage, code: code + 100, enhanced: asFinal, text });
  return final?.of === 'reader' && final.kind === 'full' ? final : (meaning ?? final);
}

function toKind(
  meaning: Meaning | undefined,
  { code, stage, enhanced, named, text }: QuotedReply,
): ReportKind | undefined {
  if (meaning === undefined) return undefined;
  if (meaning.of === 'us') return 'policy';
  if (meaning.of === 'server')
    return meaning.kind === 'busy' || meaning.kind === 'session' ? 'temporary' : 'policy';
  if (meaning.kind === 'full') return 'full';
  if (meaning.kind === 'refused') return 'policy';
  if (meaning.kind !== 'gone') return 'temporary';
  // RFC 7505 §4: a null MX is final, whatever code a sending side gives it.
  if (code < 500) return /\bnull ?mx\b/i.test(text) ? 'permanent' : 'temporary';
  const isUnknown = /unknown user|user unknown/i.test(text);
  // RFC 3463 §3.3: X.2.1 is a mailbox that takes nothing. Many say it at RCPT for one that is unknown.
  if (enhanced === '5.2.1' && stage === 'rcpt' && isUnknown) return 'permanent';
  if (/^[45]\.2\.[01]$/.test(enhanced ?? named ?? '')) return 'temporary';
  // After DATA, "user unknown" is what mailboxes say that filter: the address was taken at RCPT.
  const late = stage === 'data' || stage === 'dot';
  if (late && !(enhanced ?? named)?.startsWith('5.1.') && isUnknown) return 'temporary';
  return 'permanent';
}

type StatusRows = readonly (readonly [RegExp, ReportKind])[];

/** Codes that are about one thing (RFC 3463 §3), whatever is written for people. */
const SPECIFIC: StatusRows = [
  [/^5\.1\.(?:[1-46]|10)$/, 'permanent'],
  [/^5\.1\.[78]$/, 'policy'],
  [/^[45]\.2\.2$/, 'full'],
  [/^5\.(?:2\.3|3\.4)$/, 'policy'],
  [/^5\.7\.(?:[2-9]|\d{2,3})$/, 'policy'],
];
/** Codes that say little. */
const GENERAL: StatusRows = [
  ...SPECIFIC,
  [/^5\.1\.0$|^5\.4\.4$/, 'permanent'],
  // §3.7: the content of the mail.
  [/^5\.[67]\./, 'policy'],
];

function readStatus(rows: StatusRows, status: string | null): ReportKind | undefined {
  return status === null ? undefined : rows.find(([code]) => code.test(status))?.[1];
}
