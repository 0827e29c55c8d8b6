import { PaperboyError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import { addressKey, parseAddress } from './address.js';
import { unwrapAddress } from './pasted-address.js';
import { type RawPreferences, readPreferences } from './preferences.js';
import { isReading } from './subscribe.js';
import type { SubscriberState } from './subscriber.js';
import type { SubscriberStore, SubscriptionRequest, Suppression } from './subscriber-store.js';
import { REFUSING, type SuppressionReason } from './suppression.js';

/** One row of a file, or the arguments of a command. */
export type SubscriberRow = { email: string } & RawPreferences;

/**
 * As what an address comes in. `active`: its owner has agreed elsewhere. `pending`: its owner is asked
 * to confirm by mail. A reason: it must not be mailed.
 */
export type Admission = 'active' | 'pending' | SuppressionReason;

export interface ImportRow {
  row: SubscriberRow;
  as: Admission;
}

/** `known`: the address exists in a state that an import does not change. */
export type ImportResult = 'imported' | 'suppressed' | 'known';

export type Lookup = Pick<
  SubscriberStore,
  'findSuppressions' | 'findRefusing' | 'findAllByEmail' | 'findLeft'
>;

export interface Candidate extends SubscriptionRequest {
  /** The index of its row. */
  index: number;
  key: string;
  as: Admission;
}

/** The rows that can be read, in groups, and the errors of the others. */
export function readRows(rows: readonly ImportRow[], languages: readonly string[]) {
  const results = new Map<number, ImportResult | PaperboyError>();
  const good: Candidate[] = [];
  for (const [index, row] of rows.entries()) {
    const read = readRow(row, languages);
    if (read instanceof PaperboyError) results.set(index, read);
    else good.push({ index, ...read });
  }
  return { results, groups: withoutRepeats(good) };
}

function readRow(
  { row, as }: ImportRow,
  languages: readonly string[],
): Omit<Candidate, 'index'> | PaperboyError {
  try {
    const email = parseAddress(unwrapAddress(row.email));
    // What whoever must not be mailed has wished for is no matter.
    const preferences = isReason(as) ? {} : readPreferences(row, languages);
    return { email, key: addressKey(email), preferences, as };
  } catch (error) {
    if (error instanceof PaperboyError) return error;
    throw error;
  }
}

/**
 * Splits before each address that comes a second time, so that the first one is stored by then.
 */
function withoutRepeats(candidates: readonly Candidate[]): Candidate[][] {
  const groups: Candidate[][] = [];
  let keys = new Set<string>();
  for (const candidate of candidates) {
    if (groups.length === 0 || keys.has(candidate.key)) {
      groups.push([]);
      keys = new Set();
    }
    keys.add(candidate.key);
    groups.at(-1)?.push(candidate);
  }
  return groups;
}

/** `new`: nobody has the address. `changes`: somebody has, and it changes them. `open`: pending. */
type Verdict = 'new' | 'changes' | 'open' | 'known' | PaperboyError;

export function isWritten(verdict: Verdict): boolean {
  return verdict === 'new' || verdict === 'changes';
}

/** What an import does if nobody else is quicker. */
export function toResult({ as }: Candidate, verdict: Verdict): ImportResult | PaperboyError {
  if (verdict instanceof PaperboyError) return verdict;
  if (!isWritten(verdict)) return 'known';
  return isReason(as) ? 'suppressed' : 'imported';
}

export function isReason(as: Admission | undefined): as is SuppressionReason {
  return as !== undefined && as !== 'active' && as !== 'pending';
}

/** What a dry run has come to so far. */
export interface Trial {
  via: string;
  /** By the keys of addresses. */
  done: Map<string, Admission>;
}

/** What an import has to do with each address, each at most once. */
export async function judge(
  subscribers: Lookup,
  group: readonly Candidate[],
  trial?: Trial,
): Promise<{ candidate: Candidate; verdict: Verdict }[]> {
  const emails = group.map(({ email }) => email);
  const suppressions = new Map(
    (await subscribers.findSuppressions(emails)).map((one) => [addressKey(one.email), one]),
  );
  // Whoever has left and was forgotten has left all the same, unless they are back.
  const left = await subscribers.findLeft(emails);
  const refusing = await findRefusals(subscribers, emails);
  const states = new Map<string, SubscriberState>(left.map((key) => [key, 'unsubscribed']));
  for (const { email, state } of await subscribers.findAllByEmail(emails)) {
    states.set(addressKey(email), state);
  }
  return group.map((candidate) => {
    const { email, key, as } = candidate;
    const earlier = trial?.done.get(key);
    const suppression =
      suppressions.get(key) ??
      (isReason(earlier) ? { reason: earlier, detail: trial?.via ?? null } : null);
    const state = isReason(earlier) ? 'suppressed' : (earlier ?? states.get(key));
    const refusal = as === 'pending' && !isReading(state) ? refusing.get(key) : undefined;
    const verdict =
      suppression === null
        ? refusal !== undefined
          ? refuse(email, { reason: refusal, detail: 'said of another spelling of the address' })
          : judgeState(as, state)
        : isReason(as)
          ? 'known'
          : refuse(email, suppression);
    return { candidate, verdict };
  });
}

/** What was said of the mailboxes of these addresses, by keys; the owner's own word before others. */
async function findRefusals(
  subscribers: Lookup,
  emails: readonly string[],
): Promise<Map<string, SuppressionReason>> {
  const refusals = new Map<string, SuppressionReason>();
  for (const reason of REFUSING) {
    for (const key of await subscribers.findRefusing(emails, [reason])) {
      if (!refusals.has(key)) refusals.set(key, reason);
    }
  }
  return refusals;
}

function judgeState(as: Admission, state: SubscriberState | undefined): Verdict {
  if (state === undefined) return 'new';
  if (as === 'active') return state === 'pending' ? 'changes' : 'known';
  if (as === 'pending') return state === 'pending' ? 'open' : 'known';
  // Whoever reads us has a mailbox here, whatever became of it elsewhere.
  return state === 'pending' || state === 'unsubscribed' ? 'changes' : 'known';
}

function refuse(
  email: string,
  { reason, detail }: Pick<Suppression, 'reason' | 'detail'>,
): PaperboyError {
  const why = `${reason}${detail ? `: ${printable(detail)}` : ''}`;
  return new PaperboyError('suppressed', `${email} must not be mailed (${why}).`);
}
