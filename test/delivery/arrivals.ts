import { expect } from 'vitest';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import type { FastClock } from '../store/clock.js';
import { type SmtpOptions, type SmtpStub, startSmtp } from '../support/smtp.js';
import type { Post } from './post.js';

/** A mail that the server took, and when by the clock of the store. */
export interface Arrival {
  to: string;
  at: number;
}

export type TimedSmtp = SmtpStub & { arrivals: Arrival[] };

export async function startTimedSmtp(
  clock: FastClock,
  options: SmtpOptions = {},
): Promise<TimedSmtp> {
  const arrivals: Arrival[] = [];
  const stub = await startSmtp({
    parse: false,
    ...options,
    onData: (mail) => {
      arrivals.push({ to: mail.to.join(), at: clock.now() });
      return options.onData?.(mail);
    },
  });
  return Object.assign(stub, { arrivals });
}

export const SLOW = 'slow.example';
export const SOON = { timeout: 20_000, interval: 5 };

export const addresses = (domain: string, count: number, name = 'reader') =>
  Array.from({ length: count }, (_, n) => `${name}${n}@${domain}`);
export const to = (domain: string) => (arrival: { to: string }) =>
  arrival.to.endsWith(`@${domain}`);

/** The mail number n arrives n intervals after the beginning, or later. */
export function expectPaced(arrivals: readonly Arrival[], begin: number, interval: number): void {
  const early = arrivals.map(({ at }, n) => at - begin - n * interval).filter((spare) => spare < 0);
  expect(early).toEqual([]);
}

/** Lets the clock stand at that moment, past whatever was to happen before. */
export function leapTo(clock: FastClock, moment: number): void {
  clock.hold();
  clock.advance(moment - clock.now());
  clock.release();
}

/** One more handle to the same store, as another process has it. */
export function openAgain(post: Post): Promise<Store> {
  return openStore({ kind: 'sqlite', file: post.temp.file }, post.clock);
}
