import SMTPConnection, { type SMTPConnectionAuth } from 'nodemailer/lib/smtp-connection';
import { PaperboyError } from '../../base/errors.js';
import type { Message } from '../mime.js';
import { formatFault, toOpeningFault } from '../replies/opening-fault.js';
import { parseReply, type Reply, toCleanLine } from '../replies/reply.js';
import { withoutSecrets } from '../replies/secrets.js';
import type { SmtpOptions } from './smtp-options.js';
import { PHASES, type SmtpPhases } from './smtp-phases.js';
import { type SmtpResult, toFailure } from './smtp-result.js';
import { WireMessage } from './wire-message.js';

export interface Envelope {
  from: string;
  to: string;
}

/** One connection to the SMTP server, used for one mail after another. */
export interface SmtpSession {
  /** Whether the next mail can go over it, as far as this side knows. */
  readonly usable: boolean;
  /** Mails that were begun over it. */
  readonly mails: number;
  /** Sends one mail. It never rejects: however it ended, that is the result. */
  send(envelope: Envelope, message: Message): Promise<SmtpResult>;
  close(): void;
}

export interface SmtpServer {
  /** For logs: host and port, never the password. */
  readonly name: string;
  /** Whether connecting includes a login. */
  readonly login: boolean;
  /**
   * Connects, greets and logs in.
   * @param signal breaks it off
   * @throws ConnectError
   */
  open(signal: AbortSignal): Promise<SmtpSession>;
}

/** A connection that could not be made; `reply` is what the server said, if it said anything. */
export class ConnectError extends PaperboyError {
  constructor(
    code: 'smtp_unreachable' | 'smtp_login',
    message: string,
    readonly reply: Reply | null,
    options: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** No reply that means anything is longer. */
const LONGEST_REPLY = 65_536;

/**
 * @param options of Nodemailer's connection, as its connection URLs give them
 * @param heloName what this client calls itself
 * @param phases how long each step may take
 */
export function smtpServer(
  options: SmtpOptions,
  heloName: string,
  given: SmtpPhases = PHASES,
): SmtpServer {
  const phases = withOptions(given, options);
  const { auth, ...connectionOptions } = options;
  const name = `${options.host ?? 'localhost'}:${options.port ?? (options.secure ? 465 : 587)}`;
  return {
    name,
    login: auth !== undefined,
    async open(signal) {
      const connection = new SMTPConnection({
        greetingTimeout: phases.greeting,
        socketTimeout: phases.command,
        ...connectionOptions,
        name: connectionOptions.name ?? heloName,
        // All of connecting; its first part, until the server is there, has a limit of its own.
        connectionTimeout:
          options.connectionTimeout ?? phases.connect + phases.greeting + phases.tls,
        maxResponseSize: LONGEST_REPLY,
      });
      const session = new Session(connection, phases);
      // Not AbortSignal.any: what it holds on to grows with each connection of a long life.
      const limit = new AbortController();
      const giveUp = () => limit.abort();
      const timer = setTimeout(() => {
        if (connection.stage === 'init') giveUp();
      }, phases.connect);
      signal.addEventListener('abort', giveUp, { once: true });
      if (signal.aborted) giveUp();
      let step: 'connect' | 'login' = 'connect';
      try {
        await session.connect(limit.signal);
        step = 'login';
        if (auth) await session.login(auth, limit.signal);
        return session;
      } catch (error) {
        session.close();
        throw connectError(name, options, step, error);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      }
    },
  };
}

/** What the operator has set in the URL counts for all phases that it speaks of. */
function withOptions(phases: SmtpPhases, options: SmtpOptions): SmtpPhases {
  const { connectionTimeout, greetingTimeout, socketTimeout } = options;
  const silence = socketTimeout && { command: socketTimeout, data: socketTimeout };
  return {
    ...phases,
    ...(connectionTimeout && { connect: connectionTimeout }),
    ...(greetingTimeout && { greeting: greetingTimeout }),
    ...(silence && { ...silence, block: socketTimeout, dot: socketTimeout }),
  };
}

function connectError(
  name: string,
  options: SmtpOptions,
  step: 'connect' | 'login',
  error: unknown,
): ConnectError {
  const known = toFailure(error, { sent: false, connecting: true }).reply;
  // Some servers repeat the command that they don't know, and with it the password.
  const reply = known && { ...known, text: withoutSecrets(known.text, options) };
  const reason = toCleanLine(
    withoutSecrets(formatFault(toOpeningFault(error, options), error), options),
  );
  // A connection that is lost while it logs in says nothing about the password.
  return step === 'login' && reply !== null
    ? new ConnectError(
        'smtp_login',
        `The SMTP server ${name} refuses the login: ${reason}.`,
        reply,
        {
          cause: error,
        },
      )
    : new ConnectError(
        'smtp_unreachable',
        `The SMTP server ${name} can't be used: ${reason}.`,
        reply,
        { cause: error },
      );
}

/** What is looked at inside of Nodemailer's connection. */
interface ConnectionInside {
  /** Whether the recipient has been accepted. */
  _envelope?: { accepted?: readonly unknown[] } | false;
  /** Replies that nobody has looked at. */
  _responseQueue?: readonly string[];
}

class Session implements SmtpSession {
  readonly #connection: SMTPConnection;
  readonly #phases: SmtpPhases;
  #ended = false;
  #connected = false;
  #mails = 0;
  /** Whether the last mail was refused: the server still holds its transaction then. */
  #unfinished = false;
  /** What ended the connection, for whoever waits for an answer that will not come. */
  #onEnd: ((error: Error) => void) | undefined;

  constructor(connection: SMTPConnection, phases: SmtpPhases) {
    this.#connection = connection;
    this.#phases = phases;
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
    const socket = this.#connection._socket;
    const { _responseQueue: unread = [] } = this.#connection as ConnectionInside;
    // A server that has closed its side reads no more; Nodemailer tells of it a moment later, as it
    // does of answers to nothing, which must not be taken for answers to what comes next.
    return !this.#ended && socket !== false && socket?.writable === true && unread.length === 0;
  }

  get mails(): number {
    return this.#mails;
  }

  async connect(limit: AbortSignal): Promise<void> {
    await this.#answer(limit, (done) => this.#connection.connect(done));
    this.#connected = true;
  }

  login(auth: SMTPConnectionAuth, limit: AbortSignal): Promise<void> {
    return this.#answer(limit, (done) => this.#connection.login(auth, done));
  }

  async send({ from, to }: Envelope, message: Message): Promise<SmtpResult> {
    await this.#reset();
    // The server may have hung up while the mail was made.
    if (!this.usable) {
      this.close();
      return { kind: 'lost', reason: 'Connection closed', sent: false };
    }
    this.#mails++;
    const body = new WireMessage(message, this.#connection, this.#phases);
    const watch = this.#watchPhases(body);
    try {
      const response = await new Promise<string>((resolve, reject) => {
        this.#onEnd = reject;
        this.#connection.send({ from, to: [to] }, body, (error, info) => {
          if (error) reject(error);
          else resolve(info?.response ?? '');
        });
      });
      const reply = parseReply(response, 'dot');
      if (reply.code >= 200 && reply.code < 300) {
        // A yes to a message of which the end was not sent answers something else.
        if (body.breakOff()) return { kind: 'accepted', reply: reply.text };
        this.close();
        return { kind: 'lost', reason: `answered out of step: ${reply.text}`, sent: false };
      }
      this.close();
      return { kind: 'replied', reply };
    } catch (error) {
      const failure = toFailure(error, { sent: body.breakOff(), connecting: false });
      this.#onEnd = undefined;
      this.#unfinished = true;
      // What is no refusal, where none else can stand, answers something that was asked before.
      const outOfStep = failure.reply !== null && failure.reply.code < 400;
      if (failure.result.kind === 'lost' || outOfStep || body.broken) this.close();
      return failure.result;
    } finally {
      watch.stop();
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
   * RFC 5321 §4.5.3.2.2 to .4: five minutes for MAIL and RCPT, two for DATA. Each reply begins the
   * time anew, since it is one without any octet.
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
      // Of two replies that come together, Nodemailer looks at the second one turn later.
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
   * After a refused recipient the server still holds the transaction (RFC 5321 §4.1.1.5). Done
   * before the next mail, not after the last: a refusal that is known must not wait to be noted.
   */
  async #reset(): Promise<void> {
    if (!this.#unfinished || this.#ended) return;
    this.#unfinished = false;
    try {
      const limit = AbortSignal.timeout(this.#phases.reset);
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
