import { findAddresses } from './addresses.js';
import { type Field, findField, findFields, parseFields } from './header-fields.js';

/** Header fields with which a returned mail may begin. */
const KNOWN =
  /^(?:>|\|)? ?(received|return-path|from|to|cc|subject|message-id|date|mime-version|content-type|content-transfer-encoding|delivered-to|reply-to|sender|x-[\w-]{1,60}|dkim-signature|list-[\w-]{1,40}|precedence|in-reply-to|references|user-agent|envelope-to|authentication-results|arc-[\w-]{1,40}):(?: |$)/i;
/** At least one of these: a report may itself show sender, date and subject before its reason. */
const PROOF =
  /^(?:received|return-path|message-id|mime-version|x-mailer|content-type|delivered-to|dkim-signature)$/;

/** A line that says that the mail follows. */
const FOLLOWS =
  /^[^\p{L}\p{N}]{0,40}(?:(?:this is |below (?:this line )?is |the following is |here is )?(?:a |the )?(?:copy of |text of |header(?:s)? of |first \d+ lines of |beginning of |start of )?(?:the |your )?(?:original|returned|undelivered|unsent|undeliverable|bounced|failed|rejected)(?: e-?mail)?(?: message| mail| msg| e-?mail)?(?: text| body| headers?| follows?| below| content| attached| information| has been attached|\/headers)*|(?:message|mail) headers? follows?|(?:included is|a copy of) .{0,40}(?:message|mail).{0,40}|(?:the )?headers? (?:of|from) .{0,40}(?:message|mail).{0,40}|below this line is a copy of the message|copy of (?:the|your) (?:message|mail).{0,40}|end of message|your (?:original )?message (?:follows|reads).{0,40}|mensaje original|message d'origine|message original|ursprüngliche nachricht|originalnachricht|messaggio originale|mensagem original|исходное сообщение|原文|元のメール|original message|begin returned mail)[^\p{L}\p{N}]{0,40}$/iu;

/** How far the header fields of a returned mail are looked at. */
const LOOK_AHEAD = 40;
const MOST_DEPTH = 3;

/** What a mail that came back says of the mail that it is about. */
export interface ReturnedMail {
  to: string[];
  messageIds: string[];
  headers: Field[];
}

/** Lines up to where a returned mail begins in a text, and from there. */
export function splitReturned(lines: readonly string[]): [report: string[], returned: string[]] {
  const start = lines.findIndex((line, i) => {
    if (FOLLOWS.test(line)) return followsSomething(lines, i);
    return KNOWN.test(line) && isHeader(lines.slice(i, i + LOOK_AHEAD));
  });
  return start < 0 ? [[...lines], []] : [lines.slice(0, start), lines.slice(start)];
}

/** A heading of a report may have the same words as what stands in front of a returned mail. */
function followsSomething(lines: readonly string[], at: number): boolean {
  const next = lines.slice(at + 1, at + 8).find((line) => /[\p{L}\p{N}]/u.test(line));
  return next === undefined || KNOWN.test(next) || /follow|below|copy|begin/i.test(lines[at] ?? '');
}

function isHeader(lines: readonly string[]): boolean {
  const names = new Set<string>();
  for (const line of lines) {
    const name = KNOWN.exec(line)?.[1]?.toLowerCase();
    if (name !== undefined) names.add(name);
    else if (!/^[ \t>|]/.test(line)) break;
  }
  return names.size >= 3 && [...names].some((name) => PROOF.test(name));
}

/** Reads the header fields of a returned mail, wherever they begin. */
export function readReturned(lines: readonly string[], depth = 0): ReturnedMail {
  const bare = lines.map((line) => line.replace(/^[>|] ?/, ''));
  const start = bare.findIndex((line) => KNOWN.test(line));
  const headers = start < 0 ? [] : parseFields(bare.slice(start, start + 1_000));
  const to = ['x-hmxmroriginalrecipient', 'x-original-to', 'to', 'delivered-to', 'cc', 'bcc']
    .flatMap((name) => findFields(headers, name))
    .flatMap(findAddresses)
    .concat(findEnvelope(headers));
  const messageIds = findMessageIds(findField(headers, 'message-id', 'x-message-id') ?? '');
  if (start < 0 || depth >= MOST_DEPTH || messageIds.length > 0) return { to, messageIds, headers };
  // A mail that was forwarded stands in another one.
  const inner = bare.findIndex(
    (line, i) =>
      i > start + headers.length && KNOWN.test(line) && isHeader(bare.slice(i, i + LOOK_AHEAD)),
  );
  if (inner < 0) return { to, messageIds, headers };
  const nested = readReturned(bare.slice(inner), depth + 1);
  return { to: [...to, ...nested.to], messageIds: nested.messageIds, headers };
}

/** RFC 5321 §4.4: servers may note in `Received` for whom they took a mail. */
function findEnvelope(headers: readonly Field[]): string[] {
  return findFields(headers, 'received').flatMap(
    (value) => /\bfor <?([^\s<>;]{1,320}@[^\s<>;]{1,254})>?/.exec(value)?.[1] ?? [],
  );
}

const MOST_IDS = 50;

/** The Message-IDs of a field, in angle brackets (RFC 5322 §3.6.4). */
export function findMessageIds(value: string): string[] {
  const found = value.match(/<[^<>\s@]{1,300}@[^<>\s@]{1,254}>/g) ?? [];
  if (found.length > 0) return found.slice(0, MOST_IDS);
  // Some servers lose the brackets.
  const bare = /^[^<>\s@]{1,300}@[^<>\s@]{1,254}$/.exec(value.trim())?.[0];
  return bare === undefined ? [] : [`<${bare}>`];
}
