import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedMail } from '../support/received-mail.js';
import { type SmtpBehaviour, type SmtpStub, startSmtp } from '../support/smtp.js';
import type { Recorded } from '../torture/record.js';
import type { SoakClock } from './soak-clock.js';

/** A mail that the server took. */
export interface SoakMail extends Recorded {
  /** When its recipient was named, by which time it had been begun in the ledger. */
  begunAt: number;
  /** When it came, by the clock of the programs. */
  theirTime: number;
  from: string;
  /** `2026-03-02:daily` of a digest, `confirm` of a notice, `operator` of what is neither. */
  of: string;
  isDigest: boolean;
}

/** Links of a mail, as a reader finds them. */
export interface Letter {
  mail: SoakMail;
  confirm: string | undefined;
  unsubscribe: string | undefined;
  preferences: string | undefined;
}

export type Mood = 'well' | 'slow' | 'throttling';

const GONE = { code: 550, text: '5.1.1 No such user here' };
const LATER = { code: 451, text: '4.7.1 Greylisted, please try again' };
const BUSY = { code: 451, text: '4.3.2 System busy, please try again later' };
/** Milliseconds before each reply of a slow server. */
const SLOW = 400;

/** The readers' mail server: remembers what it took, and can be slow, throttling or away. */
export class MailRoom {
  readonly record: SoakMail[] = [];
  /** What stood where only the program's own header fields may. */
  readonly injected: string[] = [];
  /** Recipients that it refused. */
  readonly refused = new Set<string>();
  mood: Mood = 'well';
  readonly #clock: SoakClock;
  readonly #random: () => number;
  readonly #deliver: (letter: Letter) => void;
  readonly #begun = new Map<string, number>();
  readonly #greylisted = new Set<string>();
  #server: SmtpStub | null = null;
  #port = 0;
  /** How often connections were cut. */
  #cuts = 0;

  constructor(clock: SoakClock, random: () => number, deliver: (letter: Letter) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#deliver = deliver;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<void> {
    this.#server = await startSmtp({
      ...(this.#port > 0 && { port: this.#port }),
      parse: false,
      onRcpt: (address, session) => {
        this.#begun.set(session.id, Date.now());
        return this.#meet(address.toLowerCase());
      },
      onData: (mail) => this.#take(mail),
    });
    this.#port = this.#server.port;
  }

  /** Cuts all connections; mails whose reply was not yet said may have been accepted, or not. */
  async close(): Promise<void> {
    this.#cuts += 1;
    await this.#server?.close();
    this.#server = null;
    this.#begun.clear();
  }

  async #meet(address: string): Promise<SmtpBehaviour> {
    if (this.mood === 'slow') await sleep(SLOW);
    if (address.startsWith('ghost')) {
      this.refused.add(address);
      return GONE;
    }
    if (address.startsWith('grey') && !this.#greylisted.has(address)) {
      this.#greylisted.add(address);
      return LATER;
    }
    return this.mood === 'throttling' && this.#random() < 0.5 ? BUSY : undefined;
  }

  async #take(received: ReceivedMail): Promise<SmtpBehaviour> {
    const mail = this.#toMail(received);
    this.record.push(mail);
    const { attempts = [], received: kept = [] } = this.#server ?? {};
    // The stub keeps all that it sees, which would be all mails.
    attempts.length = 0;
    kept.length = 0;
    if (/^x-injected/im.test(received.rawHeaders)) this.injected.push(mail.messageId);
    const cuts = this.#cuts;
    if (this.mood === 'slow') await sleep(SLOW);
    if (this.#cuts > cuts) {
      mail.replyLost = true;
      return 'drop';
    }
    this.#deliver({ mail, ...toLinks(received) });
    return undefined;
  }

  #toMail({ raw, headers, messageId, to, from, session }: ReceivedMail): SoakMail {
    const [first = '', second = ''] = (headers.get('feedback-id') ?? '').split(':');
    const isDigest = headers.has('list-unsubscribe');
    const isNotice = second === 'notice';
    return {
      messageId,
      to: to.join().toLowerCase(),
      sha256: createHash('sha256').update(raw).digest('hex'),
      at: Date.now(),
      replyLost: false,
      begunAt: this.#begun.get(session) ?? Date.now(),
      theirTime: this.#clock.now(),
      from,
      of: isDigest ? `${first}:${second}` : isNotice ? first : 'operator',
      isDigest,
    };
  }
}

/** Links of the text part; tokens have no letters that are encoded. */
function toLinks({ raw, listUnsubscribe }: ReceivedMail) {
  const text = raw.toString('latin1').replaceAll('=\r\n', '');
  const find = (page: string) => new RegExp(`/${page}/[A-Za-z0-9_-]{8,}`).exec(text)?.[0];
  const [leave] = listUnsubscribe.filter((url) => url.startsWith('http'));
  return {
    confirm: find('confirm'),
    unsubscribe: leave === undefined ? undefined : new URL(leave).pathname,
    preferences: find('preferences'),
  };
}
