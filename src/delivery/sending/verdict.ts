import type { Outcome } from '../outcome.js';
import type { PendingRefusal } from './suppressor.js';

/** What follows from an attempt. */
export interface Verdict {
  outcome: Outcome;
  /** As in `DeliveryResult`. */
  retryIn: number | null;
  /** Whether the reader's server has decided, for now or for good. */
  decided: boolean;
  /** The refusal, if it may have to be taken back. */
  refused: PendingRefusal | null;
}

/** An attempt that says nothing about the reader. */
export function toUndecided(outcome: Outcome, retryIn: number | null): Verdict {
  return { outcome, retryIn, decided: false, refused: null };
}
