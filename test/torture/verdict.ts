import type { LedgerRow } from './ledger.js';
import type { Recorded } from './record.js';

/** A kill as it went: whose mails were under way by the ledger, and what was wrong right after. */
export interface Struck {
  underWay: string[];
  violations: string[];
}

export interface Evidence {
  /** Everybody who is to get a mail. */
  readers: readonly string[];
  connections: number;
  strikes: readonly Struck[];
  record: readonly Recorded[];
  ledger: readonly LedgerRow[];
}

export interface Verdict {
  readers: number;
  kills: number;
  connections: number;
  /** Readers whose mail the server never got. */
  lost: number;
  /** Messages that the server got beyond the first of each reader. */
  repeated: number;
  repliesLost: number;
  /** How many repeats the contract allows. */
  bound: number;
  /** How many the ledger itself explains: mails under way at a kill, and lost replies. */
  explained: number;
  violations: string[];
}

/** Judges a whole run. Nothing is right by trust: what the server wrote down is held against the ledger. */
export function judge(evidence: Evidence): Verdict {
  const { readers, connections, strikes, record, ledger } = evidence;
  const copies = copiesByReader(record);
  const lost = readers.filter((email) => !copies.has(email));
  const repeated = record.length - copies.size;
  const repliesLost = record.filter(({ replyLost }) => replyLost).length;
  const bound = (strikes.length + repliesLost) * connections;
  const explained = strikes.reduce((sum, { underWay }) => sum + underWay.length, repliesLost);
  // What was wrong after one kill is mostly still wrong after the next.
  const violations = new Set([
    ...strikes.flatMap((strike) => strike.violations),
    ...lost.map((email) => `${email} never got a mail`),
    ...(repeated > bound ? [`${repeated} repeats are more than ${bound}`] : []),
    ...[...copies].flatMap(([email, mails]) => repeatFaults(email, mails, strikes)),
    ...sharedIds(copies),
    ...disagreements(ledger, record),
    ...ends(ledger, readers),
  ]);
  return {
    readers: readers.length,
    kills: strikes.length,
    connections,
    lost: lost.length,
    repeated,
    repliesLost,
    bound,
    explained,
    violations: [...violations],
  };
}

/**
 * Judges the moment after a kill, when nothing moves: the dead process has at most one mail under
 * way for each connection (ledger rule 3), and the ledger knows of all that the server has.
 * @param before workers of earlier processes, whose mails are not this one's
 */
export function judgeStrike(
  ledger: readonly LedgerRow[],
  record: readonly Recorded[],
  { connections, before }: { connections: number; before: ReadonlySet<string> },
): Struck {
  const sending = ledger.filter(({ state }) => state === 'sending');
  const own = sending.filter(({ worker }) => worker !== null && !before.has(worker));
  const underWay = own.map(({ email }) => email);
  const violations = disagreements(ledger, record);
  if (underWay.length > connections) {
    violations.push(`${underWay.length} mails were under way over ${connections} connections`);
  }
  return { underWay, violations };
}

/** Violations that are told; the first few say what is wrong. */
const TOLD = 20;

/** The verdict in lines for people. */
export function report(verdict: Verdict): string[] {
  const { readers, kills, connections, repeated, repliesLost, bound, explained } = verdict;
  const { violations } = verdict;
  const more = violations.length - TOLD;
  return [
    `lost = ${verdict.lost} of ${readers}`,
    `repeated = ${repeated}, at most (${kills} kills + ${repliesLost} replies lost) × ${connections} connections = ${bound}; the ledger explains up to ${explained}`,
    ...(violations.length === 0
      ? ['each repeat has the Message-ID and the octets of its first; the ledger agrees row by row']
      : violations.slice(0, TOLD).map((violation) => `VIOLATION: ${violation}`)),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
}

function copiesByReader(record: readonly Recorded[]): Map<string, Recorded[]> {
  const copies = new Map<string, Recorded[]>();
  for (const mail of record) {
    const known = copies.get(mail.to);
    if (known) known.push(mail);
    else copies.set(mail.to, [mail]);
  }
  return copies;
}

/** A repeat is the first once more, and something explains it: a kill or a lost reply. */
function repeatFaults(email: string, mails: Recorded[], strikes: readonly Struck[]): string[] {
  const [first, ...repeats] = mails;
  const faults: string[] = [];
  if (repeats.some(({ messageId }) => messageId !== first?.messageId)) {
    faults.push(`${email} got a repeat under another Message-ID`);
  }
  if (repeats.some(({ sha256 }) => sha256 !== first?.sha256)) {
    faults.push(`${email} got a repeat with other octets`);
  }
  const kills = strikes.filter(({ underWay }) => underWay.includes(email)).length;
  const lostReplies = mails.filter(({ replyLost }) => replyLost).length;
  if (repeats.length > kills + lostReplies) {
    faults.push(
      `${email} got ${repeats.length} repeats after ${kills} kills and ${lostReplies} lost replies`,
    );
  }
  return faults;
}

function sharedIds(copies: ReadonlyMap<string, Recorded[]>): string[] {
  const owners = new Map<string, string>();
  const faults: string[] = [];
  for (const [email, mails] of copies) {
    for (const id of new Set(mails.map(({ messageId }) => messageId))) {
      const owner = owners.get(id);
      if (id === '') faults.push(`${email} got a mail without a Message-ID`);
      else if (owner !== undefined) faults.push(`${email} and ${owner} share the Message-ID ${id}`);
      owners.set(id, email);
    }
  }
  return faults;
}

const MAY_BE_RECORDED = new Set(['accepted', 'sending', 'uncertain']);

/** Row by row: accepted means recorded, and what is recorded has at least been begun. */
function disagreements(ledger: readonly LedgerRow[], record: readonly Recorded[]): string[] {
  const recorded = new Set(record.map(({ to }) => to));
  const rows = new Map<string, LedgerRow>();
  const faults: string[] = [];
  for (const row of ledger) {
    if (rows.has(row.email)) faults.push(`${row.email} stands twice in the ledger`);
    rows.set(row.email, row);
    if (row.state === 'accepted' && !recorded.has(row.email)) {
      faults.push(`${row.email} is accepted in the ledger, and the server never got the mail`);
    }
  }
  for (const email of recorded) {
    const row = rows.get(email);
    if (!row) faults.push(`${email} got a mail and is not in the ledger`);
    else if (!MAY_BE_RECORDED.has(stateOf(row))) {
      faults.push(`${email} got a mail and is ${row.state} in the ledger`);
    }
  }
  return faults;
}

/** An uncertain mail that somebody has claimed to send it again is still uncertain. */
function stateOf({ state, unclaimedState }: LedgerRow): string {
  return state === 'claimed' ? unclaimedState : state;
}

function ends(ledger: readonly LedgerRow[], readers: readonly string[]): string[] {
  const known = new Set(ledger.map(({ email }) => email));
  return [
    ...readers.filter((email) => !known.has(email)).map((email) => `${email} was never planned`),
    ...ledger
      .filter(({ state }) => state !== 'accepted')
      .map(({ email, state }) => `${email} is ${state} at the end`),
  ];
}
