import type { Clock } from '../../base/clock.js';
import type { Random } from '../../base/random.js';
import type { Timing } from '../../base/timing.js';
import { type Meaning, readMeaning } from '../../mail/replies/meaning.js';
import type { Reply } from '../../mail/replies/reply.js';
import type { SmtpResult } from '../../mail/smtp/smtp-result.js';
import { routeScope } from '../throttle/rate-limits.js';
import type { ThrottleTracker } from '../throttle/throttle-tracker.js';
import type { QueuedMail } from './queued-mail.js';
import { RefusalJudge, ROUTE_STAGES } from './refusal-judge.js';
import type { Relay } from './relay.js';
import { lossDelay, retryDelay, throttledDelay } from './retry.js';
import type { Suppressor } from './suppressor.js';
import { toUndecided, type Verdict } from './verdict.js';

export interface JudgeDeps {
  relay: Relay;
  throttles: ThrottleTracker;
  suppressor: Suppressor;
  clock: Clock;
  random: Random;
  /** Production's when left out. */
  timing?: Timing;
  /** Withdraws what waits for a domain, or with '' for the whole route. */
  withdraw(domain: string): void;
}

/** Attempts within the minutes that greylisting lasts. */
const GREYLISTED_TRIES = 5;

/** Decides what follows from the result of an attempt, for this mail and for others. */
export class Judge {
  readonly #deps: JudgeDeps;
  readonly #refusals: RefusalJudge;
  /** The scope under which the route is throttled. */
  readonly #scope: string;

  constructor(deps: JudgeDeps) {
    this.#deps = deps;
    this.#scope = routeScope(deps.relay.name);
    const defer = (queued: QueuedMail, reply: Reply) => this.#defer(queued, reply, false);
    this.#refusals = new RefusalJudge({ ...deps, defer });
  }

  async judge(queued: QueuedMail, result: SmtpResult): Promise<Verdict> {
    switch (result.kind) {
      case 'accepted':
        return this.#accept(queued, result.reply);
      case 'lost':
        return this.#lose(queued, result.reason, result.sent);
      case 'unconnected':
        return toUndecided({ kind: 'unsent', reply: result.reason, lost: false }, null);
      case 'unsendable':
        return this.#refusals.refuse(queued, result.reason, 'refused');
      case 'replied':
        return this.#readReply(queued, result.reply);
    }
  }

  async #accept(queued: QueuedMail, reply: string): Promise<Verdict> {
    const { relay, throttles, suppressor } = this.#deps;
    relay.markWorking();
    throttles.noteAccepted(queued.domain, this.#scope);
    await this.#refusals.noteAccepted(queued);
    suppressor.noteAccepted(queued.domain);
    return { outcome: { kind: 'accepted', reply }, retryIn: null, decided: true, refused: null };
  }

  #lose(queued: QueuedMail, reason: string, sent: boolean): Verdict {
    const { relay, random, timing } = this.#deps;
    relay.recordLoss({ code: 'smtp_lost', reason }, queued.key);
    const { attempts, lostConnections } = queued.mail;
    // The first lost reply is usually due to a connection that ended just then, so the retry is soon.
    return sent
      ? toUndecided(
          { kind: 'uncertain', reply: reason, cut: false },
          lossDelay(attempts + 1, false, random, timing),
        )
      : toUndecided(
          { kind: 'unsent', reply: reason, lost: true },
          lossDelay(lostConnections + 1, relay.breaker.losing, random, timing),
        );
  }

  async #readReply(queued: QueuedMail, reply: Reply): Promise<Verdict> {
    const meaning = readMeaning(reply);
    switch (meaning.of) {
      case 'us':
        if (meaning.kind === 'reputation') this.#deps.throttles.noteSlowed();
        return this.#refusals.judgeAboutUs(queued, reply, meaning.kind);
      case 'server':
        return this.#judgeServer(queued, reply, meaning);
      case 'reader':
        if (meaning.kind === 'later' || meaning.kind === 'greylisted') {
          return this.#defer(queued, reply, meaning.kind === 'greylisted');
        }
        return this.#refusals.judgeAboutReader(queued, reply, meaning.kind);
    }
  }

  #defer(queued: QueuedMail, { text, code, enhanced }: Reply, greylisted: boolean): Verdict {
    this.#deps.relay.markWorking();
    // A first deferral is usually greylisting, whatever the words, and says nothing about others.
    // Deferrals for minutes, or repeated 421s, may mean that there are too many mails.
    const { attempts } = queued.mail;
    // Once for each mail; RFC 3463 §3.3: 4.2.z is about this mailbox.
    if (attempts === 1 && !greylisted && !enhanced?.startsWith('4.2.'))
      this.#deps.throttles.noteSlowed();
    const isTooMany = code === 421 ? attempts > 0 : attempts >= GREYLISTED_TRIES;
    if (isTooMany && !greylisted && (code === 421 || enhanced?.startsWith('4.7.'))) {
      this.#slowDown(queued, { ofRoute: false, wait: null, connections: null });
    }
    return this.#toDeferred(queued, text);
  }

  #judgeServer(queued: QueuedMail, reply: Reply, meaning: Meaning & { of: 'server' }): Verdict {
    const { relay } = this.#deps;
    const { text, stage } = reply;
    const ofRoute = ROUTE_STAGES.has(stage);
    switch (meaning.kind) {
      case 'throttling': {
        const { wait, connections } = meaning;
        if (queued.mail.lostConnections === 0) this.#deps.throttles.noteSlowed();
        this.#slowDown(queued, { ofRoute, wait, connections });
        return this.#toThrottled(queued, text);
      }
      case 'connections': {
        relay.tooManyConnections();
        // It is not about the mail, so the first time it goes at once over another connection.
        const isFirst = queued.mail.lostConnections === 0;
        const outcome = { kind: 'unsent', reply: text, lost: true } as const;
        return isFirst ? toUndecided(outcome, null) : this.#toThrottled(queued, text);
      }
      case 'unintelligible':
        return this.#lose(queued, text, stage === 'dot');
      case 'session':
      case 'busy':
        if (ofRoute) {
          relay.pause({ code: 'smtp_busy', reason: text });
          return toUndecided({ kind: 'unsent', reply: text, lost: false }, null);
        }
        return this.#judgeBusy(queued, text);
    }
  }

  /** A single mail that a server is too busy for may be the cause. Several in a row are not. */
  #judgeBusy(queued: QueuedMail, text: string): Verdict {
    const { relay } = this.#deps;
    relay.recordLoss({ code: 'smtp_busy', reason: text }, queued.key);
    if (relay.breaker.halfOpen) return this.#toThrottled(queued, text);
    return this.#toDeferred(queued, text);
  }

  #toDeferred({ mail }: QueuedMail, reply: string): Verdict {
    const { random, timing } = this.#deps;
    const retryIn = retryDelay(mail.attempts + 1, random, timing);
    return { outcome: { kind: 'deferred', reply }, retryIn, decided: true, refused: null };
  }

  /** The attempt does not count, and the next one comes later each time. */
  #toThrottled({ mail }: QueuedMail, reply: string): Verdict {
    const retryIn = throttledDelay(mail.lostConnections + 1);
    return toUndecided({ kind: 'unsent', reply, lost: true }, retryIn);
  }

  #slowDown(
    { domain, handedOut }: QueuedMail,
    request: { ofRoute: boolean; wait: number | null; connections: number | null },
  ): void {
    const { throttles, withdraw } = this.#deps;
    const reply = { domain, route: this.#scope, handedOut, ...request };
    const throttled = throttles.noteSlowDown(reply);
    if (throttled !== undefined) withdraw(throttled);
  }
}
