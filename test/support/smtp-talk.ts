import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

/** A conversation with an SMTP server, line by line. */
export class SmtpTalk {
  #socket: Socket;
  #text = '';
  #wake = () => {};
  isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  static async open(port: number): Promise<SmtpTalk> {
    const socket = connect(port, '127.0.0.1');
    const talk = new SmtpTalk(socket);
    await once(socket, 'connect');
    return talk;
  }

  #listen(socket: Socket): void {
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      this.#wake();
    });
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      this.#wake();
    });
  }

  /** The next whole reply, its lines joined by `\n`; empty once the server has closed. */
  async reply(): Promise<string> {
    for (;;) {
      const whole = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\n/.exec(this.#text);
      if (whole) {
        this.#text = this.#text.slice(whole[0].length);
        return whole[0].replaceAll('\r', '').trimEnd();
      }
      if (this.isClosed) return '';
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  write(text: string | Uint8Array): void {
    this.#socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** Says a line and gives the reply. */
  async say(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  /** Says lines one after the other and gives the codes of the replies. */
  async codes(...lines: string[]): Promise<string> {
    const codes: string[] = [];
    for (const line of lines) codes.push((await this.say(line)).slice(0, 3));
    return codes.join(' ');
  }

  /** To be called after the reply to STARTTLS. */
  async secure(options: ConnectionOptions): Promise<void> {
    this.#socket.removeAllListeners('data');
    const secured = connectTls({ ...options, socket: this.#socket });
    await once(secured, 'secureConnect');
    this.#socket = secured;
    this.#listen(secured);
  }

  async closed(): Promise<void> {
    while (!this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  end(): void {
    this.#socket.destroy();
  }
}
