import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Message } from '../mime.js';
import type { SmtpPhases } from './smtp-phases.js';

/** What Nodemailer makes of a message: it escapes dots octet by octet and adds the final one. */
interface DotStream extends Duplex {
  /** What it saw last; decides whether a line break is missing before the final dot. */
  lastByte?: number | false;
}

type Connection = Pick<SMTPConnection, '_socket' | 'lastServerResponse'>;

const LINE_FEED = 0x0a;

/**
 * A message on its way through Nodemailer's connection. Its octets are ready, so they go straight
 * to the socket, all in one system call: in a profile of sending, escaping dots that are not there
 * and copying pieces took more than all but the store.
 */
export class WireMessage extends Readable {
  readonly #message: Message;
  readonly #connection: Connection;
  readonly #phases: Pick<SmtpPhases, 'block' | 'dot'>;
  /** The socket once the message is on its way. */
  #socket: Socket | undefined;
  #sent = false;
  /** Whether the connection ends inside this message, and can't be used any more. */
  broken = false;

  /** @param phases how long the server may be silent while the message goes out and after it */
  constructor(message: Message, connection: Connection, phases: Pick<SmtpPhases, 'block' | 'dot'>) {
    super();
    this.#phases = phases;
    this.#message = message;
    this.#connection = connection;
  }

  /** Whether the server has asked for it. */
  get started(): boolean {
    return this.#socket !== undefined;
  }

  /**
   * Breaks it off.
   * @returns whether all of it, the final dot included, was or may have been handed to the operating
   *   system: then only the server knows whether it arrived (RFC 5321 §4.5.3.2.6, RFC 1047). Else it
   *   can't have been accepted, and can't be any more: what waits is dropped with the connection,
   *   which would go out if that was only closed.
   */
  breakOff(): boolean {
    if (this.#socket && !this.#sent) {
      this.#socket.destroy();
      this.broken = true;
    }
    return this.#sent;
  }

  /** Nodemailer calls this once the server has answered DATA with 2yz or 3yz. */
  override pipe<T extends NodeJS.WritableStream>(stream: T): T {
    const dots: DotStream | NodeJS.WritableStream = stream;
    const socket = this.#connection._socket;
    if (!socket) return stream;
    this.#socket = socket;
    // RFC 5321 §4.1.1.4: 354. A 250 answers what was asked before: of the message that would go out
    // now, the next reply, which is the one to DATA or another still, would say nothing.
    const answer = this.#connection.lastServerResponse || '';
    if (!answer.startsWith('3')) {
      this.broken = true;
      socket.destroy(new Error(`DATA was answered out of step: ${answer}`));
      return stream;
    }
    socket.setTimeout(this.#phases.block);
    socket.cork();
    for (const piece of this.#message.slice(0, -1)) socket.write(piece);
    socket.write(this.#message.at(-1) ?? '', (error) => {
      if (error) return;
      this.#sent = true;
      socket.setTimeout(this.#phases.dot);
    });
    if ('lastByte' in dots) dots.lastByte = LINE_FEED;
    dots.end();
    // The stream hands its dot on within this turn of the event loop.
    setImmediate(() => {
      socket.uncork();
      // TLS hears of what it has written a turn later than of a connection that was reset.
      if (socket instanceof TLSSocket) this.#sent = true;
    });
    return stream;
  }

  override _read(): void {}
}
