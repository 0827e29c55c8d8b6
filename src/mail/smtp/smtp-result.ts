import { toErrorMessage } from '../../base/errors.js';
import { parseReply, type Reply, type SmtpStage, toCleanLine } from '../replies/reply.js';

/** How one mail fared over one connection. */
export type SmtpResult =
  | { kind: 'accepted'; reply: string }
  /** The server answered, and it was no yes. */
  | { kind: 'replied'; reply: Reply }
  /** No answer came; `sent`: all of the message went out, so it may have been accepted. */
  | { kind: 'lost'; reason: string; sent: boolean }
  /** The connection turned out to be over, and no other could be made. */
  | { kind: 'unconnected'; reason: string }
  /** Our own client won't put this address on the wire, now or ever. */
  | { kind: 'unsendable'; reason: string };

/** What is known of a failure of Nodemailer's connection. */
export interface SmtpFailure {
  result: SmtpResult;
  reply: Reply | null;
}

/** Commands in Nodemailer's words. */
const STAGES: Readonly<Record<string, SmtpStage>> = {
  CONN: 'greeting',
  EHLO: 'ehlo',
  HELO: 'ehlo',
  STARTTLS: 'tls',
  'MAIL FROM': 'mail',
  'RCPT TO': 'rcpt',
  DATA: 'data',
};

/**
 * Sorts an error of `SMTPConnection` (Nodemailer 10.6). An error is an end only where the client
 * refuses the recipient's address itself; whatever else it may mean, trying again finds out.
 * @param sent whether the message had gone out to its final dot
 * @param connecting whether the connection was still being made
 */
export function toFailure(
  error: unknown,
  { sent, connecting }: { sent: boolean; connecting: boolean },
): SmtpFailure {
  const fields: Record<string, unknown> =
    typeof error === 'object' && error !== null ? { ...error } : {};
  const message = toErrorMessage(error);
  const { code, command, response } = fields;
  // An answer to nothing (EPROTOCOL without a command) leaves both sides out of step.
  const outOfStep = code === 'EPROTOCOL' && command === 'CONN' && !connecting;
  if (typeof response === 'string' && response !== '' && !outOfStep) {
    const reply = parseReply(response, toStage(command, { sent, connecting }));
    return { result: { kind: 'replied', reply }, reply };
  }
  const refused = code === 'EENVELOPE' && command === 'API' && !sent;
  if (refused && message.startsWith('Invalid recipient')) {
    return { result: { kind: 'unsendable', reason: toCleanLine(message) }, reply: null };
  }
  return { result: { kind: 'lost', reason: toCleanLine(message), sent }, reply: null };
}

function toStage(
  command: unknown,
  { sent, connecting }: { sent: boolean; connecting: boolean },
): SmtpStage {
  if (sent) return 'dot';
  if (typeof command !== 'string') return connecting ? 'greeting' : 'rcpt';
  if (command.startsWith('AUTH')) return 'auth';
  // Of a 421 that ends the connection Nodemailer does not tell which command it answered.
  if (command === 'CONN' && !connecting) return 'rcpt';
  return STAGES[command] ?? 'rcpt';
}
