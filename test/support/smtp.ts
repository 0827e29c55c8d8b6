import { EventEmitter, once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { type ReceivedMail, readAll, readMail } from './received-mail.js';

/** A reply that a hook gives instead of the usual one; `text` may begin with an enhanced code. */
export interface SmtpReply {
  code: number;
  text: string;
}

/** What a hook decides: nothing special, a reply, or a connection cut without a reply. */
export type SmtpBehaviour = SmtpReply | 'drop' | undefined;

/** Where the server cuts a connection: before the greeting, or instead of a reply. */
export type DropStage = 'connect' | 'mail' | 'rcpt' | 'body' | 'dot';

export interface SmtpHooks {
  onMail?: ((from: string, session: SMTPServerSession) => MaybePromise<SmtpBehaviour>) | undefined;
  onRcpt?:
    | ((address: string, session: SMTPServerSession) => MaybePromise<SmtpBehaviour>)
    | undefined;
  /** Runs after the final dot; `drop` cuts the connection without a reply. */
  onData?: ((mail: ReceivedMail) => MaybePromise<SmtpBehaviour>) | undefined;
}

export interface SmtpOptions extends SmtpHooks {
  /** Default: a free one. */
  port?: number;
  auth?: { user: string; pass: string };
  /** Offers STARTTLS with this key and certificate, both PEM. */
  tls?: { key: string; cert: string };
  /** Answers every connection with 554, or this reply, and closes it. */
  greeting?: 'refuse' | SmtpReply;
  /** Cuts connections at this stage: always, or only the first so many times. */
  dropAt?: DropStage | { stage: DropStage; times: number };
  /** Whether PIPELINING is offered. Default: yes, as most servers do. */
  pipelining?: boolean;
  /** Whether subject and bodies are decoded. Default: yes; turn off for thousands of mails. */
  parse?: boolean;
}

export interface SmtpStub {
  readonly port: number;
  /** With the credentials in it when the server wants any. */
  readonly url: string;
  /** Mails that were answered with 250, in order. */
  readonly received: ReceivedMail[];
  /** Mails that were read to the final dot, whatever came of them. */
  readonly attempts: ReceivedMail[];
  /** Connections so far, and those open now. */
  readonly connections: number;
  readonly openConnections: number;
  /** Behaviour, which may be changed while running. */
  readonly hooks: SmtpHooks;
  /** Cuts the next connections at a stage; `null` stops that. */
  dropAt(stage: DropStage | null, times?: number): void;
  /** Waits for so many accepted mails, or for one that fits, and gives all (that fit). */
  waitFor(wanted: number | MailTest, timeoutMs?: number): Promise<ReceivedMail[]>;
  close(): Promise<void>;
}

type MailTest = (mail: ReceivedMail) => boolean;
type MaybePromise<T> = T | Promise<T>;
type Reply = (error?: Error | null) => void;
type Decide = () => MaybePromise<SmtpBehaviour>;

/** Starts a real SMTP server on a free port of the loopback address. */
export async function startSmtp(options: SmtpOptions = {}): Promise<SmtpStub> {
  const stub = new Stub(options);
  await stub.listen();
  return stub;
}

class Stub implements SmtpStub {
  readonly received: ReceivedMail[] = [];
  readonly attempts: ReceivedMail[] = [];
  readonly hooks: SmtpHooks;
  connections = 0;
  port = 0;
  readonly #options: SmtpOptions;
  readonly #server: SMTPServer;
  readonly #sockets = new Map<number, Socket>();
  readonly #events = new EventEmitter().setMaxListeners(0);
  #drop: { stage: DropStage; times: number } | null = null;

  constructor(options: SmtpOptions) {
    const { onMail, onRcpt, onData, dropAt } = options;
    this.#options = options;
    this.hooks = { onMail, onRcpt, onData };
    if (typeof dropAt === 'string') this.dropAt(dropAt);
    else if (dropAt !== undefined) this.dropAt(dropAt.stage, dropAt.times);
    this.#server = this.#createServer();
  }

  get url(): string {
    const { auth } = this.#options;
    const login = auth ? `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.pass)}@` : '';
    return `smtp://${login}127.0.0.1:${this.port}`;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  async listen(): Promise<void> {
    this.#server.on('error', () => undefined);
    this.#server.server.on('connection', (socket: Socket) => {
      const key = socket.remotePort ?? -1;
      this.connections += 1;
      this.#sockets.set(key, socket);
      socket.once('close', () => this.#sockets.delete(key));
    });
    this.#server.listen(this.#options.port ?? 0, '127.0.0.1');
    await once(this.#server.server, 'listening');
    this.port = (this.#server.server.address() as AddressInfo).port;
  }

  dropAt(stage: DropStage | null, times = Number.POSITIVE_INFINITY): void {
    this.#drop = stage === null ? null : { stage, times };
  }

  async waitFor(wanted: number | MailTest, timeoutMs = 5_000): Promise<ReceivedMail[]> {
    const found = () => (typeof wanted === 'number' ? this.received : this.received.filter(wanted));
    const enough = typeof wanted === 'number' ? wanted : 1;
    const signal = AbortSignal.timeout(timeoutMs);
    while (found().length < enough) {
      await once(this.#events, 'mail', { signal }).catch(() => {
        const got = this.attempts.map((mail) => `${mail.outcome} to ${mail.to.join(', ')}`);
        throw new Error(`No such mail within ${timeoutMs} ms; got [${got.join('; ')}]`);
      });
    }
    return [...found()];
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets.values()) socket.destroy();
    });
  }

  #createServer(): SMTPServer {
    const { auth, tls, greeting, pipelining } = this.#options;
    return new SMTPServer({
      name: 'smtp.test',
      logger: false,
      disableReverseLookup: true,
      disabledCommands: [...(tls ? [] : ['STARTTLS']), ...(auth ? [] : ['AUTH'])],
      ...tls,
      allowInsecureAuth: true,
      hidePIPELINING: pipelining === false,
      onAuth: ({ username, password }, _session, callback) => {
        if (username === auth?.user && password === auth?.pass) callback(null, { user: username });
        else callback(replyError({ code: 535, text: '5.7.8 Authentication credentials invalid' }));
      },
      onConnect: (session, reply) => {
        void this.#answer(session, 'connect', () => refusal(greeting), reply);
      },
      onMailFrom: ({ address }, session, reply) => {
        void this.#answer(session, 'mail', () => this.hooks.onMail?.(address, session), reply);
      },
      onRcptTo: ({ address }, session, reply) => {
        void this.#answer(session, 'rcpt', () => this.hooks.onRcpt?.(address, session), reply);
      },
      onData: (stream, session, reply) => {
        void this.#receive(stream, session, reply);
      },
    });
  }

  async #receive(stream: Readable, session: SMTPServerSession, reply: Reply): Promise<void> {
    stream.on('error', () => undefined);
    if (this.#takeDrop('body')) {
      stream.once('readable', () => this.#cut(session));
      return;
    }
    const raw = await readAll(stream);
    if (raw === null) return;
    const mail = await readMail(raw, session, this.#options.parse ?? true);
    this.attempts.push(mail);
    await this.#answer(
      session,
      'dot',
      () => this.hooks.onData?.(mail),
      reply,
      (behaviour) => {
        mail.outcome = outcomeOf(behaviour);
        if (mail.outcome === 'accepted') this.received.push(mail);
      },
    );
    this.#events.emit('mail');
  }

  /** Turns what a hook decides into a reply of the server, or into none. */
  async #answer(
    session: SMTPServerSession,
    stage: DropStage,
    decide: Decide,
    reply: Reply,
    note?: (behaviour: SmtpBehaviour) => void,
  ): Promise<void> {
    const behaviour = this.#takeDrop(stage) ? 'drop' : await attempt(decide);
    note?.(behaviour);
    if (behaviour === 'drop') this.#cut(session);
    else reply(behaviour !== undefined && behaviour.code >= 400 ? replyError(behaviour) : null);
  }

  #takeDrop(stage: DropStage): boolean {
    if (this.#drop?.stage !== stage || this.#drop.times <= 0) return false;
    this.#drop.times -= 1;
    return true;
  }

  #cut(session: SMTPServerSession): void {
    this.#sockets.get(session.remotePort)?.destroy();
  }
}

async function attempt(decide: Decide): Promise<SmtpBehaviour> {
  try {
    return await decide();
  } catch (error) {
    return { code: 451, text: `4.3.0 The hook failed: ${String(error)}` };
  }
}

function refusal(greeting: SmtpOptions['greeting']): SmtpBehaviour {
  return greeting === 'refuse' ? { code: 554, text: '5.3.2 No service here' } : greeting;
}

function replyError({ code, text }: SmtpReply): Error {
  return Object.assign(new Error(text), { responseCode: code });
}

function outcomeOf(behaviour: SmtpBehaviour): ReceivedMail['outcome'] {
  if (behaviour === 'drop') return 'dropped';
  return behaviour !== undefined && behaviour.code >= 400 ? 'refused' : 'accepted';
}
