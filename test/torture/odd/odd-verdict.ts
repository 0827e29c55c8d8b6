import type { Expectations } from './odd-cases.js';
import type { OddRow } from './odd-store.js';
import type { Seen, Upload } from './oddity.js';

/** How one `send` ended. */
export interface SendEnd {
  code: number | null;
  /** Whether its JSON says that sending is held; `null` where there was no such word in it. */
  held: boolean | null;
  /** Whether it had to be told to stop. */
  stopped: boolean;
  /** Whether it was left waiting for longer than it may. */
  late: boolean;
}

/** The worst that was seen in the ledger while the program ran. */
export interface Worst {
  refused: number;
  suppressed: number;
  /** Most attempts of a delivery that was not accepted yet. */
  attemptsBefore: number;
}

export interface OddEvidence {
  readers: readonly string[];
  seen: Seen;
  sends: readonly SendEnd[];
  /** The ledger at the end. */
  rows: readonly OddRow[];
  worst: Worst;
  /** All that the runs of the program took. */
  seconds: number;
}

/** What the time is held against: so many seconds, and how many times as long it may take. */
export interface Allowance {
  seconds: number;
  factor: number;
}

export interface OddVerdict {
  accepted: number;
  refused: number;
  /** Messages beyond the first that the server took for a reader, and how many a lost reply explains. */
  twice: number;
  explained: number;
  /** Uploads for each accepted mail: in all, and after the time in which the limit is found out. */
  uploads: number;
  uploadsLater: number | null;
  connections: number;
  seconds: number;
  allowance: Allowance | null;
  ratio: number | null;
  /** What is wrong by what was counted, and by how long it took. */
  violations: string[];
  slowness: string[];
}

/** Judges one run. The server's word is held against the ledger, reader by reader. */
export function judgeOdd(
  evidence: OddEvidence,
  expected: Expectations,
  allowance: Allowance | null = null,
): OddVerdict {
  const { rows, seen, seconds, readers } = evidence;
  const copies = copiesByReader(seen.uploads);
  const repeats = [...copies.values()].map((uploads) => repeatsOf(uploads));
  const accepted = rows.filter(({ state }) => state === 'accepted').length;
  const uploadsLater = expected.uploads ? uploadsAfter(seen, expected.uploads.after) : null;
  const ratio = allowance && seconds / allowance.seconds;
  return {
    accepted,
    refused: rows.filter(({ state }) => state === 'refused').length,
    twice: sum(repeats.map(({ twice }) => twice)),
    explained: sum(repeats.map(({ explained }) => explained)),
    uploads: seen.uploads.length / Math.max(1, copies.size),
    uploadsLater,
    connections: seen.connections,
    seconds,
    allowance,
    ratio,
    violations: [
      ...ends(rows, readers, copies, expected),
      ...refusals(evidence),
      ...[...copies].flatMap(([email, uploads]) => repeatFaults(email, uploads)),
      ...attempts(evidence, expected),
      ...sendFaults(evidence.sends, expected),
      // Else it would be good for the wrong reason.
      ...(seen.strikes === 0 ? ['the server never came to be odd'] : []),
      ...excesses(seen, uploadsLater, expected),
    ],
    slowness: slowness(seconds, allowance),
  };
}

function copiesByReader(uploads: readonly Upload[]): Map<string, Upload[]> {
  const copies = new Map<string, Upload[]>();
  for (const upload of uploads) {
    if (upload.outcome !== 'accepted') continue;
    const known = copies.get(upload.to);
    if (known) known.push(upload);
    else copies.set(upload.to, [upload]);
  }
  return copies;
}

function repeatsOf(uploads: readonly Upload[]): { twice: number; explained: number } {
  const twice = uploads.length - 1;
  // The last reply can't be the reason for what came before it.
  const lost = uploads.slice(0, -1).filter(({ replyLost }) => replyLost).length;
  return { twice, explained: Math.min(twice, lost) };
}

function repeatFaults(email: string, uploads: readonly Upload[]): string[] {
  const { twice, explained } = repeatsOf(uploads);
  const [first, ...repeats] = uploads;
  const faults: string[] = [];
  if (twice > explained)
    faults.push(`${email} got ${twice - explained} repeats though no reply was lost`);
  if (uploads.some(({ messageId }) => messageId === ''))
    faults.push(`${email} got a mail without a Message-ID`);
  if (repeats.some(({ messageId }) => messageId !== first?.messageId)) {
    faults.push(`${email} got a repeat under another Message-ID`);
  }
  if (repeats.some(({ sha256 }) => sha256 !== first?.sha256)) {
    faults.push(`${email} got a repeat with other octets`);
  }
  return faults;
}

/** Everybody is where they should be, by the ledger and by the server. */
function ends(
  rows: readonly OddRow[],
  readers: readonly string[],
  copies: ReadonlyMap<string, Upload[]>,
  { accepted }: Expectations,
): string[] {
  const known = new Map(rows.map((row) => [row.email, row]));
  const faults: string[] = [];
  const states = new Map<string, number>();
  for (const { state } of rows) states.set(state, (states.get(state) ?? 0) + 1);
  if (rows.length !== known.size)
    faults.push(`${rows.length - known.size} stand twice in the ledger`);
  const wanted = accepted === 'all' ? readers.length : 0;
  if ((states.get('accepted') ?? 0) !== wanted) {
    const told = [...states].map(([state, number]) => `${number} ${state}`).join(', ');
    faults.push(`${wanted} should be accepted; the ledger has ${told || 'nothing'}`);
  }
  for (const email of readers) {
    const state = known.get(email)?.state;
    if (state === undefined) faults.push(`${email} was never planned`);
    if (state === 'accepted' && !copies.has(email)) {
      faults.push(`${email} is accepted in the ledger, and the server never got the mail`);
    }
    if (state !== 'accepted' && copies.get(email)?.some(({ replyLost }) => !replyLost)) {
      faults.push(`${email} got a mail, was told so, and is ${state} in the ledger`);
    }
  }
  return faults;
}

/** Nobody is refused by anybody's word but a server's, which here speaks of the sender at most. */
function refusals({ rows, seen, worst }: OddEvidence): string[] {
  const byServer = new Set(seen.refused);
  const invented = rows.filter(({ email, state }) => state === 'refused' && !byServer.has(email));
  const [first] = invented;
  const faults: string[] = [];
  if (first) {
    faults.push(
      `${invented.length} are refused, and no server said so: ${first.email} (${first.reply ?? 'no reply'})`,
    );
  }
  const named = rows.filter(({ state }) => state === 'refused').length - invented.length;
  if (named > 0) faults.push(`${named} are refused for what is no fault of theirs`);
  else if (worst.refused > invented.length) {
    faults.push(`up to ${worst.refused} were refused for a while`);
  }
  if (worst.suppressed > 0) faults.push(`up to ${worst.suppressed} addresses were suppressed`);
  return faults;
}

function attempts({ rows, worst }: OddEvidence, expected: Expectations): string[] {
  if (expected.attempts === 'none before acceptance' && worst.attemptsBefore > 0) {
    return [`up to ${worst.attemptsBefore} attempts were counted against what was never accepted`];
  }
  if (expected.attempts === 'free') return [];
  // Whether the try that succeeds counts is the ledger's affair: the luckiest mail tells.
  const accepted = rows.filter(({ state }) => state === 'accepted');
  const least = Math.min(...accepted.map(({ attempts }) => attempts));
  const inVain = accepted.filter(({ attempts }) => attempts > least);
  if (expected.attempts === 'none in vain' && inVain.length > 0) {
    const most = Math.max(...inVain.map(({ attempts }) => attempts)) - least;
    return [`up to ${most} attempts count against ${inVain.length} mails, of no reader's doing`];
  }
  return [];
}

function sendFaults(sends: readonly SendEnd[], { held, accepted }: Expectations): string[] {
  const faults: string[] = [];
  const wordless = sends.some((send) => send.held !== true);
  const [first] = sends;
  if (held) {
    if (first?.code !== 1) faults.push(`the first send ended with ${first?.code} instead of 1`);
    if (accepted === 'none' ? wordless : first?.held !== true) {
      faults.push('send does not say that sending is held');
    }
  }
  if (sends.some(({ late }) => late))
    faults.push('send had to be stopped, it went on for too long');
  const last = sends.at(-1);
  if (accepted === 'all' && last?.code !== 0) faults.push(`the last send ended with ${last?.code}`);
  return faults;
}

function excesses(seen: Seen, uploadsLater: number | null, expected: Expectations): string[] {
  const { logins, uploads } = expected;
  const faults: string[] = [];
  if (logins !== undefined && seen.logins > logins) {
    faults.push(`${seen.logins} AUTH commands are more than ${logins}`);
  }
  if (uploads && uploadsLater !== null && uploadsLater > uploads.most) {
    faults.push(`${uploadsLater.toFixed(2)} uploads a mail are more than ${uploads.most}`);
  }
  return faults;
}

/** `null` when nothing was accepted any more by then. */
function uploadsAfter({ uploads, firstAt }: Seen, ms: number): number | null {
  const later = uploads.filter(({ at }) => at >= (firstAt ?? 0) + ms);
  const accepted = later.filter(({ outcome }) => outcome === 'accepted').length;
  return accepted === 0 ? null : later.length / accepted;
}

function slowness(seconds: number, allowance: Allowance | null): string[] {
  if (allowance === null) return [];
  const most = allowance.seconds * allowance.factor;
  return seconds > most ? [`${seconds.toFixed(1)} s are more than ${most.toFixed(1)} s`] : [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
