import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SMTPConnectionAuth, SMTPEnvelope } from 'nodemailer/lib/smtp-connection';
import type { Message } from '../mime.js';
import { parseReply } from '../replies/reply.js';
import type { SmtpPhases } from './smtp-phases.js';
import { type SmtpResult, toFailure } from './smtp-result.js';
import { WireMessage } from './wire-message.js';

export interface Envelope {
  from: string;
  to: string;
  /** What a delivery report names the mail by, where the server passes that on. */
  envelopeId?: string;
}

/** One connection to the SMTP server, used for one mail after another. */
export interface SmtpSession {
  /** Whether the next mail can go over it, as far as the client knows. */
  readonly usable: boolean;
  /** How many mails were begun over it. */
  readonly mails: number;
  /** Sends one mail. Never rejects: every end is a result. */
  send(envelope: Envelope, message: Message): Promise<SmtpResult>;
  close(): void;
}

/** Undocumented parts of Nodemailer's connection that are read here. */
interface ConnectionInside {
  /** Whether the recipient has been accepted. */
  _envelope?: { accepted?: readonly unknown[] } | false;
  /** Replies that were not processed yet. */
  _responseQueue?: readonly string[];
  /** What the server offered in its reply to EHLO. */
  _supportedExtensions?: readonly string[];
}

/** Of an address whose local part is beyond ASCII, at a server that can't take such. */
const NEEDS_SMTPUTF8 =
  'not sent: the address has letters beyond ASCII before the @, and the relay does not offer SMTPUTF8 (RFC 6531)';

/** A session over Nodemailer's SMTP client. */
export class ClientSession implements SmtpSession {
  readonly #connection: SMTPConnection;
  readonly #phases: SmtpPhases;
  #ended = false;
  #connected = false;
  #mails = 0;
  /** Whether the last mail was refused, which leaves its transaction open on the server. */
  #unfinished = false;
  /** Rejects the promise that waits for a reply, when the connection ends. */
  #onEnd: ((error: Error) => void) | undefined;

  constructor(connection: SMTPConnection, phases: SmtpPhases) {
    this.#connection = connection;
    this.#phases = phases;
    const end = (error?: Error) => {
      this.#ended = true;
      const waiting = this.#onEnd;
      // After a 421, Nodemailer reports the end first and the reply right after it.
      setImmediate(() => waiting?.(error ?? new Error('Connection closed')));
    };
    connection.on('error', end);
    connection.on('end', () => end());
  }

  get usable(): boolean {
    const socket = this.#connection._socket;
    const { _responseQueue: unread = [] } = this.#connection as ConnectionInside;
    // Nodemailer reports a closed connection and unexpected replies a moment later. Such a reply must
    // not be taken for the answer to the next command.
    return !this.#ended && socket !== false && socket?.writable === true && unread.length === 0;
  }

  get mails(): number {
    return this.#mails;
  }

  async connect(limit: AbortSignal): Promise<void> {
    await this.#run(limit, (done) => this.#connection.connect(done));
    this.#connected = true;
  }

  login(auth: SMTPConnectionAuth, limit: AbortSignal): Promise<void> {
    return this.#run(limit, (done) => this.#connection.login(auth, done));
  }

  async send(envelope: Envelope, message: Message): Promise<SmtpResult> {
    await this.#reset();
    // The server may have hung up while the mail was composed.
    if (!this.usable) {
      this.close();
      return { kind: 'lost', reason: 'Connection closed', sent: false };
    }
    if (!this.#takes(envelope.to)) return { kind: 'unsendable', reason: NEEDS_SMTPUTF8 };
    this.#mails++;
    const body = new WireMessage(message, this.#connection, this.#phases);
    const watch = this.#watchPhases(body);
    try {
      const response = await new Promise<string>((resolve, reject) => {
        this.#onEnd = reject;
        this.#connection.send(toClientEnvelope(envelope), body, (error, info) => {
          if (error) reject(error);
          else resolve(info?.response ?? '');
        });
      });
      const reply = parseReply(response, 'dot');
      if (reply.code >= 200 && reply.code < 300) {
        // An acceptance before the end of the message was sent answers something else.
        if (body.breakOff()) return { kind: 'accepted', reply: reply.text };
        this.close();
        return { kind: 'lost', reason: `unexpected reply: ${reply.text}`, sent: false };
      }
      this.close();
      return { kind: 'replied', reply };
    } catch (error) {
      const failure = toFailure(error, { sent: body.breakOff(), connecting: false });
      this.#onEnd = undefined;
      this.#unfinished = true;
      // A reply that is no refusal belongs to an earlier command.
      const outOfStep = failure.reply !== null && failure.reply.code < 400;
      if (failure.result.kind === 'lost' || outOfStep || body.broken) this.close();
      return failure.result;
    } finally {
      watch.stop();
      this.#onEnd = undefined;
    }
  }

  /** RFC 6531 §3.1: without its offer, such an address must not be sent. Nodemailer would try. */
  #takes(recipient: string): boolean {
    const { _supportedExtensions: offered = [] } = this.#connection as ConnectionInside;
    return /^\p{ASCII}*$/u.test(recipient) || offered.includes('SMTPUTF8');
  }

  close(): void {
    // RFC 5321 §4.1.1.10: QUIT before closing, but inside a message it would be part of the text.
    if (this.#connected && !this.#ended && this.#onEnd === undefined) this.#connection.quit();
    this.#ended = true;
    this.#connection.close();
  }

  /**
   * RFC 5321 §4.5.3.2.2 to .4: five minutes for MAIL and RCPT, two for DATA. Each reply restarts the
   * timeout, since it limits the time without any octet.
   */
  #watchPhases(body: WireMessage): { stop(): void } {
    const socket = this.#connection._socket;
    if (!socket) return { stop: () => undefined };
    const inside = this.#connection as ConnectionInside;
    socket.setTimeout(this.#phases.command);
    let stopped = false;
    const look = () => {
      const envelope = inside._envelope;
      if (!stopped && !body.started && envelope && (envelope.accepted?.length ?? 0) > 0)
        socket.setTimeout(this.#phases.data);
    };
    const onReply = () => {
      look();
      // When two replies come together, Nodemailer handles the second in the next tick.
      setImmediate(look);
    };
    socket.on('data', onReply);
    return {
      stop: () => {
        stopped = true;
        socket.removeListener('data', onReply);
        socket.setTimeout(this.#phases.command);
      },
    };
  }

  /**
   * Resets the transaction that a refused mail leaves open (RFC 5321 §4.1.1.5). Done before the next
   * mail, not after the refused one, so that the refusal is recorded without delay.
   */
  async #reset(): Promise<void> {
    if (!this.#unfinished || this.#ended) return;
    this.#unfinished = false;
    try {
      const limit = AbortSignal.timeout(this.#phases.reset);
      await this.#run(limit, (done) => this.#connection.reset(done));
    } catch {
      // Nothing was sent yet, so a connection that can't be reset is just closed.
      this.close();
    }
  }

  /** Runs one step. Nodemailer reports some failures by an event only, so both are awaited. */
  async #run(
    limit: AbortSignal,
    step: (done: (error?: Error | null) => void) => void,
  ): Promise<void> {
    const giveUp = () => this.#connection.close();
    limit.addEventListener('abort', giveUp, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#onEnd = reject;
        step((error) => {
          if (error) reject(error);
          else resolve();
        });
      });
    } finally {
      limit.removeEventListener('abort', giveUp);
      this.#onEnd = undefined;
    }
  }
}

/**
 * RFC 3461, where the server offers DSN: a report of failure with the id of the envelope, the address
 * that we wrote to (§4.2) and the header fields alone (§4.3). No reports of delay are wanted (§4.1): they
 * say nothing that lasts.
 */
function toClientEnvelope({ from, to, envelopeId }: Envelope): SMTPEnvelope {
  if (envelopeId === undefined) return { from, to: [to] };
  const dsn = { ret: 'HDRS', envid: envelopeId, notify: 'FAILURE', orcpt: to } as const;
  return { from, to: [to], dsn };
}
