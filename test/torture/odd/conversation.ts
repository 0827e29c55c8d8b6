import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { Act, Behaviour, Visitor } from './behaviour.js';
import type { Closing } from './oddity.js';

/** What all conversations of a server share. */
export interface House {
  readonly behaviour: Behaviour;
  /** With it, STARTTLS is wanted before any mail. */
  readonly tls: SecureContext | null;
  /** Whether a login is wanted, which no client has. */
  readonly login: boolean;
  /** Milliseconds that a message takes. */
  think(): number;
  rankOf(visitor: Visitor): number;
  loginTried(): void;
  /** Something else than usual is done. */
  struck(): void;
  recipientRefused(to: string): void;
  /** A message was answered; it is `lost` if the client may never have read that. */
  answered(to: string, body: Buffer, reply: string, lost: boolean): void;
  /** It takes no more commands, and no longer counts as a connection. */
  over(visitor: Visitor): void;
}

/** A client that was told that it is over has so long to hang up. */
const LINGER = 2_000;

/** One connection: reads lines and bodies, answers each in turn, several in one packet as well. */
export class Conversation implements Visitor {
  mails = 0;
  readonly #house: House;
  /** The TCP connection, whatever is spoken over it. */
  readonly #socket: Socket;
  #stream: Socket;
  #input = Buffer.alloc(0);
  #from: string | null = null;
  #to: string | null = null;
  #inData = false;
  #over = false;
  /** Wants to be said as soon as no message is under way. */
  #interruption: Act | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(house: House, socket: Socket) {
    this.#house = house;
    this.#socket = socket;
    this.#stream = socket;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#end());
  }

  get rank(): number {
    return this.#house.rankOf(this);
  }

  start(): void {
    const act = this.#odd(this.#house.behaviour.greeting?.(this));
    this.#turn = this.#answer(act, '220 odd.test ESMTP');
    this.#listen();
  }

  interrupt(act: Act): void {
    if (this.#over) return;
    this.#house.struck();
    if (this.#inData) this.#interruption = act;
    else void this.#answer(act, '');
  }

  #listen(): void {
    this.#stream.on('data', (chunk: Buffer) => {
      this.#turn = this.#turn
        .then(() => this.#take(chunk))
        .catch((error: Error) => this.#socket.destroy(error));
    });
  }

  async #take(chunk: Buffer): Promise<void> {
    if (this.#over) return;
    this.#input = Buffer.concat([this.#input, chunk]);
    let more = true;
    while (more && !this.#over) more = this.#inData ? await this.#body() : await this.#line();
  }

  async #line(): Promise<boolean> {
    const end = this.#input.indexOf('\r\n');
    if (end === -1) return false;
    const line = this.#input.subarray(0, end).toString('utf8');
    this.#input = this.#input.subarray(end + 2);
    await this.#command(line);
    return true;
  }

  async #command(line: string): Promise<void> {
    const verb = line.split(/[ :]/, 1)[0]?.toUpperCase() ?? '';
    switch (verb) {
      case 'EHLO':
      case 'HELO':
        this.#reset();
        return this.#say(this.#capabilities(verb));
      case 'STARTTLS':
        return this.#secure();
      case 'AUTH':
        this.#house.loginTried();
        return this.#say('535 5.7.8 Authentication credentials invalid');
      case 'MAIL':
        return this.#mail(line);
      case 'RCPT':
        return this.#recipient(line);
      case 'DATA':
        return this.#data();
      case 'RSET':
        this.#reset();
        return this.#say('250 2.0.0 Ok');
      case 'NOOP':
        return this.#say('250 2.0.0 Ok');
      case 'QUIT':
        this.#end();
        return this.#answer({ close: 'gently' }, '221 2.0.0 Bye');
      default:
        return this.#say('500 5.5.2 Command not recognised');
    }
  }

  #capabilities(verb: string): string {
    if (verb === 'HELO') return '250 odd.test';
    const lines = ['odd.test', 'PIPELINING', '8BITMIME', 'ENHANCEDSTATUSCODES'];
    if (this.#house.tls !== null && !this.#secured) lines.push('STARTTLS');
    if (this.#house.login) lines.push('AUTH PLAIN LOGIN');
    return lines.map((text, n) => `250${n < lines.length - 1 ? '-' : ' '}${text}`).join('\r\n');
  }

  get #secured(): boolean {
    return this.#stream !== this.#socket;
  }

  async #secure(): Promise<void> {
    const { tls } = this.#house;
    if (tls === null || this.#secured) return this.#say('502 5.5.1 Not here');
    await this.#say('220 2.0.0 Go ahead');
    // RFC 3207 §6: nothing counts that was said in the clear, nor what was smuggled in behind it.
    this.#input = Buffer.alloc(0);
    this.#reset();
    this.#socket.removeAllListeners('data');
    this.#stream = new TLSSocket(this.#socket, { isServer: true, secureContext: tls });
    this.#stream.on('error', () => undefined);
    this.#stream.once('close', () => this.#end());
    this.#listen();
  }

  #mail(line: string): Promise<void> {
    if (this.#house.tls !== null && !this.#secured) return this.#say('530 5.7.0 STARTTLS first');
    if (this.#house.login) return this.#say('530 5.7.0 Authentication required');
    const act = this.#odd(this.#house.behaviour.mail?.(this));
    if (act === undefined) this.#from = addressIn(line);
    return this.#answer(act, '250 2.1.0 Ok');
  }

  #recipient(line: string): Promise<void> {
    if (this.#from === null) return this.#say('503 5.5.1 MAIL first');
    const to = addressIn(line);
    const act = this.#odd(this.#house.behaviour.rcpt?.(this, to));
    if (act === undefined) this.#to = to;
    else if (act.say?.startsWith('5')) this.#house.recipientRefused(to);
    return this.#answer(act, '250 2.1.5 Ok');
  }

  #data(): Promise<void> {
    if (this.#to === null) return this.#say('503 5.5.1 RCPT first');
    this.#inData = true;
    this.#house.behaviour.data?.(this.#to);
    return this.#say('354 End with a single dot');
  }

  /** RFC 5321 §4.1.1.4: the body ends with a dot that is a line of its own. */
  async #body(): Promise<boolean> {
    const end = this.#input.indexOf('\r\n.\r\n');
    if (end === -1) return false;
    const body = this.#input.subarray(0, end + 2);
    const to = this.#to ?? '';
    this.#input = this.#input.subarray(end + 5);
    this.#reset();
    const ms = this.#house.think();
    if (ms > 0) await sleep(ms);
    await this.#judge(to, body);
    this.#inData = false;
    if (this.#interruption !== null && !this.#over) await this.#answer(this.#interruption, '');
    return true;
  }

  async #judge(to: string, body: Buffer): Promise<void> {
    const { behaviour } = this.#house;
    const refusal = this.#odd(behaviour.dot?.(this, to));
    if (refusal?.say !== undefined) {
      this.#house.answered(to, body, refusal.say, false);
      return this.#answer(refusal, '');
    }
    this.mails += 1;
    const behind = this.#odd(behaviour.behind?.(this));
    const reply = '250 2.0.0 Ok: queued';
    const lost = this.#socket.destroyed || behind?.close === 'rst';
    this.#house.answered(to, body, reply, lost);
    const say = behind?.say === undefined ? reply : `${reply}\r\n${behind.say}`;
    return this.#answer({ ...behind, say }, reply);
  }

  #odd(act: Act | undefined): Act | undefined {
    if (act !== undefined) this.#house.struck();
    return act;
  }

  #say(reply: string): Promise<void> {
    return this.#answer(undefined, reply);
  }

  /** Says what the act says, or the usual, and ends the connection if the act does. */
  async #answer(act: Act | undefined, usual: string): Promise<void> {
    const { close } = act ?? {};
    // Whoever closes without a word does so instead of the usual one.
    const said = act?.say ?? (act?.close === undefined || act.close === 'gently' ? usual : '');
    if (close !== undefined) this.#end();
    if (said !== '') await this.#write(`${said}\r\n`);
    if (close !== undefined) this.#close(close);
  }

  #write(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) resolve();
      else this.#stream.write(text, () => resolve());
    });
  }

  #close(how: Closing): void {
    if (how === 'rst') this.#socket.resetAndDestroy();
    // As when a process ends: without TLS's own farewell, and deaf to what comes after.
    if (how === 'fin') this.#socket.destroySoon();
    if (how === 'gently') {
      this.#stream.end();
      const late = setTimeout(() => this.#socket.destroy(), LINGER);
      this.#socket.once('close', () => clearTimeout(late));
    }
  }

  #reset(): void {
    this.#from = null;
    this.#to = null;
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#house.over(this);
  }
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? '';
}
