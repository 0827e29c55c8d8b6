import type { Clock } from '../../base/clock.js';
import type { Random } from '../../base/random.js';
import type { Timing } from '../../base/timing.js';
import { maskReply, type Reply } from '../../mail/replies/reply.js';
import type { RefusalKind } from '../outcome.js';
import type { HoldCode } from './holds.js';
import type { QueuedMail } from './queued-mail.js';
import { RefusalPatterns, type Ruling } from './refusal-patterns.js';
import type { Relay } from './relay.js';
import { retryDelay, throttledDelay } from './retry.js';
import type { PendingRefusal, Suppressor } from './suppressor.js';
import { toUndecided, type Verdict } from './verdict.js';

export interface RefusalJudgeDeps {
  relay: Relay;
  suppressor: Suppressor;
  clock: Clock;
  random: Random;
  /** Production's when left out. */
  timing?: Timing;
  /** Withdraws what waits for a domain, or with '' for the whole route. */
  withdraw(domain: string): void;
  /** The verdict on a mail that is deferred for its reader. */
  defer(queued: QueuedMail, reply: Reply): Verdict;
}

/** Domains and mails that are kept, so that a probe avoids them. */
const MOST_BLAMED = 2_000;

/** Words about us that may also come from the filter of one reader. */
const FILTER_CODES = new Set<HoldCode>(['reputation', 'authentication', 'policy', 'size']);

/** Stages before any recipient is named: a reply to these is about the route. */
export const ROUTE_STAGES: ReadonlySet<string> = new Set([
  'connect',
  'greeting',
  'ehlo',
  'tls',
  'auth',
  'mail',
]);

/**
 * Judges refusals: whether one is about its reader or about us (ledger rule 6). That depends on the
 * reply and on what happened to other readers just before.
 */
export class RefusalJudge {
  readonly #deps: RefusalJudgeDeps;
  readonly #patterns = new RefusalPatterns<PendingRefusal>();

  constructor(deps: RefusalJudgeDeps) {
    this.#deps = deps;
  }

  /** A mail to the domain was accepted. It may end holds. */
  async noteAccepted({ domain, handedOut }: QueuedMail): Promise<void> {
    this.#patterns.noteAccepted(domain);
    if (this.#deps.relay.holds.any) await this.#liftHolds(domain, handedOut);
  }

  async #liftHolds(domain: string, begunAt: number): Promise<void> {
    const { holds } = this.#deps.relay;
    const blamed = holds.ofRoute === null ? [] : [...holds.blamed];
    await holds.noteAccepted(domain, begunAt);
    if (holds.ofRoute === null && !blamed.includes(domain)) {
      this.#patterns.discredit(blamed, this.#deps.clock.steady());
    }
  }

  /** Judges a reply with words about us. Before a recipient was named it can't be about the reader. */
  async judgeAboutUs(queued: QueuedMail, reply: Reply, code: HoldCode): Promise<Verdict> {
    const { relay } = this.#deps;
    if (relay.holds.ofRoute !== null || ROUTE_STAGES.has(reply.stage)) {
      return this.#hold(queued, reply, code, '');
    }
    const perhapsOfReader = FILTER_CODES.has(code);
    const { ruling } = this.#rule(queued, reply, { ofUs: true, perhapsOfReader });
    return this.#follow(queued, reply, code, ruling);
  }

  /** Judges a reply that refuses the reader. It may still be about us. */
  async judgeAboutReader(queued: QueuedMail, reply: Reply, kind: RefusalKind): Promise<Verdict> {
    const { relay, suppressor } = this.#deps;
    const { holds } = relay;
    const isHeld = holds.ofRoute?.code === 'same-refusal' || holds.isHeld(queued.domain);
    if (isHeld) {
      return this.#hold(queued, reply, 'same-refusal', holds.ofRoute ? '' : queued.domain);
    }
    const { ruling, refusal, takeBack } = this.#rule(queued, reply, { ofUs: false });
    const isClosed = ruling === 'domain' && holds.isClosed(queued.domain);
    if (ruling === 'reader' || isClosed) return this.refuse(queued, reply.text, kind, refusal);
    suppressor.takeBack(takeBack);
    // These are due before all others, and as probes they would get the same refusal.
    if (ruling === 'route') for (const other of takeBack) this.#blame(other.queued);
    return this.#follow(queued, reply, 'same-refusal', ruling);
  }

  /** Refuses the mail for its reader. */
  refuse(
    { mail }: QueuedMail,
    reply: string,
    of: RefusalKind,
    refusal: PendingRefusal | null = null,
  ): Verdict {
    const { relay, suppressor, random, timing } = this.#deps;
    relay.markWorking();
    if (refusal !== null) suppressor.noteRefused(refusal, of);
    return {
      outcome: { kind: 'refused', reply, of },
      retryIn: retryDelay(mail.attempts + 1, random, timing),
      decided: true,
      refused: refusal,
    };
  }

  #rule(queued: QueuedMail, reply: Reply, about: { ofUs: boolean; perhapsOfReader?: boolean }) {
    const refusal: PendingRefusal = { queued, reply: reply.text, committed: Promise.resolve() };
    const words = maskReply(reply.text);
    const reader = queued.mail.subscriberId;
    const { ruling, takeBack } = this.#patterns.rule(
      { reader, domain: queued.domain, words, ...about },
      refusal,
      this.#deps.clock.steady(),
    );
    return { ruling, takeBack: takeBack.filter((other) => other !== refusal), refusal };
  }

  async #follow(
    queued: QueuedMail,
    reply: Reply,
    code: HoldCode,
    ruling: Ruling,
  ): Promise<Verdict> {
    const { relay, random, timing } = this.#deps;
    switch (ruling) {
      case 'reader':
        return this.#applyToReader(queued, reply);
      case 'suspect': {
        const outcome = { kind: 'unsent', reply: reply.text, lost: true } as const;
        return toUndecided(outcome, retryDelay(1, random, timing));
      }
      case 'domain':
        if (relay.holds.isClosed(queued.domain)) return this.#applyToReader(queued, reply);
        return this.#hold(queued, reply, code, queued.domain);
      case 'route':
        return this.#hold(queued, reply, code, '');
    }
  }

  /** Words that sounded as if they were about us are about the reader after all. */
  #applyToReader(queued: QueuedMail, reply: Reply): Verdict {
    return reply.code < 500
      ? this.#deps.defer(queued, reply)
      : this.refuse(queued, reply.text, 'refused');
  }

  async #hold(queued: QueuedMail, reply: Reply, code: HoldCode, domain: string): Promise<Verdict> {
    const { relay, withdraw } = this.#deps;
    this.#blame(queued);
    await relay.hold(domain, code, reply.text);
    withdraw(domain);
    // Notices ignore holds of domains, so they wait: otherwise they would go again and again.
    const isNotice = queued.delivery === null && domain !== '';
    const wait = isNotice ? throttledDelay(queued.mail.lostConnections + 7) : null;
    // A mail that holds the route by words about us goes behind the others. Otherwise it could hold
    // the route again each time that sending goes on.
    const goesBehind = domain === '' && code !== 'same-refusal' && !ROUTE_STAGES.has(reply.stage);
    return toUndecided({ kind: 'held', reply: reply.text }, goesBehind ? 0 : wait);
  }

  #blame({ key, domain }: QueuedMail): void {
    const { blamed } = this.#deps.relay.holds;
    if (blamed.size < MOST_BLAMED) blamed.add(domain).add(key);
  }
}
