import { ImapFlow } from 'imapflow';
import { aborted, type Clock } from '../../base/clock.js';
import { hasCode, PaperboyError, toErrorCode } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import { VERSION } from '../../base/version.js';
import type { Inbound } from '../../delivery/inbound/inbound.js';
import { logReceived } from '../../delivery/inbound/log-received.js';
import { toServerWords } from './server-words.js';

/** A mailbox from which mails that came back are read, and how its server is reached. */
export interface MailboxOptions {
  host: string;
  port: number;
  /** TLS from the first byte; else by STARTTLS. */
  secure: boolean;
  /** Whether nothing goes in clear, where TLS does not begin at once. */
  requireTls: boolean;
  tls: { rejectUnauthorized: boolean; servername: string | null };
  user: string;
  password: string;
  mailbox: string;
  /** Where mails go once they are stored; `null`: they stay, and are seen. */
  moveTo: string | null;
}

export interface MailboxDeps {
  inbound: Inbound;
  clock: Clock;
  logger: Logger;
}

/** Octets of a mail that are read; what returns a whole mail of ours has a tenth of it. */
const MOST_OCTETS = 1024 * 1024;
/** Mails that are marked and moved together. */
const BATCH = 50;
/** How often it looks without being told of new mail. */
const LOOK_EVERY = 5 * 60_000;
/** RFC 2177: IDLE has to begin anew before 29 minutes are over; routers forget sooner. */
const IDLE_TIME = 4 * 60_000;
const CONNECT_TIME = 30_000;
/** Tries of a mail that can't be read, over however many connections. */
const TRIES = 3;
/** So many mails in a row that can't be read are no fault of theirs. */
const MOST_IN_A_ROW = 5;

/** Mails that could not be read, over all connections. */
export class MailFailures {
  readonly #counts = new Map<string, number>();

  add(mail: string): void {
    this.#counts.set(mail, (this.#counts.get(mail) ?? 0) + 1);
  }

  isGivenUp(mail: string): boolean {
    return (this.#counts.get(mail) ?? 0) >= TRIES;
  }
}

/** One connection to the server. */
export class MailboxSession {
  readonly #options: MailboxOptions;
  readonly #deps: MailboxDeps;
  readonly #failures: MailFailures;
  readonly #client: ImapFlow;
  /** Those that are stored: a server that does not keep what is marked must not have them read for ever. */
  readonly #done = new Set<number>();
  #moveTo: string | null;
  #validity = '';
  #inARow = 0;
  #hasNew = false;
  #wake = () => {};

  constructor(options: MailboxOptions, deps: MailboxDeps, failures: MailFailures) {
    this.#options = options;
    this.#deps = deps;
    this.#failures = failures;
    this.#moveTo = options.moveTo;
    this.#client = new ImapFlow(toClientOptions(options));
    // What ends the connection is thrown by whatever is under way.
    this.#client.on('error', () => this.#wake());
    this.#client.on('close', () => this.#wake());
    this.#client.on('exists', ({ count, prevCount }) => {
      if (count <= prevCount) return;
      this.#hasNew = true;
      this.#wake();
    });
  }

  /** @throws PaperboyError `imap_read_only`, and what `imapflow` throws */
  async open(): Promise<void> {
    await this.#client.connect();
    const { mailbox } = this.#options;
    if (this.#moveTo !== null) await this.#prepareMoving(this.#moveTo);
    const { uidValidity, readOnly } = await this.#client.mailboxOpen(mailbox);
    if (readOnly) {
      throw new PaperboyError('imap_read_only', 'The server lets the mailbox be read only.');
    }
    this.#validity = String(uidValidity);
  }

  async #prepareMoving(moveTo: string): Promise<void> {
    // Without either, EXPUNGE would remove what others have marked as deleted.
    const canMove = ['MOVE', 'UIDPLUS'].some((name) => this.#client.capabilities.has(name));
    try {
      if (!canMove) throw new Error('the server can not move mails');
      await this.#client.mailboxCreate(moveTo);
    } catch (error) {
      this.#keepMails(error);
    }
  }

  #keepMails(error: unknown): void {
    this.#moveTo = null;
    this.#deps.logger.warn(
      { event: 'bounce_mails_not_moved', reason: toServerWords(error, this.#options) },
      'mails that were read stay where they are, and are seen',
    );
  }

  /**
   * Reads what is there and what comes, until `signal` aborts.
   * @throws PaperboyError `store_…`, `imap_lost`, and what `imapflow` throws
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      do {
        this.#hasNew = false;
      } while ((await this.#readUnseen(signal)) > 0 || (this.#hasNew && !signal.aborted));
      if (signal.aborted) return;
      await this.#waitForMail(signal);
      if (!this.#client.usable && !signal.aborted) {
        throw new PaperboyError('imap_lost', 'The connection was lost.');
      }
    }
  }

  /** @returns how many mails were stored */
  async #readUnseen(signal: AbortSignal): Promise<number> {
    const query = { seen: false, flagged: false, deleted: false };
    const found = await this.#client.search(query, { uid: true });
    if (!Array.isArray(found)) throw new PaperboyError('imap_refused', 'SEARCH was refused.');
    const uids = found.filter((uid) => !this.#done.has(uid)).sort((one, other) => one - other);
    let stored = 0;
    for (let first = 0; first < uids.length && !signal.aborted; first += BATCH) {
      stored += await this.#readBatch(uids.slice(first, first + BATCH), signal);
    }
    return stored;
  }

  /** What is stored is marked, even if the next mail ends it all. */
  async #readBatch(uids: number[], signal: AbortSignal): Promise<number> {
    const stored: number[] = [];
    try {
      for (const uid of uids) {
        if (signal.aborted) break;
        if (await this.#readMail(uid)) stored.push(uid);
      }
    } finally {
      if (stored.length > 0 && this.#client.usable) await this.#markRead(stored);
    }
    return stored.length;
  }

  /** @returns whether it is stored */
  async #readMail(uid: number): Promise<boolean> {
    const mail = `${this.#validity}:${uid}`;
    if (this.#failures.isGivenUp(mail)) {
      await this.#giveUp(uid);
      return false;
    }
    try {
      const octets = await this.#fetch(uid);
      if (octets === null) return false;
      const { inbound, logger } = this.#deps;
      logReceived(logger, 'imap', await inbound.receive({ octets, via: 'imap', recipients: [] }));
      this.#done.add(uid);
      this.#inARow = 0;
      return true;
    } catch (error) {
      // It is the store's fault, and no mail's.
      if (hasCode(error, 'store_')) throw error;
      // Its mail is still being sent: the next look has it.
      if (toErrorCode(error) === 'mail_under_way') return false;
      this.#failures.add(mail);
      this.#inARow += 1;
      if (!this.#client.usable || this.#inARow >= MOST_IN_A_ROW) throw error;
      const reason = toErrorCode(error) ?? toServerWords(error, this.#options);
      this.#deps.logger.warn(
        { event: 'bounce_mail_failed', uid, reason },
        'a mail could not be read; it is tried again',
      );
      return false;
    }
  }

  /** @returns `null` if it has gone meanwhile */
  async #fetch(uid: number): Promise<Buffer | null> {
    // PEEK: it stays unseen.
    const query = { uid: true, source: { start: 0, maxLength: MOST_OCTETS } };
    const mail = await this.#client.fetchOne(String(uid), query, { uid: true });
    return mail === false ? null : (mail.source ?? null);
  }

  /** Whoever opens the mailbox sees a mail with a flag; no process reads it again. */
  async #giveUp(uid: number): Promise<void> {
    await this.#client.messageFlagsAdd(String(uid), ['\\Flagged'], { uid: true });
    this.#done.add(uid);
    this.#deps.logger.error(
      { event: 'bounce_mail_given_up', uid },
      'a mail that came back can not be read; it is left in the mailbox with a flag',
    );
  }

  async #markRead(uids: number[]): Promise<void> {
    const range = uids.join(',');
    if (!(await this.#client.messageFlagsAdd(range, ['\\Seen'], { uid: true }))) {
      throw new PaperboyError('imap_refused', 'The server lets no mail be marked as seen.');
    }
    if (this.#moveTo === null) return;
    const moved = await this.#client.messageMove(range, this.#moveTo, { uid: true });
    if (!moved) this.#keepMails(new Error('the server refused to move mails'));
  }

  async #waitForMail(signal: AbortSignal): Promise<void> {
    if (this.#hasNew) return;
    const over = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    // The next command ends it. Whether it failed, that command tells.
    this.#client.idle().catch(() => this.#wake());
    await Promise.race([woken, aborted(signal), this.#deps.clock.sleep(LOOK_EVERY, over.signal)]);
    over.abort();
  }

  /** Says goodbye, where anybody listens. */
  async close(): Promise<void> {
    if (this.#client.usable) await this.#client.logout().catch(() => undefined);
    this.cut();
  }

  cut(): void {
    this.#client.close();
  }
}

function toClientOptions(options: MailboxOptions) {
  const { host, port, secure, requireTls, tls, user, password } = options;
  const { rejectUnauthorized, servername } = tls;
  return {
    ...{ host, port, secure },
    // Else it upgrades where it is offered.
    ...(!secure && requireTls && { doSTARTTLS: true }),
    auth: { user, pass: password },
    tls: { rejectUnauthorized, ...(servername !== null && { servername }) },
    clientInfo: { name: 'Paperboy', version: VERSION },
    // It would log what is said.
    logger: false as const,
    disableAutoIdle: true,
    maxIdleTime: IDLE_TIME,
    connectionTimeout: CONNECT_TIME,
    maxLiteralSize: 2 * MOST_OCTETS,
    maxResponseSize: 4 * MOST_OCTETS,
    maxLineLength: 4 * MOST_OCTETS,
  };
}
