/** What a reply answers. `connect`: the connection failed before any reply. */
export const SMTP_STAGES = [
  'connect',
  'greeting',
  'ehlo',
  'tls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'dot',
] as const;
export type SmtpStage = (typeof SMTP_STAGES)[number];

/** A parsed reply of an SMTP server (RFC 5321 §4.2). */
export interface Reply {
  stage: SmtpStage;
  /** Three digits; 0 if it has no code or its lines disagree. */
  code: number;
  /** `5.1.1` (RFC 3463); `null` if there is none or it contradicts the code. */
  enhanced: string | null;
  /** The whole reply as one clean line of at most 500 characters. */
  text: string;
}

/** A server may send megabytes. No more than this is read. */
const MOST_INPUT = 64 * 1024;
const MOST_TEXT = 500;
const MOST_SHOWN = 300;

/** White space and invisible characters: controls, bidi, zero-width, lone surrogates. */
const UNSEEN = /[\s\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/** RFC 5321 §4.2: 2yz to 5yz, then a space or a hyphen, which some servers omit. SMTP has no 1yz. */
const LINE = /^([2-5]\d\d)(?![\p{L}\p{N}_.])[ -]?(.*)$/u;

/** RFC 2034 §4: the first word. Cisco writes `#5.1.0`, and relays put another code before it. */
const ENHANCED_HEAD =
  /^(?:delivery error: dd )?(?:smtp; ?)?(?:[245]\d\d[ -])?\(?#?([245]\.\d{1,3}\.\d{1,3})(?!\w|\.\w)/u;
/** Quoted from another server by a relay, or at the end as qmail has it: `(#5.1.1)`. */
const ENHANCED_QUOTED = /said: [245]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})(?!\w|\.\w)/u;
const ENHANCED_TAIL = /\(#([245]\.\d{1,3}\.\d{1,3})\)\.?$/u;

/** Parses a reply from Nodemailer: its lines, joined by `\n`. Never throws. */
export function parseReply(raw: string, stage: SmtpStage): Reply {
  const lines = raw.slice(0, MOST_INPUT).split('\n').map(cleanLine).filter(Boolean);
  const parts = lines.map((line) => LINE.exec(line));
  const codes = parts.flatMap((part) => (part === null ? [] : [part[1]]));
  const agreed = parts[0] && codes.every((code) => code === codes[0]);
  const code = agreed ? Number(codes[0]) : 0;
  const text = cut(lines.join(' '));
  const texts = parts.map((part, i) => (part?.[2] ?? lines[i] ?? '').trimStart());
  return { stage, code, enhanced: findEnhanced(code, texts, text), text };
}

/** Any text from a server as one clean line of at most 500 characters. */
export function toCleanLine(text: string): string {
  return cut(cleanLine(text.slice(0, MOST_INPUT)));
}

/** A reply in one short line for people: without the code of each line but the first. */
export function formatReply(reply: string): string {
  // RFC 5321 §4.2.1: each line of a reply begins with the code.
  const line = cleanLine(reply.replace(/\r?\n\d{3}[ -]/g, ' ')).replace(/^(\d{3})-/, '$1 ');
  return line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN - 1)}…` : line;
}

function cleanLine(line: string): string {
  return line.replace(UNSEEN, ' ').trim();
}

/** Cuts the text to 500 characters, and never within a surrogate pair. */
function cut(text: string): string {
  return text
    .slice(0, MOST_TEXT)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd();
}

function findEnhanced(code: number, texts: string[], text: string): string | null {
  // RFC 2034 §4: the class must be the first digit of the code. Others are ignored.
  const found = [
    ...texts.map((line) => ENHANCED_HEAD.exec(line)?.[1]),
    ENHANCED_QUOTED.exec(text)?.[1],
    ENHANCED_TAIL.exec(text)?.[1],
  ];
  return found.find((one) => one?.charAt(0) === String(code).charAt(0)) ?? null;
}

/**
 * Drops the codes with which later lines of a reply began. Where a server breaks lines may depend on
 * the length of an address alone.
 */
export function dropLineCodes(text: string): string {
  const code = /^[2-5]\d\d(?=[ -]|$)/.exec(text)?.[0];
  if (code === undefined) return text;
  const later = new RegExp(` ${code}(?:[ -]|$)(?:[245]\\.\\d{1,3}\\.\\d{1,3}(?: |$))?`, 'g');
  return text.replace(later, ' ');
}

/** Words that a mask keeps. A long address may have pushed later words out of the 500 characters. */
const MOST_WORDS = 24;

const TIME_WORD =
  /^(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|gmt|utc)$/;
const ENHANCED = /^[245]\.\d{1,3}\.\d{1,3}$/;
/** At least two labels. */
const DOMAIN = /^[^\s.]+(?:\.[^\s.]+)+$/;
const HEX = /^[0-9a-f]{8,}$/;
/** Alternating case without digits: an id in base64. */
const MIXED_CASE = /[a-z][A-Z].{0,60}[a-z][A-Z]/;

/** Words before a local part that stands alone, and words after one. */
const BEFORE_NAME =
  /^(?:(?:no such|unknown|invalid|bad) (?:user|recipient|mailbox|account|alias|local part)|(?:user|mailbox|account|recipient))$/;
const AFTER_NAME = /^(?:unknown|not|is|was|has|does|doesn't|isn't|cannot|could|over|no)$/;

/**
 * The part of a refusal that is the same for all readers and attempts: without addresses, domains,
 * ids, numbers and times, in lower case. Refusals with equal masks count as the same refusal.
 */
export function maskReply(text: string): string {
  const whole = dropLineCodes(
    text
      .slice(0, 2 * MOST_TEXT)
      .replace(UNSEEN, ' ')
      .trim(),
  );
  const words = whole
    .replace(/^([2-5]\d\d)-/, '$1 ')
    .replace(/<[^<>]{1,400}>/g, '<*>')
    .split(' ')
    .map((word, i) => (i === 0 && /^[2-5]\d\d$/.test(word) ? word : maskWord(word)));
  const masked = maskIds(maskNames(words)).join(' ');
  // An address may be two words and a time five, so runs of masks count as one.
  const shorter = masked
    .replace(/\*(?: \*)+/g, '*')
    .split(' ')
    .slice(0, MOST_WORDS);
  return cut(shorter.join(' '));
}

function maskWord(word: string): string {
  const [, open = '', core = '', close = ''] =
    /^([^\p{L}\p{N}*]*)(.*?)((?:'s)?[^\p{L}\p{N}*]*)$/u.exec(word) ?? [];
  const low = core.toLowerCase();
  // A mail address, a URL or an IPv6 address (the shortest is `::`).
  if (/[@/]|::|(?:[\da-f]{1,4}:){3}/i.test(word)) return '*';
  if (core === '' || ENHANCED.test(low)) return word.toLowerCase();
  const quoted = /["'`]$/.test(open) && /^["'`]/.test(close);
  const names = /\d/.test(core) || DOMAIN.test(low) || close.startsWith('...');
  const id = HEX.test(low) || TIME_WORD.test(low) || MIXED_CASE.test(core);
  return quoted || names || id ? '*' : word.toLowerCase();
}

/** `No such user ada`, `Mailbox ada is full`: a local part that stands alone. */
function maskNames(words: string[]): string[] {
  return words.map((word, i) => {
    const before = [words[i - 3], words[i - 2], words[i - 1]].map((one) => one?.replace(/:$/, ''));
    const phrase = [before.slice(1), before].map((some) => some.join(' '));
    if (phrase.some((some) => BEFORE_NAME.test(some))) return '*';
    const named = BEFORE_NAME.test(before[2] ?? '') && AFTER_NAME.test(words[i + 1] ?? '');
    return named ? '*' : word;
  });
}

/** Gmail ends with an id and its server's name: `abc-def.12 - gsmtp`. */
function maskIds(words: string[]): string[] {
  return words.map((word, i) =>
    words[i + 1] === '-' && /^(?:gsmtp|gcdp)$/.test(words[i + 2] ?? '') ? '*' : word,
  );
}
