import type { Check } from './check-ledger.js';
import type { SoakMail } from './mail-room.js';
import type { Person } from './people.js';
import { CONNECTIONS, LIMITS } from './place.js';
import type { SoakEvidence } from './soak-evidence.js';

const HOUR = 3_600_000;
/** The share of the requests of a route that a busy machine may turn away, and what is too few to tell. */
const OVERLOAD_SHARE = 0.05;
const FEW = 3;
/** Budgets count a mail as it is claimed; so many may be a moment later. */
const SLACK = 2 * CONNECTIONS;

/** The invariants of docs/THREATS.md, as far as a run can show them. */
export function checkPeople(evidence: SoakEvidence): Check[] {
  const { sinks, floods, pages, drained, afterRestarts, deaths } = evidence;
  return [
    { name: 'no process ends by itself', violations: [...deaths] },
    {
      name: 'no error 500; 503 with Retry-After, and only while the store can not be written',
      violations: [...pages.faults, ...turnedAway(pages)],
      note: `${[...pages.statuses]
        .sort()
        .map(([status, n]) => `${status}: ${n}`)
        .join(
          ', ',
        )}; ${[...pages.routes.values()].reduce((sum, { overloaded }) => sum + overloaded, 0)} turned away by a machine that does not keep up`,
    },
    { name: 'mails that strangers cause are bounded', violations: unboundedNotices(evidence) },
    {
      name: 'no stranger delays a digest',
      violations: floods
        .filter(({ digestsWent }) => !digestsWent)
        .map(() => 'an edition was not out before the flood was over'),
      note: `${floods.length} floods`,
    },
    {
      name: 'data is text in every sink',
      violations: [
        ...sinks.markup.map((page) => `${page} has markup of a paper or a reader`),
        ...sinks.injected.map((id) => `${id} has a header field of a paper or a reader`),
        ...(sinks.controls > 0
          ? [`logs and answers have ${sinks.controls} control characters`]
          : []),
        ...(sinks.formulas > 0 ? [`the export has ${sinks.formulas} formulas`] : []),
      ],
    },
    {
      name: 'leaving always works',
      violations: [
        ...(drained.leaving > 0 ? [`${drained.leaving} readers never had an answer`] : []),
        ...notGone(evidence),
      ],
      note: `${evidence.askedOnce.length} asked once, while the store could not be written`,
    },
    {
      name: 'leaving works right after a start',
      violations: afterRestarts
        .filter((status) => status !== 200)
        .map((status) => `it was answered with ${status}`),
      note: `${afterRestarts.length} starts`,
    },
    { name: 'what readers were answered is so', violations: brokenWord(evidence) },
    deletedIsGone(evidence),
  ];
}

/** Overload hits all routes now and then: a route that says it often is broken. */
function turnedAway({ routes }: SoakEvidence['pages']): string[] {
  return [...routes]
    .filter(([, { asked, overloaded }]) => overloaded > Math.max(FEW, asked * OVERLOAD_SHARE))
    .map(([route, { asked, overloaded }]) => `${route} turned away ${overloaded} of ${asked}`);
}

/** To one mailbox, to one domain, in all. A repeat is no mail of its own. */
function unboundedNotices({ record, people }: SoakEvidence): string[] {
  const notices = new Map<string, SoakMail>();
  for (const mail of record) {
    if (!mail.isDigest && mail.of !== 'operator') notices.set(mail.messageId, mail);
  }
  const mails = [...notices.values()];
  const strangers = mails.filter(
    ({ to }) => !people.some(({ email, state }) => email === to && state === 'active'),
  );
  const mailboxes = countBy(
    mails.filter(({ of }) => of === 'confirm'),
    ({ to }) => toMailbox(to),
  );
  const domains = countBy(
    uniqueBy(strangers, ({ to }) => toMailbox(to)),
    ({ to }) => to.split('@')[1] ?? '',
  );
  const hours = countBy(mails, ({ theirTime }) => String(Math.floor(theirTime / HOUR)));
  return [
    ...over(mailboxes, LIMITS.perMailbox, 'confirmations to'),
    ...over(domains, LIMITS.perDomain, 'mailboxes of'),
    ...over(hours, LIMITS.perHour + SLACK, 'notices in the hour'),
  ];
}

function over(counts: Map<string, number>, most: number, what: string): string[] {
  return [...counts]
    .filter(([, n]) => n > most)
    .map(([of, n]) => `${n} ${what} ${of}, at most ${most}`);
}

/** The mailbox behind an address: `+tags`, and Gmail's dots. */
function toMailbox(address: string): string {
  const [local = '', domain = ''] = address.toLowerCase().split('@');
  const [name = ''] = local.split('+');
  const isGmail = ['gmail.com', 'googlemail.com'].includes(domain);
  return isGmail ? `${name.replaceAll('.', '')}@gmail.com` : `${name}@${domain}`;
}

function countBy<T>(all: readonly T[], key: (one: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(key(one), (counts.get(key(one)) ?? 0) + 1);
  return counts;
}

function uniqueBy<T>(all: readonly T[], key: (one: T) => string): T[] {
  return [...new Map(all.map((one) => [key(one), one])).values()];
}

/** Who asked once, while the store could not be written, is gone all the same unless `serve` was killed. */
function notGone({ askedOnce, subscribers, killings, windows }: SoakEvidence): string[] {
  const states = new Map(subscribers.map(({ email, state }) => [email.toLowerCase(), state]));
  return askedOnce.flatMap(({ person, at }) => {
    const until =
      windows.find(({ kind, from, to }) => kind === 'store' && from <= at && (to ?? at) >= at)
        ?.to ?? at;
    const wasKilled = killings.some(
      (one) => one.command === 'serve' && one.at >= at && one.at < until + 15_000,
    );
    const state = states.get(person.email);
    if (wasKilled || state === undefined || !['active', 'paused'].includes(state)) return [];
    return [`${person.email} asked once to leave, and is ${state}`];
  });
}

const STATES: Partial<Record<Person['state'], string | undefined>> = {
  active: 'active',
  paused: 'paused',
  left: 'unsubscribed',
  suppressed: 'suppressed',
};

/** Whoever was told that something is done finds it done, kills and full disks or not. */
function brokenWord({ people, subscribers, refused }: SoakEvidence): string[] {
  const states = new Map(subscribers.map(({ email, state }) => [email.toLowerCase(), state]));
  return people.flatMap(({ email, state, absences }) => {
    const wanted = STATES[state];
    const found = states.get(email);
    if (state === 'deleted' && found !== undefined)
      return [`${email} is ${found}, and was deleted`];
    if (wanted === undefined || found === wanted || refused.has(email)) return [];
    return [
      `${email} is ${found ?? 'not there'}, and was told otherwise: ${absences.at(-1)?.by ?? state}`,
    ];
  });
}

function deletedIsGone({ kept, people }: SoakEvidence): Check {
  const deleted = people.filter(({ state }) => state === 'deleted').length;
  return {
    name: 'what was deleted is gone',
    violations: (kept ?? []).map((email) => `${email} is in a file of the store`),
    note: kept === null ? 'files of a database were not looked at' : `${deleted} deleted`,
  };
}
