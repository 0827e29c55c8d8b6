import type { Clock } from '../../base/clock.js';
import type { Random } from '../../base/random.js';
import type { Timing } from '../../base/timing.js';
import { type Meaning, readMeaning } from '../../mail/replies/meaning.js';
import { maskReply, type Reply } from '../../mail/replies/reply.js';
import type { SmtpResult } from '../../mail/smtp/smtp-result.js';
import type { Outcome } from '../outcome.js';
import { routeScope } from '../throttle/rate-limits.js';
import type { ThrottleTracker } from '../throttle/throttle-tracker.js';
import type { HoldCode } from './holds.js';
import type { QueuedMail } from './mail-queue.js';
import { RefusalPatterns, type Ruling } from './refusal-patterns.js';
import type { Relay } from './relay.js';
import { lossDelay, retryDelay, throttledDelay } from './retry.js';
import type { PendingRefusal, Suppressor } from './suppressor.js';

export interface JudgeDeps {
  relay: Relay;
  throttles: ThrottleTracker;
  suppressor: Suppressor;
  clock: Clock;
  random: Random;
  /** Production's when left out. */
  timing?: Timing;
  /** Takes what waits for a domain, '' for all of the route, out of the way. */
  setAside(domain: string): void;
}

/** What an attempt comes to. */
export interface Verdict {
  outcome: Outcome;
  /** As of `DeliveryResult`. */
  retryIn: number | null;
  /** Whether the reader's server has decided, for now or for good. */
  decided: boolean;
  /** Of a refusal: where its end in the ledger is to be noted, should it be taken back. */
  refused: PendingRefusal | null;
}

/** Domains and mails that are kept in mind so that a probe avoids them. */
const MOST_BLAMED = 2_000;

/** Tries in the minutes that greylists last. */
const GREYLISTED_TRIES = 5;

/** Words about us that are also those of one reader's filter. */
const OF_FILTERS = new Set<HoldCode>(['reputation', 'authentication', 'policy', 'size']);

const OF_ROUTE_STAGES = new Set(['connect', 'greeting', 'ehlo', 'tls', 'auth', 'mail']);

/**
 * Turns how a mail fared over a connection into what follows, for it and for others: whose doing it
 * was comes from the reply and from what happened to others just now (ledger rule 6).
 */
export class Judge {
  readonly #deps: JudgeDeps;
  readonly #brake = new RefusalPatterns<PendingRefusal>();
  readonly #scope: string;

  constructor(deps: JudgeDeps) {
    this.#deps = deps;
    this.#scope = routeScope(deps.relay.name);
  }

  async judge(work: QueuedMail, result: SmtpResult): Promise<Verdict> {
    switch (result.kind) {
      case 'accepted':
        return this.#accepted(work, result.reply);
      case 'lost':
        return this.#lost(work, result.reason, result.sent);
      case 'unconnected':
        return ended({ kind: 'unsent', reply: result.reason, lost: false }, null);
      case 'unsendable':
        return this.#refuse(work, result.reason, 'refused');
      case 'replied':
        return this.#replied(work, result.reply);
    }
  }

  async #accepted({ domain, handedOut }: QueuedMail, reply: string): Promise<Verdict> {
    const { relay, throttles, suppressor } = this.#deps;
    relay.markWorking();
    this.#brake.noteAccepted(domain);
    throttles.noteAccepted(domain, this.#scope);
    if (relay.holds.any) await this.#lift(domain, handedOut);
    suppressor.noteAccepted(domain);
    return { outcome: { kind: 'accepted', reply }, retryIn: null, decided: true, refused: null };
  }

  async #lift(domain: string, begunAt: number): Promise<void> {
    const { holds } = this.#deps.relay;
    const blamed = holds.ofRoute === null ? [] : [...holds.blamed];
    await holds.noteAccepted(domain, begunAt);
    if (holds.ofRoute === null && !blamed.includes(domain)) {
      this.#brake.discredit(blamed, this.#deps.clock.steady());
    }
  }

  #lost(work: QueuedMail, reason: string, sent: boolean): Verdict {
    const { relay, random, timing } = this.#deps;
    relay.recordLoss({ code: 'smtp_lost', reason }, work.key);
    const { attempts, lostConnections } = work.mail;
    // The first reply that is lost is mostly that of a connection that ended just then.
    return sent
      ? ended(
          { kind: 'uncertain', reply: reason, cut: false },
          lossDelay(attempts + 1, false, random, timing),
        )
      : ended(
          { kind: 'unsent', reply: reason, lost: true },
          lossDelay(lostConnections + 1, relay.breaker.losing, random, timing),
        );
  }

  async #replied(work: QueuedMail, reply: Reply): Promise<Verdict> {
    const meaning = readMeaning(reply);
    switch (meaning.of) {
      case 'us':
        return this.#ofUs(work, reply, meaning.kind);
      case 'server':
        return this.#ofServer(work, reply, meaning);
      case 'reader':
        if (meaning.kind === 'later' || meaning.kind === 'greylisted') {
          return this.#deferred(work, reply, meaning.kind === 'greylisted');
        }
        return this.#ofReader(work, reply, meaning.kind);
    }
  }

  /** Words about the sender. Before a recipient was named nobody else can have said them. */
  async #ofUs(work: QueuedMail, reply: Reply, code: HoldCode): Promise<Verdict> {
    const { relay } = this.#deps;
    if (relay.holds.ofRoute !== null || OF_ROUTE_STAGES.has(reply.stage)) {
      return this.#held(work, reply, code, '');
    }
    const { ruling } = this.#rule(work, reply, {
      ofUs: true,
      perhapsOfReader: OF_FILTERS.has(code),
    });
    return this.#follow(work, reply, code, ruling);
  }

  async #ofReader(
    work: QueuedMail,
    reply: Reply,
    kind: 'gone' | 'full' | 'disabled' | 'refused',
  ): Promise<Verdict> {
    const { relay, suppressor } = this.#deps;
    const isHeld = relay.holds.ofRoute?.code === 'same-refusal' || relay.holds.isHeld(work.domain);
    if (isHeld)
      return this.#held(work, reply, 'same-refusal', relay.holds.ofRoute ? '' : work.domain);
    const { ruling, refused, takeBack } = this.#rule(work, reply, { ofUs: false });
    const believed = ruling === 'domain' && relay.holds.isClosed(work.domain);
    if (ruling === 'reader' || believed) return this.#refuse(work, reply.text, kind, refused);
    suppressor.takeBack(takeBack);
    // They come up again before all others, and would only say the same.
    if (ruling === 'route') for (const other of takeBack) this.#blame(other.work);
    return this.#follow(work, reply, 'same-refusal', ruling);
  }

  #rule(work: QueuedMail, reply: Reply, whose: { ofUs: boolean; perhapsOfReader?: boolean }) {
    const refused: PendingRefusal = { work, reply: reply.text, committed: Promise.resolve() };
    const words = maskReply(reply.text);
    const reader = work.mail.subscriberId;
    const { ruling, takeBack } = this.#brake.rule(
      { reader, domain: work.domain, words, ...whose },
      refused,
      this.#deps.clock.steady(),
    );
    return { ruling, takeBack: takeBack.filter((other) => other !== refused), refused };
  }

  async #follow(work: QueuedMail, reply: Reply, code: HoldCode, ruling: Ruling): Promise<Verdict> {
    switch (ruling) {
      case 'reader':
        return this.#ofThisReader(work, reply);
      case 'suspect': {
        const outcome = { kind: 'unsent', reply: reply.text, lost: true } as const;
        return ended(outcome, this.#retryDelay(1));
      }
      case 'domain':
        // It has said so for days while others took mail: it is about its own readers.
        if (this.#deps.relay.holds.isClosed(work.domain)) return this.#ofThisReader(work, reply);
        return this.#held(work, reply, code, work.domain);
      case 'route':
        return this.#held(work, reply, code, '');
    }
  }

  /** Words that sounded as if they were about us. */
  #ofThisReader(work: QueuedMail, reply: Reply): Verdict {
    return reply.code < 500
      ? this.#deferred(work, reply, false)
      : this.#refuse(work, reply.text, 'refused');
  }

  async #held(work: QueuedMail, reply: Reply, code: HoldCode, domain: string): Promise<Verdict> {
    const { relay, setAside } = this.#deps;
    this.#blame(work);
    await relay.hold(domain, code, reply.text);
    setAside(domain);
    // Notices go whatever their domain is held for; they must not go again and again.
    const isNotice = work.delivery === null && domain !== '';
    const again = isNotice ? throttledDelay(work.mail.lostConnections + 7) : null;
    // Whoever has the sending held with words about us goes behind the others, or could do so anew
    // each time that it goes on.
    const isBehind = domain === '' && code !== 'same-refusal' && !OF_ROUTE_STAGES.has(reply.stage);
    const retryIn = isBehind ? 0 : again;
    return ended({ kind: 'held', reply: reply.text }, retryIn);
  }

  #blame({ key, domain }: QueuedMail): void {
    const { blamed } = this.#deps.relay.holds;
    if (blamed.size < MOST_BLAMED) blamed.add(domain).add(key);
  }

  #refuse(
    { mail }: QueuedMail,
    reply: string,
    of: 'gone' | 'full' | 'disabled' | 'refused',
    refused: PendingRefusal | null = null,
  ): Verdict {
    this.#deps.relay.markWorking();
    const outcome = { kind: 'refused', reply, of } as const;
    if (refused !== null) this.#deps.suppressor.noteRefused(refused, of);
    return {
      outcome,
      retryIn: this.#retryDelay(mail.attempts + 1),
      decided: true,
      refused,
    };
  }

  #deferred(work: QueuedMail, { text, code, enhanced }: Reply, greylisted: boolean): Verdict {
    const { relay } = this.#deps;
    relay.markWorking();
    // Who is put off at first is mostly greylisted, whatever the words, which says nothing of others.
    // Who is put off for minutes, or hung up on again, may be told that there are too many.
    const { attempts } = work.mail;
    const isMany = code === 421 ? attempts > 0 : attempts >= GREYLISTED_TRIES;
    if (isMany && !greylisted && (code === 421 || enhanced?.startsWith('4.7.'))) {
      this.#askFewer(work, { ofRoute: false, wait: null, connections: null });
    }
    const retryIn = this.#retryDelay(work.mail.attempts + 1);
    const outcome = { kind: 'deferred', reply: text } as const;
    return { outcome, retryIn, decided: true, refused: null };
  }

  #ofServer(work: QueuedMail, reply: Reply, meaning: Meaning & { of: 'server' }): Verdict {
    const { relay } = this.#deps;
    const { text, stage } = reply;
    const ofRoute = OF_ROUTE_STAGES.has(stage);
    switch (meaning.kind) {
      case 'throttling': {
        const { wait, connections } = meaning;
        this.#askFewer(work, { ofRoute, wait, connections });
        return ended({ kind: 'unsent', reply: text, lost: true }, this.#spaced(work));
      }
      case 'connections': {
        relay.tooManyConnections();
        // The mail has nothing to do with it: over one of the others it goes at once.
        const soon = work.mail.lostConnections === 0 ? null : this.#spaced(work);
        return ended({ kind: 'unsent', reply: text, lost: true }, soon);
      }
      case 'unintelligible':
        return this.#lost(work, text, stage === 'dot');
      case 'session':
      case 'busy':
        if (ofRoute) {
          relay.pause({ code: 'smtp_busy', reason: text });
          return ended({ kind: 'unsent', reply: text, lost: false }, null);
        }
        return this.#busy(work, text);
    }
  }

  /** One mail that a server is too busy for may be to blame; several in a row are not. */
  #busy(work: QueuedMail, text: string): Verdict {
    const { relay } = this.#deps;
    relay.recordLoss({ code: 'smtp_busy', reason: text }, work.key);
    if (relay.breaker.halfOpen) {
      return ended({ kind: 'unsent', reply: text, lost: true }, this.#spaced(work));
    }
    const retryIn = this.#retryDelay(work.mail.attempts + 1);
    return { outcome: { kind: 'deferred', reply: text }, retryIn, decided: true, refused: null };
  }

  #retryDelay(attempts: number): number {
    return retryDelay(attempts, this.#deps.random, this.#deps.timing);
  }

  #spaced({ mail }: QueuedMail): number {
    return throttledDelay(mail.lostConnections + 1);
  }

  #askFewer(
    { domain, handedOut }: QueuedMail,
    asked: { ofRoute: boolean; wait: number | null; connections: number | null },
  ): void {
    const throttled = this.#deps.throttles.noteSlowDown({
      domain,
      route: this.#scope,
      handedOut,
      ...asked,
    });
    if (throttled !== undefined) this.#deps.setAside(throttled);
  }
}

/** An attempt that says nothing of the reader. */
function ended(outcome: Outcome, retryIn: number | null): Verdict {
  return { outcome, retryIn, decided: false, refused: null };
}
