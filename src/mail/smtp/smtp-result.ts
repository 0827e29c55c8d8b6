import { toErrorMessage } from '../../base/errors.js';
import { parseReply, type Reply, type SmtpStage, toCleanLine } from '../replies/reply.js';

/** The result of sending one mail over one connection. */
export type SmtpResult =
  | { kind: 'accepted'; reply: string }
  /** The server replied anything but an acceptance. */
  | { kind: 'replied'; reply: Reply }
  /** No reply came. `sent`: all of the message went out, so it may have been accepted. */
  | { kind: 'lost'; reason: string; sent: boolean }
  /** The connection was closed before, and no other could be opened. */
  | { kind: 'unconnected'; reason: string }
  /** This client can't send to the recipient's address over this connection. */
  | { kind: 'unsendable'; reason: string };

/** A failure of Nodemailer's connection. */
export interface SmtpFailure {
  result: SmtpResult;
  reply: Reply | null;
}

/** SMTP stages by Nodemailer's names of commands. */
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
 * Turns an error of `SMTPConnection` (Nodemailer 10.6) into a result. It is final only if the client
 * itself refuses the recipient's address. Everything else can be tried again.
 * @param sent whether the whole message went out, including its final dot
 * @param connecting whether the connection was still being opened
 */
export function toFailure(
  error: unknown,
  { sent, connecting }: { sent: boolean; connecting: boolean },
): SmtpFailure {
  const fields: Record<string, unknown> =
    typeof error === 'object' && error !== null ? { ...error } : {};
  const message = toErrorMessage(error);
  const { code, command, response } = fields;
  // After a reply to no command (EPROTOCOL) it is unknown which reply answers which command.
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
  // Nodemailer does not say which command a 421 answered that ends the connection.
  if (command === 'CONN' && !connecting) return 'rcpt';
  return STAGES[command] ?? 'rcpt';
}
