import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Message } from '../digest/mime.js';

/** What Nodemailer makes of a message: it escapes dots octet by octet and adds the final one. */
interface DotStream extends Duplex {
  /** What it saw last; decides whether a line break is missing before the final dot. */
  lastByte?: number | false;
}

const LINE_FEED = 0x0a;

/**
 * A message on its way through Nodemailer's connection. Its octets are ready, so they go straight
 * to the socket, all in one system call: escaping dots that are not there took a third of the
 * time per mail, and joining the pieces a tenth.
 */
export class WireMessage extends Readable {
  readonly #message: Message;
  readonly #connection: Pick<SMTPConnection, '_socket'>;
  #sent = false;

  constructor(message: Message, connection: Pick<SMTPConnection, '_socket'>) {
    super();
    this.#message = message;
    this.#connection = connection;
  }

  /**
   * Whether all of it, the final dot included, was handed to the operating system: then only the
   * server knows whether it arrived (RFC 5321 §4.5.3.2.6, RFC 1047). Until then it can't have been
   * accepted.
   */
  get sent(): boolean {
    return this.#sent;
  }

  /** Nodemailer calls this once the server has said 354. */
  override pipe<T extends NodeJS.WritableStream>(stream: T): T {
    const dots: DotStream | NodeJS.WritableStream = stream;
    const socket = this.#connection._socket;
    if (!socket) return stream;
    socket.cork();
    for (const piece of this.#message.slice(0, -1)) socket.write(piece);
    socket.write(this.#message.at(-1) ?? '', (error) => {
      this.#sent = !error;
    });
    if ('lastByte' in dots) dots.lastByte = LINE_FEED;
    dots.end();
    // The stream hands its dot on within this turn of the event loop.
    setImmediate(() => socket.uncork());
    return stream;
  }

  override _read(): void {}
}
