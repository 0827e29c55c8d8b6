import type { Readable } from 'node:stream';
import { type ParsedMail, simpleParser } from 'mailparser';
import type { SMTPServerSession } from 'smtp-server';

export interface ReceivedMail {
  /** The envelope. Domains written in Punycode arrive as Unicode. */
  from: string;
  to: string[];
  /** The message as received, without dot-stuffing. */
  raw: Buffer;
  rawHeaders: string;
  /** Unfolded values by lower-case name; those of a repeated header are joined by a newline. */
  headers: Map<string, string>;
  subject: string;
  html: string;
  text: string;
  messageId: string;
  /** The addresses in List-Unsubscribe, without their angle brackets. */
  listUnsubscribe: string[];
  listUnsubscribePost: string | undefined;
  /** What the client was told: 2yz, 4yz or 5yz, or nothing. */
  outcome: 'accepted' | 'refused' | 'dropped';
  /** When the final dot arrived, in milliseconds. */
  at: number;
  session: string;
}

/** The whole message, or null when the client left in the middle of it. */
export async function readAll(stream: Readable): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}

export async function readMail(
  raw: Buffer,
  session: SMTPServerSession,
  parse: boolean,
): Promise<ReceivedMail> {
  const at = Date.now();
  const { mailFrom, rcptTo } = session.envelope;
  const envelope = {
    from: mailFrom ? mailFrom.address : '',
    to: rcptTo.map(({ address }) => address),
  };
  const rawHeaders = headerBlock(raw);
  const headers = unfold(rawHeaders);
  const parsed: Partial<ParsedMail> = parse
    ? await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true, keepCidLinks: true })
    : {};
  return {
    ...envelope,
    raw,
    rawHeaders,
    headers,
    subject: parsed.subject ?? '',
    html: parsed.html || '',
    text: parsed.text ?? '',
    messageId: headers.get('message-id') ?? '',
    listUnsubscribe: bracketed(headers.get('list-unsubscribe') ?? ''),
    listUnsubscribePost: headers.get('list-unsubscribe-post'),
    outcome: 'dropped',
    at,
    session: session.id,
  };
}

function headerBlock(raw: Buffer): string {
  const end = raw.indexOf('\r\n\r\n');
  return raw.subarray(0, end === -1 ? raw.length : end + 2).toString('utf8');
}

/** RFC 5322 §2.2.3: unfolding takes out the line break and leaves the space. */
function unfold(block: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of block.replace(/\r\n(?=[ \t])/g, '').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon === -1) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  return headers;
}

function bracketed(value: string): string[] {
  return [...value.matchAll(/<([^>]*)>/g)].map(([, address = '']) => address.replace(/\s/g, ''));
}
