import { readReported } from '../replies/meaning.js';
import { parseReply, type SmtpStage, toCleanLine } from '../replies/reply.js';
import type { Meaning } from '../replies/verdicts.js';
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
}

/** Reads one recipient's evidence: replies of servers, then codes, then words for people. */
export function readEvidence(evidence: Evidence): Verdict {
  // The field of a status report says what was answered, the text beside it to which command.
  const beside = findStage(evidence.texts[0]?.slice(0, MOST_TEXT) ?? '');
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
  return { kind: evidence.isDelayed ? toDelayed(kind) : kind, status, reply: toCleanLine(words) };
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

function readSaid(said: readonly Said[]): Found | undefined {
  for (const one of said) {
    const kind = toKind(readOne(one), one);
    if (kind) return { kind, words: one.text };
  }
  return undefined;
}

/** What is refused before a recipient was named is about the sender. */
function readStage(said: readonly Said[]): Found | undefined {
  const one = said.find(
    ({ stage, code }) => stage === 'mail' || (stage !== null && BEFORE.has(stage) && code >= 500),
  );
  return one && { kind: 'policy', words: one.text };
}

const BEFORE: ReadonlySet<SmtpStage> = new Set(['ehlo', 'greeting']);

/** What is said to people. Where sentences disagree, the one that is least final counts. */
function readWords(texts: readonly string[], digit: 4 | 5): Found | undefined {
  const found = texts.flatMap((text) => {
    const said: Said = { code: digit * 100 + 50, enhanced: null, stage: 'rcpt', text };
    return readSaid([said]) ?? [];
  });
  const [first] = found;
  if (first?.kind !== 'permanent') return first;
  return found.find(({ kind }) => kind === 'full' || kind === 'temporary') ?? first;
}

/** A reply that is quoted somewhere. */
interface Said {
  code: number;
  enhanced: string | null;
  /** `null` if it is not told. */
  stage: SmtpStage | null;
  text: string;
  /** The code that the report gives beside it. */
  named?: string | null;
}

/** An address may hold any word. */
const ADDRESS = /[^\s<>()"',;:@]{1,128}@[^\s<>()"',;:@]{1,254}/g;

function readOne({ code, enhanced, stage: at, text: written }: Said): Meaning | undefined {
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
  { code, stage, enhanced, named, text }: Said,
): ReportKind | undefined {
  if (meaning === undefined) return undefined;
  if (meaning.of === 'us') return 'policy';
  if (meaning.of === 'server')
    return meaning.kind === 'busy' || meaning.kind === 'session' ? 'temporary' : 'policy';
  if (meaning.kind === 'full') return 'full';
  if (meaning.kind === 'refused') return 'policy';
  if (meaning.kind !== 'gone') return 'temporary';
  if (code < 500) return 'temporary';
  // RFC 3463 §3.3: X.2.1 is a mailbox that takes nothing, whatever the words are.
  if (/^[45]\.2\.[01]$/.test(enhanced ?? named ?? '')) return 'temporary';
  // After DATA, "user unknown" is what mailboxes say that filter: the address was taken at RCPT.
  const late = stage === 'data' || stage === 'dot';
  if (late && !(enhanced ?? named)?.startsWith('5.1.') && /unknown user|user unknown/i.test(text))
    return 'temporary';
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
  [/^5\.7\./, 'policy'],
];

function readStatus(rows: StatusRows, status: string | null): ReportKind | undefined {
  return status === null ? undefined : rows.find(([code]) => code.test(status))?.[1];
}

/** A reply begins with its code, in front of which may stand who said it. */
const REPLY =
  /(?:^|[\s:;,"'(<>[|#]|said:|response:|==)#?(?:([45]\d\d)(?:[ -]+|: ?|; ?|, ?)#?(?:([245]\.\d{1,3}\.\d{1,3})\b)?|\(?#?([45]\.\d{1,3}\.\d{1,3})(?![\d.]))/g;
const MOST_REPLIES = 8;
/** What is read of a text for replies, and of one of them. */
const MOST_TEXT = 6_000;
const MOST_REPLY = 600;
const ONLY_CODE = /[\p{L}]{3}/u;

/** The replies that a text quotes, with the stage at which each came. */
export function findReplies(text: string): Said[] {
  const read = text.slice(0, MOST_TEXT);
  const stage = findStage(read);
  const found: Said[] = [];
  for (const match of read.matchAll(REPLY)) {
    const [all, code, enhanced, alone] = match;
    const rest = read.slice(match.index + all.search(/[#\d(]/), match.index + MOST_REPLY);
    const after = read.slice(match.index + all.length, match.index + all.length + MOST_REPLY);
    // A number in a sentence is no reply: "552 messages", "4.1.2 of the manual".
    if (code !== undefined && enhanced === undefined && !isReplyText(after)) continue;
    const one = enhanced ?? alone ?? parseReply(rest, stage ?? 'rcpt').enhanced;
    const basic = Number(code ?? `${alone?.charAt(0)}50`);
    const agreed = one?.charAt(0) === String(basic).charAt(0) ? one : null;
    // Words in front of a code alone, as in "User unknown (#5.1.1)".
    const words = ONLY_CODE.test(after) ? rest : read;
    found.push({ code: basic, enhanced: agreed ?? null, stage, text: toCleanLine(words) });
    if (found.length >= MOST_REPLIES) break;
  }
  // A relay quotes the reply of another behind its own: `550 550 5.1.1 No such user`.
  return found.sort((a, b) => Number(b.enhanced !== null) - Number(a.enhanced !== null));
}

function isReplyText(after: string): boolean {
  return !/^(?:\d|messages?\b|recipients?\b|bytes\b|kb\b|seconds\b|days?\b|hours?\b|attempts?\b|lines?\b|[-/.]\d)/i.test(
    after,
  );
}

const STAGES: readonly [RegExp, SmtpStage][] = [
  [
    /end of data|after (?:end of )?data|(?:in reply|response) to (?:the )?(?:end of )?data|after pipelined (?:end of )?data|end-of-data|\(state 1[89]\)|smtp command[\s-]{1,12}data\b|>>> data\b|while (?:sending|transmitting) (?:message|data|body)/i,
    'dot',
  ],
  [
    /in reply to mail from|after (?:pipelined )?mail from|response to (?:the )?mail from|(?:but )?sender was rejected|>>> mail from|\(state 1[12]\)/i,
    'mail',
  ],
  [
    /greeting failed|initial (?:connection|greeting)|after connection|in reply to (?:initial|connect)|banner|while talking.{0,80}connect|refused to talk to me|\(state 9\)/i,
    'greeting',
  ],
  [/in reply to (?:he|eh)lo|after (?:he|eh)lo|response to (?:he|eh)lo/i, 'ehlo'],
];

function findStage(text: string): SmtpStage | null {
  if (/rcpt to|\(state 1[3-6]\)/i.test(text)) return 'rcpt';
  return STAGES.find(([words]) => words.test(text))?.[1] ?? null;
}
