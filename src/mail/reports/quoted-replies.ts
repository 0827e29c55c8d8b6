import { parseReply, type SmtpStage, toCleanLine } from '../replies/reply.js';

/** A reply that is quoted somewhere. */
export interface QuotedReply {
  code: number;
  enhanced: string | null;
  /** `null` if it is not told. */
  stage: SmtpStage | null;
  text: string;
  /** The code that the report gives beside it. */
  named?: string | null;
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
export function findReplies(text: string): QuotedReply[] {
  const read = text.slice(0, MOST_TEXT);
  const stage = findStage(read);
  const found: (QuotedReply & { rank: number })[] = [];
  const matches = [...read.matchAll(REPLY)];
  for (const [n, match] of matches.entries()) {
    const [all, code, enhanced, alone] = match;
    const end = Math.min(findEnd(matches, n), match.index + MOST_REPLY);
    const start = match.index + all.search(/[#\d(]/);
    const rest = read.slice(start, end).replace(/[\s<]{1,9}$/, '');
    const after = read.slice(match.index + all.length, end);
    // A number in a sentence is no reply: "552 messages", "4.1.2 of the manual".
    if (code !== undefined && enhanced === undefined && !isReplyText(after)) continue;
    const one = enhanced ?? alone ?? parseReply(rest, stage ?? 'rcpt').enhanced;
    const basic = Number(code ?? `${alone?.charAt(0)}50`);
    const agreed = one?.charAt(0) === String(basic).charAt(0) ? one : null;
    // Words in front of a code alone, as in "User unknown (#5.1.1)".
    const words = ONLY_CODE.test(after) ? rest : read;
    // What Sendmail makes of a reply stands behind it, in a transcript where `<<<` marks the replies.
    const isMarked = read.slice(0, start).endsWith('<<< ');
    const rank = (isMarked ? 2 : 0) + (agreed === null ? 0 : 1);
    found.push({ code: basic, enhanced: agreed ?? null, stage, text: toCleanLine(words), rank });
    if (found.length >= MOST_REPLIES) break;
  }
  // A relay quotes the reply of another behind its own: `550 550 5.1.1 No such user`.
  return found.sort((a, b) => b.rank - a.rank).map(({ rank: _, ...reply }) => reply);
}

/** Where the next reply begins: one with another code, since lines of one reply have the same. */
function findEnd(matches: readonly RegExpExecArray[], at: number): number {
  const code = matches[at]?.[1];
  if (code === undefined) return Number.MAX_VALUE;
  const later = matches.slice(at + 1, at + 1 + MOST_REPLIES);
  const next = later.find(([, other]) => other !== undefined && other !== code);
  return next?.index ?? Number.MAX_VALUE;
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

/** The command that a text says was answered; `null` if it doesn't say. */
export function findStage(written: string): SmtpStage | null {
  const text = written.slice(0, MOST_TEXT);
  if (/rcpt to|\(state 1[3-6]\)/i.test(text)) return 'rcpt';
  return STAGES.find(([words]) => words.test(text))?.[1] ?? null;
}
