import type { LedgerRow } from '../torture/ledger.js';
import { judge, type Struck } from '../torture/verdict.js';
import { CONNECTIONS } from './place.js';
import type { DigestRow, SoakEvidence } from './soak-evidence.js';

/** A thing that has to hold, and where it did not. */
export interface Check {
  name: string;
  violations: string[];
  /** What is told beside it. */
  note?: string;
}

/** Processes that send side by side. */
const SENDERS = 3;
const SECOND = 1_000;
/** Between the last question to the ledger and the first byte of a mail. */
const GRACE = 5 * SECOND;
/** An edition is owed to whoever was there so long before it was planned. */
const BEFORE = 2 * SECOND;

const keyOf = (to: string, edition: string) => `${to} ${edition}`;
const rowKey = ({ email, date, kind }: DigestRow) => keyOf(email.toLowerCase(), `${date}:${kind}`);

/**
 * The rules of the ledger (DESIGN.md), by what the mail server wrote down, what readers were answered,
 * and what the store holds. One digest of one edition to one reader is judged as one.
 */
export function checkLedger(evidence: SoakEvidence): Check[] {
  const strikes = toStrikes(evidence);
  const record = evidence.record
    .filter(({ isDigest }) => isDigest)
    .map((mail) => ({ ...mail, to: keyOf(mail.to, mail.of) }));
  const verdict = judge({
    ...{ readers: toOwed(evidence), connections: CONNECTIONS * SENDERS, strikes, record },
    ledger: toLedger(evidence, strikes),
  });
  const told = (pattern: RegExp) => verdict.violations.filter((one) => pattern.test(one));
  const [one, two] = [
    /stands twice|another Message-ID|share the|without a Message/,
    /ledger|at the end$/,
  ];
  const rest = verdict.violations.filter((line) => !one.test(line) && !two.test(line));
  return [
    { name: 'rule 1: one digest of an edition to a reader', violations: told(one) },
    {
      name: 'rule 2: the ledger agrees with the mail server, and all is at its end',
      violations: told(two).filter((line) => !one.test(line)),
    },
    {
      name: 'rule 3: no more under way at a kill than connections',
      violations: tooManyUnderWay(evidence),
    },
    {
      name: 'rule 4: none is lost; repeats are explained, and the same',
      violations: [...rest, ...changedNotices(evidence)],
      note: `${verdict.readers} owed, ${verdict.lost} lost, ${verdict.repeated} repeated of ${record.length}, at most ${verdict.bound}`,
    },
    {
      name: 'rule 5: nobody is mailed who has left, is paused, suppressed or deleted',
      violations: mailedAbsent(evidence),
    },
    {
      name: 'rule 6: no reader pays for what servers say of us',
      violations: wronglyRefused(evidence),
    },
    {
      name: 'rule 7: processes end in order when they are told to',
      violations: badStops(evidence),
    },
  ];
}

/** Digests that are owed: to whoever was there before the edition, and still is. */
function toOwed({ editions, refused }: SoakEvidence): string[] {
  return editions.flatMap(({ date, owed, from }) =>
    owed
      .filter(
        ({ state, activeSince }) => state === 'active' && (activeSince ?? from) < from - BEFORE,
      )
      .filter(({ email }) => !refused.has(email))
      .map(({ email }) => keyOf(email, `${date}:daily`)),
  );
}

/** Kills, and other moments in which a sender can lose what it knows of mails under way. */
function toStrikes({ killings, windows, record }: SoakEvidence): Struck[] {
  const begunBetween = (from: number, to: number) =>
    record
      .filter(({ begunAt }) => begunAt >= from - SECOND && begunAt <= to + SECOND)
      .map((mail) => keyOf(mail.to, mail.of));
  return [
    ...killings.map(({ underWay }) => underWay),
    ...windows
      // Ends of mails can't be written, or a clock that is set ahead ends all leases at once.
      .filter(({ kind }) => kind === 'store' || kind === 'clock')
      .map(({ kind, from, to, underWay }) => [
        ...underWay,
        ...(kind === 'store' ? begunBetween(from, to ?? from) : begunBetween(from, from)),
        ...(kind === 'clock' ? begunBetween(to ?? from, to ?? from) : []),
      ]),
  ].map((underWay) => ({ underWay, violations: [] }));
}

/**
 * The ledger as the verdict wants it, which knows no readers who leave: a mail that came is accepted;
 * what was refused or skipped and never came is no matter of the mail server's.
 */
function toLedger(
  { digests, record, people }: SoakEvidence,
  strikes: readonly Struck[],
): LedgerRow[] {
  const came = new Set(record.map((mail) => keyOf(mail.to, mail.of)));
  const explained = new Set(strikes.flatMap(({ underWay }) => underWay));
  for (const mail of record) if (mail.replyLost) explained.add(keyOf(mail.to, mail.of));
  const rows = digests.flatMap((row) => {
    const email = rowKey(row);
    const isOver = row.ended_at !== null;
    let { state } = row;
    if (state === 'bounced') state = 'accepted';
    if (isOver && ['refused', 'skipped', 'uncertain'].includes(state)) {
      if (!came.has(email)) return [];
      if (explained.has(email)) state = 'accepted';
    }
    return [{ email, state, unclaimedState: 'planned', worker: row.worker }];
  });
  const known = new Set(rows.map(({ email }) => email));
  // Whoever had everything deleted is in no ledger any more.
  const deleted = new Set(
    people.filter(({ state }) => state === 'deleted').map(({ email }) => email),
  );
  const gone = record.filter(({ to, isDigest }) => isDigest && deleted.has(to));
  const synthetic = new Set(gone.map((mail) => keyOf(mail.to, mail.of)));
  return [
    ...rows,
    ...[...synthetic]
      .filter((email) => !known.has(email))
      .map((email) => ({ email, state: 'accepted', unclaimedState: 'planned', worker: null })),
  ];
}

function tooManyUnderWay({ killings }: SoakEvidence): string[] {
  return killings
    .filter(({ underWay }) => underWay.length > CONNECTIONS)
    .map(
      ({ command, underWay }) =>
        `${command} had ${underWay.length} mails under way over ${CONNECTIONS} connections`,
    );
}

/** Notices are repeated like digests: as they were. */
function changedNotices({ record }: SoakEvidence): string[] {
  const first = new Map<string, string>();
  return record
    .filter(({ isDigest }) => !isDigest)
    .flatMap(({ messageId, sha256, to }) => {
      const known = first.get(messageId) ?? sha256;
      first.set(messageId, known);
      return known === sha256 ? [] : [`${to} got a notice again with other octets`];
    });
}

function mailedAbsent({ record, people }: SoakEvidence): string[] {
  const known = new Map(people.map((person) => [person.email, person]));
  return record.flatMap((mail) => {
    const absences = known.get(mail.to)?.absences ?? [];
    // Who pauses is told so, and who has left may ask for a new link.
    const isFor = (why: string) => mail.isDigest || why === 'suppressed' || why === 'deleted';
    const broken = absences.find(
      ({ why, from, to }) =>
        isFor(why) && mail.begunAt > from + GRACE && (to === null || mail.begunAt < to),
    );
    if (!broken) return [];
    const late = Math.round((mail.begunAt - broken.from) / SECOND);
    return [`${mail.to} got ${mail.of} ${late} s after they were ${broken.why}`];
  });
}

/** Only who has no mailbox is refused; only who bounced or complained is suppressed. */
function wronglyRefused({ digests, subscribers, people, refused }: SoakEvidence): string[] {
  const mayBe = new Set(
    people
      .filter(({ state }) => ['suppressed', 'unsure'].includes(state))
      .map(({ email }) => email),
  );
  return [
    ...digests
      .filter(({ email, state }) => state === 'refused' && !refused.has(email))
      .map((row) => `${rowKey(row)} was refused: ${row.reply}`),
    ...subscribers
      .filter(
        ({ email, state }) => state === 'suppressed' && !refused.has(email) && !mayBe.has(email),
      )
      .map(({ email }) => `${email} is suppressed, and nothing came back of it`),
  ];
}

function badStops({ drained }: SoakEvidence): string[] {
  return drained.stops
    .filter(({ code }) => code !== 0)
    .map(({ command, code }) => `${command} ended with ${code}`);
}
