import type { Clock } from '../base/clock.js';
import { PaperboyError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import { addressKey, parseAddress } from './address.js';
import { type RawPreferences, readPreferences } from './preferences.js';
import { type NoticeBox, requestAll } from './subscribe.js';
import type { SubscriberStore, SubscriptionRequest, Suppression } from './subscriber-store.js';

/** One row of a file, or the arguments of a command. */
export type SubscriberRow = { email: string } & RawPreferences;

/** A row, and whether its owner has agreed elsewhere. */
export interface ImportRow {
  row: SubscriberRow;
  confirmed: boolean;
}

/** `known`: the address exists in a state that an import does not change. */
export type ImportResult = 'imported' | 'known';

export interface ImportDeps {
  subscribers: SubscriberStore;
  notices: NoticeBox;
  clock: Clock;
}

/**
 * Imports one address. With `confirmed`, its owner has agreed elsewhere: it becomes active and gets no
 * mail. Otherwise its owner is asked to confirm by mail.
 * @throws PaperboyError `bad_address`, `bad_preferences`, `suppressed`
 */
export async function importSubscriber(
  deps: ImportDeps,
  row: SubscriberRow,
  { confirmed, via }: { confirmed: boolean; via: string },
): Promise<ImportResult> {
  const [result] = await importSubscribers(deps, [{ row, confirmed }], via);
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
  via: string,
): Promise<(ImportResult | PaperboyError)[]> {
  const results = new Map<number, ImportResult | PaperboyError>();
  const good: Candidate[] = [];
  for (const [index, row] of rows.entries()) {
    const read = readRow(row);
    if (read instanceof PaperboyError) results.set(index, read);
    else good.push({ index, ...read });
  }
  for (const group of withoutRepeats(good)) {
    for (const [index, result] of await importGroup(deps, group, via)) results.set(index, result);
  }
  return rows.map((_row, index) => results.get(index) ?? 'known');
}

interface Candidate extends SubscriptionRequest {
  /** The index of its row. */
  index: number;
  key: string;
  confirmed: boolean;
}

type Results = [index: number, result: ImportResult | PaperboyError][];

function readRow({ row, confirmed }: ImportRow): Omit<Candidate, 'index'> | PaperboyError {
  try {
    const email = parseAddress(row.email);
    return { email, key: addressKey(email), preferences: readPreferences(row), confirmed };
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

async function importGroup(
  deps: ImportDeps,
  group: readonly Candidate[],
  via: string,
): Promise<Results> {
  const emails = group.map(({ email }) => email);
  const suppressions = new Map(
    (await deps.subscribers.findSuppressions(emails)).map((one) => [addressKey(one.email), one]),
  );
  const results: Results = [];
  const allowed: Candidate[] = [];
  for (const candidate of group) {
    const suppression = suppressions.get(candidate.key);
    if (suppression) results.push([candidate.index, suppressed(candidate.email, suppression)]);
    else allowed.push(candidate);
  }
  const agreed = allowed.filter(({ confirmed }) => confirmed);
  const unconfirmed = allowed.filter(({ confirmed }) => !confirmed);
  if (agreed.length > 0) results.push(...(await activate(deps, agreed, via)));
  if (unconfirmed.length > 0) results.push(...(await requestConfirmation(deps, unconfirmed, via)));
  return results;
}

function suppressed(email: string, { reason, detail }: Suppression): PaperboyError {
  const why = `${reason}${detail ? `: ${printable(detail)}` : ''}`;
  return new PaperboyError('suppressed', `${email} must not be mailed (${why}).`);
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

async function requestConfirmation(
  deps: ImportDeps,
  candidates: readonly Candidate[],
  via: string,
): Promise<Results> {
  const known = await deps.subscribers.findAllByEmail(candidates.map(({ email }) => email));
  const states = new Map(known.map(({ email, state }) => [addressKey(email), state]));
  const open = candidates.filter(({ key }) => (states.get(key) ?? 'pending') === 'pending');
  await requestAll(deps, open, { via, ip: null });
  return candidates.map(({ index, key }) => [index, states.has(key) ? 'known' : 'imported']);
}
