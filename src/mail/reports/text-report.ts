import { findAddresses, isOfMachine, isSameAddress } from './addresses.js';

/** What a text says of one recipient. */
export interface TextBlock {
  recipient: string;
  /** The line with the address, and what follows it. */
  text: string;
}

const MOST_BLOCKS = 200;
const MOST_BLOCK_LINES = 30;

/** Lines of a report for people that name recipients, each with what is said of it. */
export function findBlocks(lines: readonly string[], excluded: readonly string[]): TextBlock[] {
  const starts = lines.flatMap((line, i) => {
    const recipient = readLeading(line, excluded);
    return recipient === null ? [] : [{ i, recipient }];
  });
  const blocks = new Map<string, TextBlock>();
  for (const [n, { i, recipient }] of starts.slice(0, 5 * MOST_BLOCKS).entries()) {
    const end = Math.min(starts[n + 1]?.i ?? lines.length, i + MOST_BLOCK_LINES);
    const text = joinLines(lines.slice(i, end));
    const key = recipient.toLowerCase();
    const known = blocks.get(key);
    if (known) known.text = `${known.text}\n${text}`.slice(0, 6_000);
    else if (blocks.size < MOST_BLOCKS) blocks.set(key, { recipient, text });
  }
  return [...blocks.values()];
}

/** What stands in front of the recipients that a report is about. */
const ANNOUNCES =
  /(?:following|these|this) .{0,40}(?:recipients?|address(?:es)?|users?|persons?|destinations?|mailbox(?:es)?)\b.{0,80}|recipient\(s\)|(?:was|were|could) not (?:be )?delivered to:?$|delivered to the following|fatal errors|failed to deliver to|following (?:e-?mail )?address|folgende[nr]? .{0,20}(?:empfänger|adresse)|destinataires? suivant|destinatari(?:os)? (?:siguiente|seguente|seguinte)|siguientes? destinatario|seguent[ei] destinatari|volgende (?:ontvanger|geadresseerde)|følgende modtager|följande mottagare|następując|следующ\S{1,4} (?:получател|адрес)|以下のメールアドレス|次の(?:あて先|宛先|受信者)|以下收件人|下列(?:收件人|地址)/iu;

/** The lines behind those words; none if they aren't there. */
export function findAnnounced(lines: readonly string[]): string[] {
  const at = lines.findIndex((line) => line.length < 300 && ANNOUNCES.test(line));
  return at < 0 ? [] : lines.slice(at);
}

/** Words that may stand in front of a recipient at the beginning of a line. */
const LEAD =
  /^(?:[^\p{L}\p{N}<"'[(]{0,20})(?:(?:final|failed|intended|original|unknown|invalid|bad|to|the|for|following|undeliverable|local|user|userid|recipients?|address(?:es|ee)?|e-?mail|mailbox|mailto|rcpt|name|delivery|failure|smtp|rfc822|destinataires?|empfänger|adresse|destinatari[oa]s?|получатель|收件人|宛先|destination|could|not|be|delivered|failed|was|were|is|message|mail|or|reach|unable|deliver|error|sending|account)[ :;,.=>(<"'-]{1,6}){0,8}$/iu;

/** Words in front of an address that somebody may write to. */
const ASKS = /\b(?:please|contact|write|reply|ask|visit|support|help|assistance)\b/i;

/** The recipient with which a line begins; `null` if it begins with something else. */
function readLeading(line: string, excluded: readonly string[]): string | null {
  const at = line.indexOf('@');
  if (at < 0 || at > 300) return null;
  const address = findAddresses(line.slice(0, at + 256))[0];
  if (address === undefined) return null;
  const start = line.indexOf(address);
  const before = line.slice(0, start).replace(/[<"'[(]+$/, '');
  const isDisplayName =
    /^[^@<>:;.、。，]{1,60}[<(]$/.test(line.slice(0, start).trim()) &&
    line.slice(0, start).length < 62 &&
    !ASKS.test(before);
  if (!LEAD.test(before) && !isDisplayName) return null;
  return isStranger(address, excluded) ? null : address;
}

function isStranger(address: string, excluded: readonly string[]): boolean {
  return isOfMachine(address) || excluded.some((one) => isSameAddress(one, address));
}

/** The commands of a session, of which a report may have a transcript (RFC 5321 §4.1.1.2, §4.1.1.3). */
const MAIL_FROM = /\bmail\s{1,9}from:\s{0,3}<[^<>\s]{0,320}>/gi;
const RCPT_TO = /\brcpt\s{1,9}to:\s{0,3}<[^<>\s]{1,320}>/gi;

/** Other addresses of a text that may be its recipient. Those of a session come first. */
export function findOthers(lines: readonly string[], excluded: readonly string[]): string[] {
  const text = lines.join('\n').replace(MAIL_FROM, ' ');
  return [...(text.match(RCPT_TO) ?? []), text]
    .flatMap((part) => findAddresses(part))
    .filter((address) => !isStranger(address, excluded));
}

/** Lines that were broken are one, paragraphs stay apart. */
export function joinLines(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n(?!\n)/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

const MOST_PARAGRAPHS = 60;

/** The paragraphs of a text, each on one line, and its lines where paragraphs are long. */
export function toParagraphs(lines: readonly string[]): string[] {
  const paragraphs: string[] = [];
  let lines_: string[] = [];
  for (const line of [...lines, '']) {
    if (line.trim() !== '') {
      lines_.push(line);
      continue;
    }
    if (lines_.length > 0) paragraphs.push(joinLines(lines_));
    lines_ = [];
    if (paragraphs.length >= MOST_PARAGRAPHS) break;
  }
  return paragraphs.flatMap((text) => (text.length > 480 ? toPieces(text) : [text]));
}

/** Pieces that a reader of replies takes whole, each with an end of the one before. */
function toPieces(text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length && pieces.length < 20; at += 400)
    pieces.push(text.slice(at, at + 480));
  return pieces;
}
