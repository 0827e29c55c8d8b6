import { once } from 'node:events';
import { TLSSocket } from 'node:tls';
import SMTPConnection, {
  type SMTPConnectionAuth,
  type SMTPConnectionCustomAuthHandler,
} from 'nodemailer/lib/smtp-connection';
import { toErrorCode } from '../../base/errors.js';
import type { OpeningStep } from '../../mail/replies/remedies.js';
import type { SmtpOptions } from '../../mail/smtp/smtp.js';

export const STEP_TIMEOUT = 10_000;
/** And to close its side. */
const CLOSE_TIMEOUT = 1_000;
/** No server offers it: by this name Nodemailer hands a command through as if it were a login. */
const COMMAND = 'X-PAPERBOY-COMMAND';

/** How the octets of a session are kept from others. */
export interface Encryption {
  /** `TLSv1.3` */
  protocol: string;
  /** Why the certificate would not have been accepted, had that been asked; `null`: it was. */
  unchecked: string | null;
  /** When the certificate ends; `null`: it does not say. */
  validTo: number | null;
}

export interface ProbeOptions {
  /** What this client calls itself, unless the relay's options say. */
  heloName: string;
  /** Milliseconds that the server gets for one step. */
  stepTimeout?: number;
}

/** A session in which nothing is sent. Whatever it awaits ends within `STEP_TIMEOUT`. */
export class RelayProbe {
  readonly #connection: SMTPConnection;
  readonly #stepTimeout: number;
  #ended = false;
  #onEnd: ((error: Error) => void) | undefined;

  constructor({ auth: _, ...options }: SmtpOptions, { heloName, stepTimeout }: ProbeOptions) {
    this.#stepTimeout = stepTimeout ?? STEP_TIMEOUT;
    this.#connection = new SMTPConnection({
      name: heloName,
      ...options,
      // Looking up, connecting, the greeting and STARTTLS together.
      connectionTimeout: 3 * this.#stepTimeout,
      dnsTimeout: this.#stepTimeout,
      greetingTimeout: this.#stepTimeout,
      // Longer, so that it is not this one that tells of a missing greeting.
      socketTimeout: 1.1 * this.#stepTimeout,
      socketCloseTimeout: CLOSE_TIMEOUT,
      customAuth: { [COMMAND]: sendThrough },
    });
    const end = (error = new Error('Connection closed')) => {
      this.#ended = true;
      const waiting = this.#onEnd;
      // After a 421, Nodemailer tells of the end first and of the reply right behind it.
      setImmediate(() => waiting?.(error));
    };
    this.#connection.on('error', end);
    this.#connection.on('end', () => end());
  }

  /** Connects, greets and, as far as the options want it, encrypts. */
  async connect(): Promise<void> {
    const timer = setTimeout(() => {
      if (this.#connection.stage === 'init') this.#onEnd?.(this.#silence());
    }, this.#stepTimeout);
    try {
      await this.#answer((done) => this.#connection.connect(done), 4 * this.#stepTimeout);
    } finally {
      clearTimeout(timer);
    }
  }

  login(auth: SMTPConnectionAuth): Promise<void> {
    return this.#answer((done) => this.#connection.login({ ...auth }, done));
  }

  /** One command; any reply but 2yz (RFC 5321 §4.2.1) is thrown. */
  async command(line: string): Promise<void> {
    const auth = { method: COMMAND, line, reply: '' };
    await this.#answer((done) => this.#connection.login(auth, done));
    const { reply: response } = auth;
    if (!response.startsWith('2')) throw Object.assign(new Error(line), { response });
  }

  /** What follows the first line of the reply to EHLO (RFC 5321 §4.1.1.1). */
  get extensions(): string[] {
    const reply = this.#connection.lastServerResponse || '';
    if (!reply.startsWith('250')) return [];
    const lines = reply.split(/\r?\n/).slice(1);
    return lines.map((line) => line.slice(4).trim()).filter(Boolean);
  }

  /** What the server calls itself in its reply to EHLO; `null`: it does not say. */
  get serverName(): string | null {
    const [, name = null] =
      /^250[ -]([a-z0-9._-]{1,255})(?:\s|$)/i.exec(this.#connection.lastServerResponse || '') ?? [];
    return name;
  }

  /** `null`: anybody in between can read it. */
  get encryption(): Encryption | null {
    const { _socket: socket } = this.#connection;
    if (!(socket instanceof TLSSocket)) return null;
    const { authorized, authorizationError: error } = socket;
    const why = error instanceof Error ? (toErrorCode(error) ?? error.message) : String(error);
    const protocol = socket.getProtocol() ?? 'TLS';
    return { protocol, unchecked: authorized ? null : why, validTo: readValidTo(socket) };
  }

  async close(): Promise<void> {
    const { _socket: socket, stage } = this.#connection;
    // RFC 5321 §4.1.1.10: no closing without QUIT.
    if (!this.#ended && stage === 'connected') this.#connection.quit();
    this.#ended = true;
    this.#connection.close();
    if (!socket || socket.closed) return;
    const signal = AbortSignal.timeout(2 * CLOSE_TIMEOUT);
    await once(socket, 'close', { signal }).catch(() => undefined);
  }

  /** Nodemailer reports some endings through an event only; either way is an answer. */
  async #answer(
    ask: (done: (error?: Error | null) => void) => void,
    limit = this.#stepTimeout,
  ): Promise<void> {
    if (this.#ended) throw new Error('Connection closed');
    const timer = setTimeout(() => this.#onEnd?.(this.#silence()), limit);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#onEnd = reject;
        ask((error) => (error ? reject(error) : resolve()));
      });
    } finally {
      clearTimeout(timer);
      this.#onEnd = undefined;
    }
  }

  /** Where nobody answers, the socket knows whether it came as far as TLS. */
  #silence(): Error {
    const { _socket: socket } = this.#connection;
    const step: OpeningStep | undefined =
      socket instanceof TLSSocket && !socket.connecting && this.#connection.stage === 'init'
        ? 'tls'
        : undefined;
    const timeoutType = step === 'tls' ? 'UPGRADE_TIMEOUT' : 'CONNECT_TIMEOUT';
    return Object.assign(new Error('No answer'), { timeoutType });
  }
}

/** What a server calls itself; `null` where it can't be reached or does not say. */
export async function askServerName(
  smtp: SmtpOptions,
  options: ProbeOptions,
): Promise<string | null> {
  const probe = new RelayProbe(smtp, options);
  try {
    await probe.connect();
    return probe.serverName;
  } catch {
    // Why it can't be reached is told where relays are examined.
    return null;
  } finally {
    await probe.close();
  }
}

/** Of whoever answers. */
export function readValidTo(socket: TLSSocket): number | null {
  const validTo = Date.parse(socket.getPeerCertificate().valid_to ?? '');
  return Number.isNaN(validTo) ? null : validTo;
}

const sendThrough: SMTPConnectionCustomAuthHandler = async ({ auth, sendCommand, resolve }) => {
  const { response } = await sendCommand(String(auth['line']));
  auth['reply'] = response;
  resolve();
};
