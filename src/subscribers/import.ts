import type { Clock } from '../base/clock.js';
import { PaperboyError } from '../base/errors.js';
import type { Languages } from '../base/languages.js';
import { addressKey } from './address.js';
import {
  type Candidate,
  type ImportResult,
  type ImportRow,
  isReason,
  isWritten,
  judge,
  type Lookup,
  readRows,
  type SubscriberRow,
  type Trial,
  toResult,
} from './import-judge.js';
import { type NoticeBox, requestAll } from './subscribe.js';
import type { SubscriberStore } from './subscriber-store.js';

export type { Admission, ImportResult, ImportRow, SubscriberRow } from './import-judge.js';

export interface ImportDeps {
  subscribers: SubscriberStore;
  notices: NoticeBox;
  clock: Clock;
  languages: Languages;
}

export interface ImportOptions {
  /** The channel, for the consent records. */
  via: string;
  /** Asks whoever is pending once more. */
  remind: boolean;
  /** What the mail says that asks, for the consent records. */
  shown?: string;
}

/**
 * Imports one address. With `confirmed`, its owner has agreed elsewhere: it becomes active and gets no
 * mail. Otherwise its owner is asked to confirm by mail, once more if they were asked before.
 * @throws PaperboyError `bad_address`, `bad_preferences`, `suppressed`
 */
export async function importSubscriber(
  deps: ImportDeps,
  row: SubscriberRow,
  { confirmed, ...origin }: { confirmed: boolean } & Omit<ImportOptions, 'remind'>,
): Promise<ImportResult> {
  const rows: ImportRow[] = [{ row, as: confirmed ? 'active' : 'pending' }];
  const [result] = await importSubscribers(deps, rows, { ...origin, remind: true });
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
  return groupByGroup(rows, deps.languages, (group) => importGroup(deps, group, options));
}

/**
 * Says what an import would do, without doing it.
 * @param trial what it would have done by then; what these rows would do is added
 */
export async function tryImport(
  { subscribers, languages }: { subscribers: Lookup; languages: Languages },
  rows: readonly ImportRow[],
  trial: Trial,
): Promise<(ImportResult | PaperboyError)[]> {
  return groupByGroup(rows, languages, async (group) => {
    const judged = await judge(subscribers, group, trial);
    for (const { candidate, verdict } of judged) {
      if (isWritten(verdict)) trial.done.set(candidate.key, candidate.as);
    }
    return judged.map(({ candidate, verdict }) => [candidate.index, toResult(candidate, verdict)]);
  });
}

type Results = [index: number, result: ImportResult | PaperboyError][];

/** An address that comes twice is in two groups, so that the first one is stored by then. */
async function groupByGroup(
  rows: readonly ImportRow[],
  languages: Languages,
  work: (group: readonly Candidate[]) => Promise<Results>,
): Promise<(ImportResult | PaperboyError)[]> {
  const { results, groups } = readRows(rows, languages.all);
  for (const group of groups) {
    for (const [index, result] of await work(group)) results.set(index, result);
  }
  return rows.map((_row, index) => results.get(index) ?? 'known');
}

async function importGroup(
  deps: ImportDeps,
  group: readonly Candidate[],
  { remind, ...origin }: ImportOptions,
): Promise<Results> {
  const judged = await judge(deps.subscribers, group);
  const results: Results = judged.map(({ candidate, verdict }) => [
    candidate.index,
    toResult(candidate, verdict),
  ]);
  const chosen = judged
    .filter(({ verdict }) => isWritten(verdict) || (verdict === 'open' && remind))
    .map(({ candidate }) => candidate);
  const agreed = chosen.filter(({ as }) => as === 'active');
  const pending = chosen.filter(({ as }) => as === 'pending');
  const unwanted = chosen.filter(({ as }) => isReason(as));
  // What is written has the last word: somebody else may have been quicker.
  if (agreed.length > 0) results.push(...(await activate(deps, agreed, origin.via)));
  // Whoever is added by hand does not wait behind a list.
  const cause = remind ? 'stranger' : 'import';
  if (pending.length > 0) await requestAll(deps, pending, { ...origin, ip: null }, { cause });
  if (unwanted.length > 0) results.push(...(await suppress(deps, unwanted, origin.via)));
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
