/** What all processes know of the form together, as it lies in the store. */
export interface FormState {
  /** When requests without a good token were taken, in the last hour. */
  untokened: readonly number[];
  /** Requests in each ten minutes of the last day, by the number of the ten minutes. */
  counts: Readonly<Record<string, number>>;
  /** Requests that walked into the trap, ever. */
  trapped: number;
  /** The last turn that was given to somebody who waits. */
  lastTurn: number;
  /** When the confirmations were looked at last. */
  lookedAt: number;
  attack: Attack | null;
}

export interface Attack {
  /** `burst`: far more requests than usual. `unconfirmed`: hardly anybody confirms. */
  why: 'burst' | 'unconfirmed';
  since: number;
  /** It is over then, unless it shows again before. */
  until: number;
}

export const NO_STATE: FormState = {
  untokened: [],
  counts: {},
  trapped: 0,
  lastTurn: 0,
  lookedAt: 0,
  attack: null,
};

export const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PERIOD = 10 * MINUTE;
const PERIODS_A_DAY = 144;

/** Requests without a good token that are taken in any hour. */
const UNTOKENED_PER_HOUR = 30;

export function parseFormState(text: string | null): FormState {
  return text === null ? NO_STATE : { ...NO_STATE, ...(JSON.parse(text) as Partial<FormState>) };
}

/** @returns `retryAfter` in seconds when the budget is used up */
export function takeUntokened(
  state: FormState,
  now: number,
): { state: FormState } | { retryAfter: number } {
  // What lies ahead is from before the clock was set back.
  const recent = state.untokened.filter((at) => at > now - HOUR && at <= now);
  const [oldest = now] = recent;
  if (recent.length >= UNTOKENED_PER_HOUR) {
    return { retryAfter: Math.max(1, Math.ceil((oldest + HOUR - now) / 1_000)) };
  }
  return { state: { ...state, untokened: [...recent, now] } };
}

export function countRequest(state: FormState, now: number): FormState {
  const period = Math.floor(now / PERIOD);
  const recent = Object.entries(state.counts).filter(
    ([key]) => Number(key) > period - PERIODS_A_DAY && Number(key) <= period,
  );
  const counts = Object.fromEntries(recent);
  return { ...state, counts: { ...counts, [period]: (counts[period] ?? 0) + 1 } };
}

/** Fewer requests in ten minutes are no burst, however quiet it was before. */
const LEAST_BURST = 60;
/** How many times the usual a burst is. */
const BURST = 6;

/** Whether there are far more requests in these ten minutes than in those of the last day. */
export function isBurst({ counts }: FormState, now: number): boolean {
  const period = Math.floor(now / PERIOD);
  const [current = 0, last = 0] = [counts[period], counts[period - 1]];
  // A window that slides, as if the last ten minutes' requests had come evenly.
  const rate = current + last * (1 - (now % PERIOD) / PERIOD);
  const usual = Object.entries(counts)
    .filter(([key]) => Number(key) < period - 1)
    // An attack is not usual.
    .reduce((sum, [, count]) => sum + Math.min(count, LEAST_BURST), 0);
  return rate > Math.max(LEAST_BURST, (BURST * usual) / PERIODS_A_DAY);
}

/** How long, in milliseconds, the guard stays up after the attack showed last. */
const STAYS_UP = 30 * MINUTE;

/** @param why what shows that there is an attack; `null` if nothing does */
export function judgeAttack(state: FormState, why: Attack['why'] | null, now: number): FormState {
  const known = isUnderAttack(state, now) ? state.attack : null;
  if (why === null) return { ...state, attack: known };
  return { ...state, attack: { why, since: known?.since ?? now, until: now + STAYS_UP } };
}

export function isUnderAttack({ attack }: FormState, now: number): boolean {
  // An end further away than any can be is from before the clock was set back.
  return attack !== null && now < attack.until && attack.until <= now + STAYS_UP;
}

/** Between two turns of those who wait, whoever they are. */
const BETWEEN_TURNS = 10_000;
const SHORTEST_WAIT = 20_000;
const LONGEST_WAIT = 10 * MINUTE;

/** Gives the next turn to somebody whose browser does no work; `null` if too many wait already. */
export function takeTurn(
  state: FormState,
  now: number,
): { state: FormState; readyAt: number } | null {
  const last = state.lastTurn > now + LONGEST_WAIT ? 0 : state.lastTurn;
  const readyAt = Math.max(now + SHORTEST_WAIT, last + BETWEEN_TURNS);
  if (readyAt > now + LONGEST_WAIT) return null;
  return { state: { ...state, lastTurn: readyAt }, readyAt };
}

/** How long a turn lasts, in milliseconds. */
const TURN_LASTS = HOUR;

export function isTurn(readyAt: number, now: number): boolean {
  return readyAt <= now && now < readyAt + TURN_LASTS;
}

/** How long, in milliseconds, a page with a token is good at least. */
const TOKEN_LASTS = 24 * HOUR;

export function toTokenHour(now: number): number {
  return Math.floor(now / HOUR);
}

/** @param hour that a genuine token names */
export function isTokenGood(hour: number, now: number): boolean {
  // A page of the end of that hour has the same token. Another process may be a little ahead.
  return hour * HOUR <= now + HOUR && now < (hour + 1) * HOUR + TOKEN_LASTS;
}
