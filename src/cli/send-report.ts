import type { DeliveryCounts } from '../delivery/delivery.js';
import { ALL_ROUTES } from '../delivery/sending/holds.js';
import { formatHeld, toHeldJson } from '../delivery/sending/sender-status.js';
import type { SendReport } from '../jobs/send.js';
import { count, iso } from './output.js';

/** Throttled domains that a sentence can name and still be read. */
const MOST_DOMAINS = 5;

/** For programs: the edition's counts, what is held, and what is throttled, if anything. */
export function sendAnswer({ counts: states, held, throttled }: SendReport): object {
  const counts = { ...states, held: toHeldJson(held) };
  if (throttled.length === 0) return counts;
  const domains = throttled.map(({ domain, rate, pausedUntil }) => {
    const until = pausedUntil === null ? null : iso(pausedUntil);
    return [domain, { rate, until }];
  });
  return { ...counts, throttled: Object.fromEntries(domains) };
}

/** For people: what became of the mails. */
export function sendSentence({ counts, throttled, draftUntil }: SendReport): string {
  if (draftUntil !== null) {
    return `The edition is a draft until ${iso(draftUntil)}; --now sends it at once.`;
  }
  const parts = Object.entries(counts).filter(([, number]) => number > 0);
  if (parts.length === 0) return 'There is nobody to send it to.';
  const all = parts.map(([state, number]) => `${number} ${state}`).join(', ');
  return `${all}.${throttledSentence(throttled)}`;
}

/** Names the slowest of them. */
function throttledSentence(throttled: SendReport['throttled']): string {
  if (throttled.length === 0) return '';
  const slowest = [...throttled].sort((a, b) => a.rate - b.rate).slice(0, MOST_DOMAINS);
  const named = slowest.map(({ domain, rate }) => `${domain} (${rate} a second)`);
  if (throttled.length > MOST_DOMAINS) named.push(`${throttled.length - MOST_DOMAINS} more`);
  return ` Throttled, since they asked for fewer mails: ${named.join(', ')}.`;
}

/** For people: what is left, why, and what they can do. */
export function leftSentence({ open, trouble, held, capReached }: SendReport): string {
  const left = open === 1 ? '1 delivery is left' : `${open} deliveries are left`;
  if (capReached !== null) {
    const { cap, day } = capReached;
    return `${left}, since the cap of ${count(cap, 'mail')} for ${day} is used up; run it again the next day, or leave it to "paperboy serve".`;
  }
  if (held?.route === ALL_ROUTES) {
    return `${left}. ${formatHeld(held)}. They go when that has fallen, at ${iso(held.next)} at the earliest, or after "paperboy holds lift ${held.domain}".`;
  }
  if (held !== null) {
    return `${left}. ${formatHeld(held)}. Mend it and run it again, or leave it to "paperboy serve", which asks again by itself, next at ${iso(held.next)}.`;
  }
  const why = trouble === null ? '' : ` (${trouble})`;
  return `${left}${why}; run it again, or leave it to "paperboy serve".`;
}

export function progressText(counts: DeliveryCounts): string {
  const all = Object.values(counts).reduce((sum, number) => sum + number, 0);
  return `${counts.accepted} of ${all} accepted, ${counts.planned} to go`;
}
