import SMTPConnection, {
  type SMTPConnectionAuth,
  type SMTPConnectionOptions,
} from 'nodemailer/lib/smtp-connection';
import { messageOf, PaperboyError } from '../base/errors.js';
import type { Message } from '../digest/mime.js';
import { type Outcome, outcomeOf } from './outcome.js';
import { WireMessage } from './wire-message.js';

export interface Envelope {
  from: string;
  to: string;
}

/** One connection to the SMTP server, used for one mail after another. */
export interface SmtpSession {
  /** Whether the next mail can go over it. */
  readonly usable: boolean;
  /** Sends one mail. It never rejects: however it ended, that is the outcome. */
  send(envelope: Envelope, message: Message): Promise<Outcome>;
  close(): void;
}

export interface SmtpServer {
  /** For logs: host and port, never the password. */
  readonly name: string;
  /**
   * Connects, greets and logs in.
   * @param signal breaks it off
   * @throws PaperboyError `smtp_unreachable` or `smtp_login`
   */
  open(signal: AbortSignal): Promise<SmtpSession>;
}

/** RFC 5321 §4.5.3.2.6: ten minutes for the reply to the final dot, or mail is repeated. */
const REPLY_TIMEOUT = 600_000;
const CONNECT_TIMEOUT = 30_000;
/** From the first packet to the end of the login; Nodemailer's own limits end at the greeting. */
const OPEN_TIMEOUT = 60_000;
const RESET_TIMEOUT = 30_000;

/**
 * @param options of Nodemailer's connection, as its connection URLs give them
 * @param heloName what this client calls itself
 */
export function smtpServer(
  options: SMTPConnectionOptions & { auth?: SMTPConnectionAuth },
  heloName: string,
): SmtpServer {
  const { auth, ...connectionOptions } = options;
  const name = `${options.host ?? 'localhost'}:${options.port ?? (options.secure ? 465 : 587)}`;
  return {
    name,
    async open(signal) {
      const connection = new SMTPConnection({
        connectionTimeout: CONNECT_TIMEOUT,
        greetingTimeout: CONNECT_TIMEOUT,
        socketTimeout: REPLY_TIMEOUT,
        name: heloName,
        ...connectionOptions,
      });
      const session = new Session(connection);
      // Not AbortSignal.any: what it holds on to grows with each connection of a long life.
      const limit = new AbortController();
      const giveUp = () => limit.abort();
      const timer = setTimeout(giveUp, OPEN_TIMEOUT);
      signal.addEventListener('abort', giveUp, { once: true });
      if (signal.aborted) giveUp();
      try {
        await session.connect(limit.signal);
        if (auth) await session.login(auth, limit.signal);
        return session;
      } catch (error) {
        session.close();
        throw connectError(name, error);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      }
    },
  };
}

function connectError(name: string, error: unknown): PaperboyError {
  const login = failureOf(error, false).command?.startsWith('AUTH') ?? false;
  const reason = messageOf(error).replace(/\s+/g, ' ').replace(/\.$/, '');
  return login
    ? new PaperboyError('smtp_login', `The SMTP server ${name} refuses the login: ${reason}.`, {
        cause: error,
      })
    : new PaperboyError('smtp_unreachable', `The SMTP server ${name} can't be used: ${reason}.`, {
        cause: error,
      });
}

class Session implements SmtpSession {
  readonly #connection: SMTPConnection;
  #ended = false;
  #connected = false;
  /** Whether the last mail was refused: the server still holds its transaction then. */
  #unfinished = false;
  /** What ended the connection, for whoever waits for an answer that will not come. */
  #onEnd: ((error: Error) => void) | undefined;

  constructor(connection: SMTPConnection) {
    this.#connection = connection;
    const end = (error?: Error) => {
      this.#ended = true;
      const waiting = this.#onEnd;
      // After a 421, Nodemailer tells of the end first and of the reply right behind it.
      setImmediate(() => waiting?.(error ?? new Error('Connection closed')));
    };
    connection.on('error', end);
    connection.on('end', () => end());
  }

  get usable(): boolean {
    return !this.#ended;
  }

  async connect(limit: AbortSignal): Promise<void> {
    await this.#answer(limit, (done) => this.#connection.connect(done));
    this.#connected = true;
  }

  login(auth: SMTPConnectionAuth, limit: AbortSignal): Promise<void> {
    return this.#answer(limit, (done) => this.#connection.login(auth, done));
  }

  async send({ from, to }: Envelope, message: Message): Promise<Outcome> {
    await this.#reset();
    // The server may have hung up while the mail was made: Nodemailer's error for that looks like
    // one about the mail.
    if (this.#ended) return { kind: 'unsent', reply: 'Connection closed', lost: true };
    const body = new WireMessage(message, this.#connection);
    try {
      const reply = await new Promise<string>((resolve, reject) => {
        this.#onEnd = reject;
        this.#connection.send({ from, to: [to] }, body, (error, info) => {
          if (error) reject(error);
          else resolve(info?.response ?? '');
        });
      });
      return { kind: 'accepted', reply: reply.slice(0, 500) };
    } catch (error) {
      const outcome = outcomeOf(failureOf(error, body.breakOff()));
      this.#onEnd = undefined;
      this.#unfinished = true;
      const answered = outcome.kind !== 'unsent' && outcome.kind !== 'uncertain';
      if (!answered || body.broken) this.close();
      return outcome;
    } finally {
      this.#onEnd = undefined;
    }
  }

  close(): void {
    // RFC 5321 §4.1.1.10: no closing without QUIT; inside a message it would be part of that.
    if (this.#connected && !this.#ended && this.#onEnd === undefined) this.#connection.quit();
    this.#ended = true;
    this.#connection.close();
  }

  /**
   * After a refused recipient the server still holds the transaction (RFC 5321 §4.1.1.5). Done
   * before the next mail, not after the last: a refusal that is known must not wait to be noted.
   */
  async #reset(): Promise<void> {
    if (!this.#unfinished || this.#ended) return;
    this.#unfinished = false;
    try {
      const limit = AbortSignal.timeout(RESET_TIMEOUT);
      await this.#answer(limit, (done) => this.#connection.reset(done));
    } catch {
      // Nothing was sent yet; a connection that can't be reset is simply not used again.
      this.close();
    }
  }

  /** Nodemailer reports some endings through an event only; either way is an answer. */
  async #answer(
    limit: AbortSignal,
    ask: (done: (error?: Error | null) => void) => void,
  ): Promise<void> {
    const giveUp = () => this.#connection.close();
    limit.addEventListener('abort', giveUp, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#onEnd = reject;
        ask((error) => {
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

function failureOf(error: unknown, wholeMessageSent: boolean) {
  const fields: Record<string, unknown> =
    typeof error === 'object' && error !== null ? { ...error } : {};
  return {
    message: messageOf(error),
    command: textOf(fields['command']),
    response: textOf(fields['response']),
    responseCode: refusalOf(fields['responseCode']),
    wholeMessageSent,
  };
}

/** Only 4yz and 5yz are verdicts; any other code on an error is a server out of step. */
function refusalOf(code: unknown): number | undefined {
  return typeof code === 'number' && code >= 400 && code <= 599 ? code : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
