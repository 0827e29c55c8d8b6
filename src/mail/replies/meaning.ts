import { readBasicCode, readClearCode, readHint } from './codes.js';
import { LOOSE_PHRASES } from './loose-phrases.js';
import { matches, type Phrase, type Reading, toReading } from './phrases.js';
import { PLAIN_PHRASES } from './plain-phrases.js';
import { PROVIDER_PHRASES } from './providers.js';
import { RELAY_PHRASES } from './relays.js';
import { parseReply, type Reply, type SmtpStage } from './reply.js';
import { LAST_PHRASES, REPORT_PHRASES } from './report-phrases.js';
import { type Meaning, reader, server, us } from './verdicts.js';

export type { Meaning } from './verdicts.js';

/** The stages at which the server knows the recipient. */
const READER_STAGES: readonly SmtpStage[] = ['rcpt', 'data', 'dot'];

const SENTENCES: readonly Phrase[] = [...PROVIDER_PHRASES, ...RELAY_PHRASES];

/**
 * What a reply means that is not an acceptance. The clearest evidence is read first: unambiguous
 * sentences (before codes, since Stalwart says 5.1.2 for relaying), unambiguous codes, sentences of
 * known providers, loose phrases, vague codes, and at last the stage alone.
 */
export function readMeaning(reply: Reply): Meaning {
  // Only 4yz and 5yz can be read. Any other code here makes no sense.
  if (!(reply.code >= 400 && reply.code <= 599)) return server('unintelligible');
  const reading = toReading(reply);
  // A reply to STARTTLS is about TLS, whatever its words.
  if (reading.stage === 'tls') return readBasicCode(reading) ?? readStage(reading);
  return readSaid(reading) ?? readStage(reading);
}

/** What codes and words say. */
function readSaid(reading: Reading): Meaning | undefined {
  return (
    readBasicCode(reading) ??
    readPlain(reading) ??
    (reading.code === 530 ? us('login') : undefined) ??
    allowed(readClearCode(reading), reading) ??
    readPhrase(SENTENCES, reading) ??
    readPhrase(LOOSE_PHRASES, reading) ??
    allowed(readHint(reading), reading)
  );
}

/**
 * What is said of a recipient in a mail that came back: a server's reply that it quotes, or a sentence
 * for people. The same as `readMeaning`, with the phrases that only such mails have, and without a
 * guess by the stage alone.
 */
export function readReported(reply: Reply): Meaning | undefined {
  if (!(reply.code >= 400 && reply.code <= 599)) return undefined;
  const reading = toReading(reply);
  return (
    readPhrase(REPORT_PHRASES, reading) ?? readSaid(reading) ?? readPhrase(LAST_PHRASES, reading)
  );
}

/** Codes that are about the mailbox, never about the sender. */
const MAILBOX_CODES = new Set(['5.1.1', '5.1.6', '5.1.10', '5.2.2']);
/** Words that are about the sender at RCPT, whatever the code. */
const SENDER_WORDS = /relay|sender|helo|\bfrom\b|\bhas sent\b/;

/** Reads plain phrases. A code about the mailbox overrules a phrase that is about us. */
function readPlain(reading: Reading): Meaning | undefined {
  const plain = readPhrase(PLAIN_PHRASES, reading);
  const { stage, enhanced, words } = reading;
  const ofMailbox = stage === 'rcpt' && enhanced !== null && MAILBOX_CODES.has(enhanced);
  if (plain?.of !== 'us' || !ofMailbox || SENDER_WORDS.test(words)) return plain;
  return readClearCode(reading) ?? readHint(reading) ?? plain;
}

function readPhrase(phrases: readonly Phrase[], reading: Reading): Meaning | undefined {
  return phrases.find((one) => allowed(one.meaning, reading) && matches(one, reading))?.meaning;
}

/** Before RCPT a reply can't be about the reader, and a 5yz to a command is about us. */
function allowed(meaning: Meaning | undefined, { stage, digit }: Reading): Meaning | undefined {
  if (meaning === undefined || READER_STAGES.includes(stage)) return meaning;
  if (meaning.of === 'reader') return undefined;
  const greeting = stage === 'connect' || stage === 'greeting';
  return digit === 5 && !greeting && meaning.of !== 'us' ? undefined : meaning;
}

/** The meaning by the stage alone, if neither codes nor words say more. */
function readStage({ stage, code, digit }: Reading): Meaning {
  // RFC 5321 §3.8: a 421 to any command ends the connection.
  if (READER_STAGES.includes(stage)) {
    if (digit === 5) return reader('refused');
    return code === 421 ? server('busy') : reader('later');
  }
  if (digit === 4) return server('busy');
  if (stage === 'ehlo') return us('helo');
  if (stage === 'tls') return us('tls');
  if (stage === 'auth') return us('login');
  if (stage === 'mail') return us('sender');
  return server('busy');
}

/** What a final refusal says of the mailbox. */
type MailboxVerdict = Exclude<Extract<Meaning, { of: 'reader' }>['kind'], 'later' | 'greylisted'>;

/**
 * Reads a refusal that is kept as one line, whose SMTP stage is no longer known.
 * @returns `refused` for a reply that says nothing about the mailbox
 */
export function readRefusal(text: string): MailboxVerdict {
  const meaning = readMeaning(parseReply(text, 'rcpt'));
  if (meaning.of !== 'reader') return 'refused';
  const { kind } = meaning;
  return kind === 'later' || kind === 'greylisted' ? 'refused' : kind;
}
