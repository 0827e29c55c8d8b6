import type { AddressInfo, Socket } from 'node:net';
import {
  SMTPServer,
  type SMTPServerAddress,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server';
import type { Clock } from '../../base/clock.js';
import { toErrorCode, toErrorMessage } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import type { Inbound } from '../../delivery/inbound/inbound.js';
import { logReceived } from '../../delivery/inbound/log-received.js';
import { hideAddresses } from '../../mail/replies/secrets.js';
import { ClientLimits, type ClientRates } from './client-limits.js';
import { findFronts } from './fronts.js';
import type { TlsPair } from './tls-files.js';

export interface ListenerOptions {
  protocol: 'smtp' | 'lmtp';
  host: string;
  /** 0: a free one. */
  port: number;
  /** The name that it greets with. */
  name: string;
  /** STARTTLS is offered with it; `null`: not at all. */
  tls: TlsPair | null;
  /** Networks of mail servers and proxies of ours that pass on what others send. */
  fronts?: readonly string[];
  limits?: Partial<ListenerLimits>;
}

export interface ListenerLimits extends ClientRates {
  /** Octets of a mail. What returns a whole mail of ours is a tenth of it. */
  size: number;
  /** Connections at the same time, of all clients. */
  clients: number;
  /** Milliseconds for which a client may say nothing. */
  idle: number;
  /** Milliseconds for which a client may stay, however much it says. */
  session: number;
  /** Milliseconds for which mails under way are waited for at the end. */
  drain: number;
}

/**
 * RFC 5321 §4.5.3.2.7 has servers wait 5 minutes. This one waits less: who reports bounces speaks
 * without pause and tries again, and whoever holds connections open would keep the others out.
 */
export const LISTENER_LIMITS: ListenerLimits = {
  size: 1024 * 1024,
  clients: 100,
  idle: 60_000,
  session: 10 * 60_000,
  drain: 20_000,
  connections: 20,
  mails: 1_000,
  unknown: 100,
};

/** RFC 5321 §4.5.3.1.8 wants so many taken. */
const MOST_RECIPIENTS = 100;
/** No command that is meant for us comes near. */
const LONGEST_COMMAND = 4_096;
/** Nobody logs in, nobody passes on for others; the others are jokes of smtp-server's. */
const DISABLED = ['AUTH', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL'];

export interface ListenerDeps {
  inbound: Inbound;
  clock: Clock;
  logger: Logger;
}

export interface Listener {
  readonly port: number;
  /** Takes this certificate from now on. */
  renewTls(tls: TlsPair): void;
  /** Takes no new mail, and resolves once those under way have their answer. */
  close(): Promise<void>;
}

/**
 * Listens for mails that come back, by SMTP (RFC 5321) or LMTP (RFC 2033). It takes what is addressed
 * to one of our return paths and nothing else, so it passes on nothing.
 * @throws what `listen` throws
 */
export async function startListener(
  options: ListenerOptions,
  deps: ListenerDeps,
): Promise<Listener> {
  const limits = { ...LISTENER_LIMITS, ...options.limits };
  const conversation = new Conversation(options, limits, deps);
  const server = new SMTPServer({
    ...toServerOptions(options, limits),
    ...conversation.handlers(),
  });
  server.server.on('connection', (socket: Socket) => limitLife(socket, limits.session));
  await listen(server, options);
  // What a client does wrong, or that it has gone, ends its connection and nothing else.
  server.on('error', (error: Error) => {
    const reason = toReason(error);
    deps.logger.debug({ event: 'bounce_connection_lost', reason }, 'a connection was lost');
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    renewTls: (tls) => server.updateSecureContext({ ...tls }),
    close: () => closeServer(server, conversation),
  };
}

function listen(server: SMTPServer, { port, host }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function toServerOptions(options: ListenerOptions, limits: ListenerLimits): SMTPServerOptions {
  const { protocol, name, tls } = options;
  return {
    ...(tls ?? {}),
    name,
    lmtp: protocol === 'lmtp',
    disabledCommands: tls ? DISABLED : [...DISABLED, 'STARTTLS'],
    hideENHANCEDSTATUSCODES: false,
    size: limits.size,
    rejectOversized: true,
    maxClients: limits.clients,
    maxRecipients: MOST_RECIPIENTS,
    maxCommandLength: LONGEST_COMMAND,
    socketTimeout: limits.idle,
    closeTimeout: limits.drain,
    disableReverseLookup: true,
    logger: false,
  };
}

/** However slowly somebody speaks, they are gone at last. */
function limitLife(socket: Socket, session: number): void {
  const timer = setTimeout(() => socket.destroy(), session);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}

/** Whoever is not in the middle of a mail is sent away at once, the others after it. */
function closeServer(server: SMTPServer, conversation: Conversation): Promise<void> {
  conversation.isClosing = true;
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const connection of [...server.connections]) {
      if (conversation.isUnderWay(connection.session)) continue;
      connection.send(421, 'Shutting down, try again later');
    }
  });
}

class Refusal extends Error {
  readonly responseCode: number;

  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

type Answer = (error?: Error | null) => void;

/** What is answered to the commands of a client. */
class Conversation {
  isClosing = false;
  readonly #via: 'smtp' | 'lmtp';
  readonly #deps: ListenerDeps;
  readonly #limits: ListenerLimits;
  readonly #clients: ClientLimits;
  /** Ids of the sessions that were let in, and of those in the middle of a mail. */
  readonly #open = new Set<string>();
  readonly #underWay = new Set<string>();

  constructor(options: ListenerOptions, limits: ListenerLimits, deps: ListenerDeps) {
    const { protocol, fronts = [] } = options;
    this.#via = protocol;
    this.#deps = deps;
    this.#limits = limits;
    this.#clients = new ClientLimits(limits, {
      clock: deps.clock,
      isFront: findFronts(protocol, fronts),
    });
  }

  handlers(): SMTPServerOptions {
    return {
      onConnect: (session, answer) => answer(this.#connect(session)),
      onClose: (session) => this.#close(session),
      onMailFrom: (_address, session, answer) => answer(this.#mail(session)),
      onRcptTo: (address, session, answer) => answer(this.#recipient(address, session)),
      onData: (stream, session, answer) => this.#data(stream, session, answer),
    };
  }

  isUnderWay({ id }: { id: string }): boolean {
    return this.#underWay.has(id);
  }

  #connect({ id, remoteAddress }: SMTPServerSession): Refusal | null {
    if (this.isClosing) return new Refusal(421, 'Shutting down, try again later');
    if (!this.#clients.open(remoteAddress)) {
      return this.#tooMuch('connections', 'Too many connections from you, try again later');
    }
    this.#open.add(id);
    return null;
  }

  #close({ id, remoteAddress }: SMTPServerSession): void {
    if (this.#open.delete(id)) this.#clients.close(remoteAddress);
  }

  #mail({ remoteAddress }: SMTPServerSession): Refusal | null {
    if (this.#clients.mail(remoteAddress)) return null;
    return this.#tooMuch('mails', 'Too many mails from you, try again later');
  }

  #recipient({ address }: SMTPServerAddress, { remoteAddress }: SMTPServerSession): Refusal | null {
    if (this.#deps.inbound.isOurs(address)) return null;
    if (this.#clients.unknown(remoteAddress)) return new Refusal(550, 'No such address here');
    return this.#tooMuch('unknown recipients', 'Too many unknown recipients, try again later');
  }

  #tooMuch(what: string, sentence: string): Refusal {
    this.#deps.logger.debug({ event: 'bounce_client_limited', what }, 'a client was sent away');
    return new Refusal(421, sentence);
  }

  #data(stream: SMTPServerDataStream, session: SMTPServerSession, answer: Answer): void {
    this.#underWay.add(session.id);
    const recipients = session.envelope.rcptTo.map(({ address }) => address);
    void readMail(stream, this.#limits.size)
      // The client has gone in the middle of it.
      .catch(() => null)
      .then((octets) => (octets === null ? null : this.#receive(octets, recipients)))
      .then((refusal) => answer(refusal))
      .finally(() => this.#underWay.delete(session.id));
  }

  /** Nothing may be answered before the store has it (RFC 5321 §6.1). */
  async #receive(octets: Uint8Array, recipients: string[]): Promise<Refusal | null> {
    const { inbound, logger } = this.#deps;
    try {
      logReceived(logger, this.#via, await inbound.receive({ octets, via: this.#via, recipients }));
      return null;
    } catch (error) {
      return this.#toRefusal(error);
    }
  }

  /** RFC 5321 §4.2.5: whoever gets a 4yz keeps the mail and tries again. */
  #toRefusal(error: unknown): Refusal {
    const reason = toReason(error);
    this.#deps.logger.warn(
      { event: 'report_not_taken', via: this.#via, reason },
      'a mail that came back could not be stored; its sender is asked to try again',
    );
    return new Refusal(451, 'It can not be stored just now, try again later');
  }
}

/** What is logged of an error, whoever's words are in it. */
function toReason(error: unknown): string {
  return toErrorCode(error) ?? hideAddresses(toErrorMessage(error));
}

/** @returns `null` for a mail that is too large, of which nothing is kept: smtp-server refuses it */
async function readMail(stream: SMTPServerDataStream, most: number): Promise<Buffer | null> {
  let pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > most) pieces = [];
    else pieces.push(piece);
  }
  return size > most ? null : Buffer.concat(pieces);
}
