import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** A point in the conversation where a step may speak. `body` comes with every piece of it. */
export type RawStage =
  | 'greeting'
  | 'ehlo'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'body'
  | 'dot'
  | 'rset'
  | 'noop'
  | 'quit'
  | 'unknown';

export interface RawVisit {
  stage: RawStage;
  /** The command as received; empty for the greeting, the body and the dot. */
  line: string;
  /** Which connection this is, and how often this stage was reached by all; both from 1. */
  connection: number;
  count: number;
  /** The bytes of the message so far (`body`), or all of them (`dot`). */
  body: Buffer;
}

/**
 * A reply without its line end, `'drop'` (cut the connection), `'stall'` (say nothing more, keep it
 * open; in the body also read no more), or undefined for the usual reply. A reply that begins with
 * 421 closes the connection.
 */
export type RawAnswer = string | undefined;
export type RawStep = RawAnswer | ((visit: RawVisit) => RawAnswer | Promise<RawAnswer>);
export type RawSteps = Partial<Record<RawStage, RawStep>>;

export interface RawMessage {
  from: string;
  to: string[];
  /** Without dot-stuffing and without the final dot. */
  raw: Buffer;
  connection: number;
  outcome: 'accepted' | 'refused' | 'dropped' | 'stalled';
}

export interface RawSmtpStub {
  readonly port: number;
  readonly url: string;
  /** The steps, which may be changed while running. */
  readonly steps: RawSteps;
  /** Messages that were answered with 2yz. */
  readonly accepted: RawMessage[];
  /** Messages that were read to the final dot. */
  readonly attempts: RawMessage[];
  /** Every stage reached, in order. */
  readonly visits: RawVisit[];
  readonly connections: number;
  /** Waits until the test holds; it is tried again whenever something happened. */
  waitFor(test: (stub: RawSmtpStub) => boolean, timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

export interface RawSmtpOptions {
  steps?: RawSteps;
  /** Lines of the EHLO reply. Default: 8BITMIME only, so commands come one by one. */
  capabilities?: string[];
  /** Speaks TLS from the first byte with this key and certificate, both PEM. */
  tls?: { key: string; cert: string };
}

/** Starts an SMTP conversation driven by a script, for faults that a proper server cannot play. */
export async function startRawSmtp(options: RawSmtpOptions = {}): Promise<RawSmtpStub> {
  const stub = new Stub(options);
  await stub.listen();
  return stub;
}

class Stub implements RawSmtpStub {
  readonly steps: RawSteps;
  readonly accepted: RawMessage[] = [];
  readonly attempts: RawMessage[] = [];
  readonly visits: RawVisit[] = [];
  readonly capabilities: string[];
  connections = 0;
  port = 0;
  readonly #sockets = new Set<Socket>();
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #server: Server;

  constructor(options: RawSmtpOptions) {
    this.steps = { ...options.steps };
    this.capabilities = options.capabilities ?? ['8BITMIME'];
    const connect = (socket: Socket) => this.#connect(socket);
    this.#server = options.tls ? createTlsServer(options.tls, connect) : createServer(connect);
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Records a visit and asks the script for its answer. */
  async ask(stage: RawStage, line: string, connection: number, body: Buffer): Promise<RawAnswer> {
    const count = this.visits.filter((visit) => visit.stage === stage).length + 1;
    const visit: RawVisit = { stage, line, connection, count, body };
    this.visits.push(visit);
    const step = this.steps[stage];
    const answer = typeof step === 'function' ? await step(visit) : step;
    this.changed();
    return answer;
  }

  changed(): void {
    this.#events.emit('change');
  }

  async waitFor(test: (stub: RawSmtpStub) => boolean, timeoutMs = 5_000): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    while (!test(this)) {
      await once(this.#events, 'change', { signal }).catch(() => {
        const stages = this.visits.map(({ connection, stage }) => `${connection}:${stage}`);
        throw new Error(`Not seen within ${timeoutMs} ms; stages were ${stages.join(' ')}`);
      });
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #connect(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.changed();
    });
    new Conversation(this, socket, this.connections).start();
  }
}

/** One connection: reads lines and bodies, and answers each until the script ends it. */
class Conversation {
  readonly #stub: Stub;
  readonly #socket: Socket;
  readonly #connection: number;
  #input = Buffer.alloc(0);
  #bodyMode = false;
  #over = false;
  #from: string | null = null;
  #to: string[] = [];

  constructor(stub: Stub, socket: Socket, connection: number) {
    this.#stub = stub;
    this.#socket = socket;
    this.#connection = connection;
  }

  /** Greets, then takes the input piece by piece, each after the one before is answered. */
  start(): void {
    let turn: Promise<unknown> = this.#reply('greeting', '', '220 raw.test ESMTP');
    this.#socket.on('data', (chunk: Buffer) => {
      turn = turn.then(() => this.#take(chunk)).catch((error) => this.#socket.destroy(error));
    });
  }

  async #take(chunk: Buffer): Promise<void> {
    if (this.#over) return;
    this.#input = Buffer.concat([this.#input, chunk]);
    if (this.#bodyMode) await this.#visitBody();
    let more = true;
    while (more && !this.#over) {
      more = this.#bodyMode ? await this.#readBody() : await this.#readLine();
    }
  }

  async #readLine(): Promise<boolean> {
    const end = this.#input.indexOf('\n');
    if (end === -1) return false;
    const line = this.#input.subarray(0, end).toString('utf8').replace(/\r$/, '');
    this.#input = this.#input.subarray(end + 1);
    await this.#command(line);
    return true;
  }

  async #command(line: string): Promise<void> {
    const verb = line.split(/[ :]/, 1)[0]?.toUpperCase() ?? '';
    switch (verb) {
      case 'EHLO':
      case 'HELO':
        this.#reset();
        await this.#reply('ehlo', line, this.#hello(verb));
        return;
      case 'MAIL':
        if (isGood(await this.#reply('mail', line, '250 2.1.0 Ok'))) this.#from = addressIn(line);
        return;
      case 'RCPT':
        return this.#recipient(line);
      case 'DATA':
        return this.#data(line);
      case 'RSET':
        this.#reset();
        await this.#reply('rset', line, '250 2.0.0 Ok');
        return;
      case 'NOOP':
        await this.#reply('noop', line, '250 2.0.0 Ok');
        return;
      case 'QUIT':
        await this.#reply('quit', line, '221 2.0.0 Bye');
        this.#end();
        return;
      default:
        await this.#reply('unknown', line, '500 5.5.2 Command not recognised');
    }
  }

  #hello(verb: string): string {
    const lines = verb === 'EHLO' ? ['raw.test', ...this.#stub.capabilities] : ['raw.test'];
    return lines.map((text, n) => `250${n < lines.length - 1 ? '-' : ' '}${text}`).join('\r\n');
  }

  async #recipient(line: string): Promise<void> {
    const usual = this.#from === null ? '503 5.5.1 MAIL first' : '250 2.1.5 Ok';
    if (isGood(await this.#reply('rcpt', line, usual))) this.#to.push(addressIn(line));
  }

  async #data(line: string): Promise<void> {
    const usual = this.#to.length === 0 ? '503 5.5.1 RCPT first' : '354 End with a single dot';
    this.#bodyMode = (await this.#reply('data', line, usual))?.startsWith('3') ?? false;
    if (this.#bodyMode && this.#input.length > 0) await this.#visitBody();
  }

  async #visitBody(): Promise<void> {
    await this.#reply('body', '', undefined, this.#input);
  }

  async #readBody(): Promise<boolean> {
    const text = this.#input;
    const empty = text.subarray(0, 3).toString('latin1') === '.\r\n';
    const end = empty ? 0 : text.indexOf('\r\n.\r\n') + 2;
    if (!empty && end === 1) return false;
    this.#input = text.subarray(end + 3);
    this.#bodyMode = false;
    const message: RawMessage = {
      from: this.#from ?? '',
      to: this.#to,
      raw: unstuff(text.subarray(0, end)),
      connection: this.#connection,
      outcome: 'stalled',
    };
    this.#reset();
    await this.#judge(message);
    return true;
  }

  async #judge(message: RawMessage): Promise<void> {
    this.#stub.attempts.push(message);
    await this.#reply('dot', '', '250 2.0.0 Ok: queued', message.raw, (said) => {
      message.outcome = outcomeOf(said);
      if (message.outcome === 'accepted') this.#stub.accepted.push(message);
    });
    this.#stub.changed();
  }

  /** Asks the script, then speaks, cuts or falls silent; gives what was said, if anything. */
  async #reply(
    stage: RawStage,
    line: string,
    usual: string | undefined,
    body: Buffer = Buffer.alloc(0),
    note?: (said: RawAnswer) => void,
  ): Promise<string | undefined> {
    const said = (await this.#stub.ask(stage, line, this.#connection, body)) ?? usual;
    note?.(said);
    if (said === 'drop') this.#socket.destroy();
    if (said === 'stall' && stage === 'body') this.#socket.pause();
    if (said === 'drop' || said === 'stall') {
      this.#over = true;
      return undefined;
    }
    if (said === undefined) return undefined;
    this.#socket.write(`${said}\r\n`);
    if (said.startsWith('421')) this.#end();
    return said;
  }

  #reset(): void {
    this.#from = null;
    this.#to = [];
  }

  #end(): void {
    this.#over = true;
    this.#socket.end();
  }
}

function isGood(reply: string | undefined): boolean {
  return reply?.startsWith('2') ?? false;
}

function outcomeOf(said: RawAnswer): RawMessage['outcome'] {
  if (said === 'drop') return 'dropped';
  if (said === 'stall') return 'stalled';
  return isGood(said) ? 'accepted' : 'refused';
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? '';
}

/** RFC 5321 §4.5.2: a line that begins with a dot was sent with one more. */
function unstuff(body: Buffer): Buffer {
  return Buffer.from(body.toString('latin1').replace(/^\.\./gm, '.'), 'latin1');
}
