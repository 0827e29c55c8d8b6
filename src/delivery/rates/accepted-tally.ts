import type { Clock } from '../../base/clock.js';
import { type Day, dayAt } from '../../base/day.js';
import { toDomainGroup } from './domain-groups.js';
import type { CountedMails, MailCount, MailCounts } from './mail-counts.js';

export interface AcceptedTallyDeps {
  mailCounts: Pick<MailCounts, 'add'>;
  /** The time zone in which days are counted. */
  timezone: string;
  clock: Clock;
}

/**
 * Counts accepted mails by domain group in memory until `save`, about once a second: a write with each
 * commit would be a lock that all senders wait for. A process that is killed leaves out that second.
 */
export class AcceptedTally {
  readonly #deps: AcceptedTallyDeps;
  #counts = new Map<string, MailCount>();
  /** The day it is, and until when that needs no second look: it is asked for each mail. */
  #today: { day: Day; until: number } = { day: '', until: 0 };

  constructor(deps: AcceptedTallyDeps) {
    this.#deps = deps;
  }

  note(domain: string, mails: CountedMails): void {
    const group = toDomainGroup(domain);
    const day = this.#toDay();
    const key = `${day} ${mails} ${group}`;
    const known = this.#counts.get(key);
    if (known) known.count++;
    else this.#counts.set(key, { day, event: 'accepted', group, mails, count: 1 });
  }

  /** Writes down what was counted. What the store refuses is counted on. */
  async save(): Promise<void> {
    if (this.#counts.size === 0) return;
    const counts = this.#counts;
    this.#counts = new Map();
    try {
      await this.#deps.mailCounts.add([...counts.values()]);
    } catch (error) {
      for (const [key, more] of this.#counts) {
        const before = counts.get(key);
        if (before) before.count += more.count;
        else counts.set(key, more);
      }
      this.#counts = counts;
      throw error;
    }
  }

  #toDay(): Day {
    const { clock, timezone } = this.#deps;
    const now = clock.now();
    if (now >= this.#today.until || now < this.#today.until - 60_000) {
      this.#today = { day: dayAt(now, timezone), until: now + 60_000 - (now % 60_000) };
    }
    return this.#today.day;
  }
}
