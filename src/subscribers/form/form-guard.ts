import type { Logger } from '../../base/logger.js';
import {
  type Attack,
  countRequest,
  type FormState,
  isBurst,
  isTurn,
  isUnderAttack,
  judgeAttack,
  MINUTE,
  parseFormState,
  takeTurn,
  takeUntokened,
} from './form-state.js';
import type { ConfirmedShare, FormStore } from './form-store.js';

/** What a request to subscribe has to show for itself. */
export interface FormEvidence {
  /** Whether it comes from our own page, or from one that may embed the form. */
  tokened: boolean;
  /** Whether it filled in what no person sees. */
  trapped: boolean;
  /** A genuine proof of work. */
  proof: { id: string; expiresAt: number } | null;
  /** From when on it is its turn, if it was told to wait. */
  turnAt: number | null;
  /** Whether it could show a page to somebody who waits. */
  canWait: boolean;
}

export type Admission =
  | { kind: 'admitted' }
  /** Nothing is to be done, and nobody is to see that. */
  | { kind: 'trapped' }
  /** @property retryAfter seconds */
  | { kind: 'refused'; retryAfter: number }
  | { kind: 'wait'; readyAt: number };

/** What changed while somebody looked: an attack began, or it is over. */
export type Turn = { kind: 'begun' | 'ended'; attack: Attack } | null;

/** Told once, by whichever process saw it. */
export type OnAttack = (turn: NonNullable<Turn>) => void;

/**
 * Decides whether a request is taken. Whatever it is for, it is one write: the answer must take as
 * long for each address. Call it in the transaction of the request.
 */
export async function admitRequest(
  store: FormStore,
  evidence: FormEvidence,
  now: number,
): Promise<{ admission: Admission; turn: Turn }> {
  const share = await loadShare(store, now);
  const { proof } = evidence;
  const proven = proof !== null && (await store.spendProof(proof.id, proof.expiresAt));
  let admission: Admission = { kind: 'admitted' };
  let turn: Turn = null;
  await store.changeState((text) => {
    const before = parseFormState(text);
    const looked = look(countRequest(before, now), share, now);
    const decided = decide(looked, { ...evidence, proven }, now);
    admission = decided.admission;
    // Whoever is turned away writes nothing, or turning away would be what wears the store out.
    if (admission.kind === 'refused') return null;
    turn = toTurn(before, decided.state, now);
    return JSON.stringify(decided.state);
  });
  return { admission, turn };
}

/** Looks whether there is an attack, though nobody asks for anything. */
export async function lookAtForm(store: FormStore, now: number): Promise<Turn> {
  const share = await loadShare(store, now);
  let turn: Turn = null;
  await store.changeState((text) => {
    if (text === null) return null;
    const before = parseFormState(text);
    const after = look(before, share, now);
    turn = toTurn(before, after, now);
    return turn === null ? null : JSON.stringify(after);
  });
  await store.forgetProofs(now);
  return turn;
}

/** The attack that goes on. */
export async function loadAttack(store: FormStore, now: number): Promise<Attack | null> {
  const state = parseFormState(await store.readState());
  return isUnderAttack(state, now) ? state.attack : null;
}

/** Whether whoever asks now, from a page of ours or elsewhere, has to show a proof of work. */
export async function needsProof(
  store: FormStore,
  now: number,
  from: 'here' | 'elsewhere' = 'here',
): Promise<boolean> {
  const state = parseFormState(await store.readState());
  if (isUnderAttack(state, now)) return true;
  return from === 'elsewhere' && 'retryAfter' in takeUntokened(state, now);
}

function decide(
  state: FormState,
  evidence: FormEvidence & { proven: boolean },
  now: number,
): { state: FormState; admission: Admission } {
  const { tokened, trapped, proven, turnAt, canWait } = evidence;
  if (trapped) {
    return { state: { ...state, trapped: state.trapped + 1 }, admission: { kind: 'trapped' } };
  }
  const guarded = isUnderAttack(state, now);
  const isDone = proven || (turnAt !== null && isTurn(turnAt, now));
  if (tokened && (!guarded || isDone)) return { state, admission: { kind: 'admitted' } };
  if (tokened && canWait) return giveTurn(state, turnAt, now);
  const taken = takeUntokened(state, now);
  if ('state' in taken) return { ...taken, admission: { kind: 'admitted' } };
  // Whoever has done the work is let in all the same. All limits of notices are still ahead.
  if (proven) return { state, admission: { kind: 'admitted' } };
  return { state, admission: { kind: 'refused', ...taken } };
}

/** Whoever has a turn already keeps it, however often they come too early. */
function giveTurn(
  state: FormState,
  turnAt: number | null,
  now: number,
): { state: FormState; admission: Admission } {
  if (turnAt !== null && turnAt > now) {
    return { state, admission: { kind: 'wait', readyAt: turnAt } };
  }
  const turn = takeTurn(state, now);
  if (turn === null) return { state, admission: { kind: 'refused', retryAfter: 60 } };
  return { state: turn.state, admission: { kind: 'wait', readyAt: turn.readyAt } };
}

/** How often, in milliseconds, the confirmations are looked at. */
const LOOK_EVERY = MINUTE;
/** People confirm within an hour, or later than anybody waits for here. */
const [NEWEST, OLDEST] = [60 * MINUTE, 6 * 60 * MINUTE];
/** Fewer confirmations say nothing. */
const LOOKED_AT = 50;
const FEW = 0.2;

/** @returns `null` if it was looked at just now */
async function loadShare(store: FormStore, now: number): Promise<ConfirmedShare | null> {
  const { lookedAt } = parseFormState(await store.readState());
  if (lookedAt <= now && now < lookedAt + LOOK_EVERY) return null;
  return store.confirmedShare({ since: now - OLDEST, before: now - NEWEST, limit: LOOKED_AT });
}

function look(state: FormState, share: ConfirmedShare | null, now: number): FormState {
  const looked = share === null ? state : { ...state, lookedAt: now };
  return judgeAttack(looked, findAttack(state, share, now), now);
}

function findAttack(
  state: FormState,
  share: ConfirmedShare | null,
  now: number,
): Attack['why'] | null {
  if (isBurst(state, now)) return 'burst';
  if (share === null || share.sent < LOOKED_AT) return null;
  return share.confirmed < FEW * share.sent ? 'unconfirmed' : null;
}

function toTurn(before: FormState, after: FormState, now: number): Turn {
  const is = isUnderAttack(after, now);
  if (after.attack && is && before.attack === null) return { kind: 'begun', attack: after.attack };
  if (before.attack && !is) return { kind: 'ended', attack: before.attack };
  // One was over before anybody looked, and there is another one.
  return after.attack && before.attack && after.attack.since !== before.attack.since
    ? { kind: 'begun', attack: after.attack }
    : null;
}

/** Tells whoever runs this that an attack has begun, or that it is over. */
export function reportTurn(logger: Logger, turn: Turn, onAttack?: OnAttack): void {
  if (turn === null) return;
  const { why, since } = turn.attack;
  const facts = { why, since: new Date(since).toISOString() };
  if (turn.kind === 'begun') {
    logger.warn({ event: 'form_guarded', ...facts }, 'the form asks for proofs of work');
  } else {
    logger.info({ event: 'form_unguarded', ...facts }, 'the form asks for no proofs of work');
  }
  onAttack?.(turn);
}
