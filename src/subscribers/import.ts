import type { Clock } from '../base/clock.js';
import { PaperboyError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import { addressKey, parseAddress } from './address.js';
import { unwrapAddress } from './pasted-address.js';
import { type RawPreferences, readPreferences } from './preferences.js';
import { type NoticeBox, requestAll } from './subscribe.js';
import type { SubscriberState } from './subscriber.js';
import type { SubscriberStore, SubscriptionRequest, Suppression } from './subscriber-store.js';
import type { SuppressionReason } from './suppression.js';

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

export interface ImportDeps {
  subscribers: SubscriberStore;
  notices: NoticeBox;
  clock: Clock;
}

export interface ImportOptions {
  /** The channel, for the consent records. */
  via: string;
  /** Asks whoever is pending once more. */
  remind: boolean;
}

/**
 * Imports one address. With `confirmed`, its owner has agreed elsewhere: it becomes active and gets no
 * mail. Otherwise its owner is asked to confirm by mail, once more if they were asked before.
 * @throws PaperboyError `bad_address`, `bad_preferences`, `suppressed`
 */
export async function importSubscriber(
  deps: ImportDeps,
  row: SubscriberRow,
  { confirmed, via }: { confirmed: boolean; via: string },
): Promise<ImportResult> {
  const rows: ImportRow[] = [{ row, as: confirmed ? 'active' : 'pending' }];
  const [result] = await importSubscribers(deps, rows, { via, remind: true });
  if (result instanceof PaperboyError) throw result;
  return result ?? 'known';
}

/**
 * Imports many addresses with few statements. The result is the same as one after the other.
 * @returns for each row its result, or the error for which it was left out
 */
export async function importSubscribers(
  deps: ImportDeps,
  rows: readonly ImportRow[],
  options: ImportOptions,
): Promise<(ImportResult | PaperboyError)[]> {
  const { results, groups } = readRows(rows);
  for (const group of groups) {
    for (const [index, result] of await importGroup(deps, group, options)) {
      results.set(index, result);
    }
  }
  return rows.map((_row, index) => results.get(index) ?? 'known');
}

/**
 * Says what an import would do, without doing it.
 * @param before what it would have done by then, by the keys of addresses; what these rows would do
 *   is added
 */
export async function tryImport(
  subscribers: Lookup,
  rows: readonly ImportRow[],
  before: Map<string, Admission>,
): Promise<(ImportResult | PaperboyError)[]> {
  const { results, groups } = readRows(rows);
  for (const group of groups) {
    for (const { candidate, verdict } of await judge(subscribers, group, before)) {
      const { index, key, as } = candidate;
      if (verdict instanceof PaperboyError) results.set(index, verdict);
      else if (isWritten(verdict)) {
        results.set(index, isReason(as) ? 'suppressed' : 'imported');
        before.set(key, as);
      }
    }
  }
  return rows.map((_row, index) => results.get(index) ?? 'known');
}

type Lookup = Pick<SubscriberStore, 'findSuppressions' | 'findAllByEmail'>;

interface Candidate extends SubscriptionRequest {
  /** The index of its row. */
  index: number;
  key: string;
  as: Admission;
}

type Results = [index: number, result: ImportResult | PaperboyError][];

/** The rows that can be read, in groups, and the errors of the others. */
function readRows(rows: readonly ImportRow[]) {
  const results = new Map<number, ImportResult | PaperboyError>();
  const good: Candidate[] = [];
  for (const [index, row] of rows.entries()) {
    const read = readRow(row);
    if (read instanceof PaperboyError) results.set(index, read);
    else good.push({ index, ...read });
  }
  return { results, groups: withoutRepeats(good) };
}

function readRow({ row, as }: ImportRow): Omit<Candidate, 'index'> | PaperboyError {
  try {
    const email = parseAddress(unwrapAddress(row.email));
    // What whoever must not be mailed has wished for is no matter.
    const preferences = isReason(as) ? {} : readPreferences(row);
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

function isWritten(verdict: Verdict): boolean {
  return verdict === 'new' || verdict === 'changes';
}

function isReason(as: Admission | undefined): as is SuppressionReason {
  return as !== undefined && as !== 'active' && as !== 'pending';
}

/** What an import has to do with each address, each at most once. */
async function judge(
  subscribers: Lookup,
  group: readonly Candidate[],
  before: ReadonlyMap<string, Admission> = new Map(),
): Promise<{ candidate: Candidate; verdict: Verdict }[]> {
  const emails = group.map(({ email }) => email);
  const suppressions = new Map(
    (await subscribers.findSuppressions(emails)).map((one) => [addressKey(one.email), one]),
  );
  const states = new Map(
    (await subscribers.findAllByEmail(emails)).map((one) => [addressKey(one.email), one.state]),
  );
  return group.map((candidate) => {
    const { email, key, as } = candidate;
    const earlier = before.get(key);
    const suppression =
      suppressions.get(key) ?? (isReason(earlier) ? { reason: earlier, detail: null } : null);
    const state = isReason(earlier) ? 'suppressed' : (earlier ?? states.get(key));
    const verdict =
      suppression === null
        ? judgeState(as, state)
        : isReason(as)
          ? 'known'
          : refuse(email, suppression);
    return { candidate, verdict };
  });
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

async function importGroup(
  deps: ImportDeps,
  group: readonly Candidate[],
  { via, remind }: ImportOptions,
): Promise<Results> {
  const judged = await judge(deps.subscribers, group);
  const results: Results = judged.map(({ candidate: { index }, verdict }) => [
    index,
    verdict instanceof PaperboyError ? verdict : 'known',
  ]);
  const chosen = judged
    .filter(({ verdict }) => isWritten(verdict) || (verdict === 'open' && remind))
    .map(({ candidate }) => candidate);
  const agreed = chosen.filter(({ as }) => as === 'active');
  const pending = chosen.filter(({ as }) => as === 'pending');
  const unwanted = chosen.filter(({ as }) => isReason(as));
  if (agreed.length > 0) results.push(...(await activate(deps, agreed, via)));
  if (pending.length > 0) await requestAll(deps, pending, { via, ip: null });
  if (unwanted.length > 0) results.push(...(await suppress(deps, unwanted, via)));
  const asked = judged.filter(
    ({ candidate, verdict }) => candidate.as === 'pending' && isWritten(verdict),
  );
  results.push(...asked.map(({ candidate: { index } }): Results[number] => [index, 'imported']));
  return results;
}

async function activate(
  { subscribers, clock }: ImportDeps,
  candidates: readonly Candidate[],
  via: string,
): Promise<Results> {
  const now = clock.now();
  const active = await subscribers.importAllActive(candidates, now);
  const consent = { at: now, event: 'imported', via, ip: null, wording: null } as const;
  await subscribers.addConsents(
    active.map(({ id }) => id),
    consent,
  );
  const imported = new Set(active.map(({ email }) => addressKey(email)));
  return candidates.map(({ index, key }) => [index, imported.has(key) ? 'imported' : 'known']);
}

/** Suppresses addresses for what another tool knew of them. */
async function suppress(
  { subscribers, clock }: ImportDeps,
  candidates: readonly Candidate[],
  via: string,
): Promise<Results> {
  const results: Results = [];
  for (const { index, email, as } of candidates) {
    if (!isReason(as)) continue;
    const added = await subscribers.suppress({ email, reason: as, at: clock.now(), detail: via });
    results.push([index, added ? 'suppressed' : 'known']);
  }
  return results;
}
