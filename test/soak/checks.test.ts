import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { checkMemory, memorySeries } from './check-memory.js';
import { FaultRunner, SERVE_KILLED } from './faults.js';
import type { SoakMail } from './mail-room.js';
import type { Person } from './people.js';
import type { MemorySample } from './programs.js';
import type { DigestRow, SoakEvidence } from './soak-evidence.js';
import { checkAll, reportSoak } from './soak-report.js';
import { SoakSite } from './soak-site.js';

const ADA = 'ada@reader.test';
const BOB = 'bob@reader.test';
const DATE = '2026-03-02';
const MINUTE = 60_000;
const MB = 1_048_576;

const digest = (to: string, changes: Partial<SoakMail> = {}): SoakMail => ({
  ...{ messageId: `<d of ${to}>`, to, sha256: `octets for ${to}`, at: MINUTE, begunAt: MINUTE },
  ...{ replyLost: false, theirTime: MINUTE, from: '', of: `${DATE}:daily`, isDigest: true },
  ...changes,
});

let notices = 0;
const notice = (to: string, changes: Partial<SoakMail> = {}): SoakMail =>
  digest(to, { messageId: `<n${++notices}>`, of: 'confirm', isDigest: false, ...changes });

const row = (email: string, changes: Partial<DigestRow> = {}): DigestRow => ({
  ...{ email, date: DATE, kind: 'daily', state: 'accepted', worker: 'vm:1:a', reply: '250 Ok' },
  ...{ ended_at: MINUTE, ...changes },
});

const person = (email: string, changes: Partial<Person> = {}): Person => ({
  ...{ email, domain: 'reader.test', state: 'active', activeSince: 0, absences: [] },
  ...{ confirm: null, unsubscribe: null, preferences: null, digest: null, mails: new Set() },
  ...changes,
});

const away = (why: Person['absences'][number]['why'], from: number, to: number | null = null) => [
  { why, by: why, from, to },
];

/** A run in which all went well, but for what is changed. */
function evidence(changes: Partial<SoakEvidence> = {}): SoakEvidence {
  const people = changes.people ?? [person(ADA), person(BOB)];
  return {
    ...{ record: [digest(ADA), digest(BOB)], digests: [row(ADA), row(BOB)], people },
    editions: [{ date: DATE, owed: people, from: MINUTE, to: 2 * MINUTE }],
    subscribers: people.map(({ email }) => ({ email, state: 'active' })),
    ...{ windows: [], killings: [], memory: [], deaths: [], refused: new Set<string>() },
    drained: { ms: 0, open: 0, leaving: 0, stops: [{ command: 'serve', code: 0, ms: 1 }] },
    pages: { statuses: new Map(), unanswered: 0, routes: new Map(), faults: [] },
    sinks: { markup: [], injected: [], controls: 0, formulas: 0 },
    ...{ floods: [{ digestsWent: true }], afterRestarts: [200], askedOnce: [], kept: [] },
    ...{ tally: new Map(), codes: new Map(), skipped: new Map() },
    ...changes,
  };
}

/** The first words of the checks that a run breaks. */
const broken = (changes: Partial<SoakEvidence>) =>
  checkAll(evidence(changes), undefined, true)
    .filter(({ violations }) => violations.length > 0)
    .map(({ name }) => name);
const starting = (...names: string[]) =>
  names.map((name) => expect.stringMatching(new RegExp(`^${name}`)));

test('a run in which all went well breaks nothing, and says so', () => {
  expect(broken({})).toEqual([]);
  const report = reportSoak(evidence(), checkAll(evidence()));
  expect(report.filter((line) => line.includes('BROKEN'))).toEqual([]);
  expect(report.filter((line) => line.includes('kept  ')).length).toBeGreaterThanOrEqual(16);
});

describe('each check can be broken:', () => {
  test.each<[string, Partial<SoakEvidence>, string[]]>([
    [
      'two digests of one edition under two ids',
      { record: [digest(ADA), digest(BOB), digest(ADA, { messageId: '<other>' })] },
      ['rule 1', 'rule 4'],
    ],
    ['a delivery that is there twice', { digests: [row(ADA), row(BOB), row(BOB)] }, ['rule 1']],
    [
      'a mail that the ledger takes for skipped',
      { digests: [row(ADA, { state: 'skipped' }), row(BOB)] },
      ['rule 2'],
    ],
    [
      'a mail that is still to be tried',
      { digests: [row(ADA, { state: 'deferred', ended_at: null }), row(BOB)] },
      ['rule 2'],
    ],
    ['a mail that never came', { record: [digest(ADA)] }, ['rule 2', 'rule 4']],
    ['somebody who was never planned', { record: [digest(ADA)], digests: [row(ADA)] }, ['rule 4']],
    [
      'a repeat that nothing explains',
      { record: [digest(ADA), digest(ADA), digest(BOB)] },
      ['rule 4'],
    ],
    [
      'a repeat with other octets',
      { record: [digest(ADA, { replyLost: true }), digest(ADA, { sha256: 'x' }), digest(BOB)] },
      ['rule 4'],
    ],
    [
      'a notice with other octets',
      {
        record: [
          ...[digest(ADA), digest(BOB), notice(ADA, { messageId: '<n>' })],
          notice(ADA, { messageId: '<n>', sha256: 'x' }),
        ],
      },
      ['rule 4'],
    ],
    [
      'more under way than connections',
      { killings: [{ command: 'worker', pid: 1, at: 0, underWay: Array(5).fill('x') }] },
      ['rule 3'],
    ],
    [
      'a digest to somebody who has left',
      { people: [person(ADA), person(BOB, { state: 'unsure', absences: away('left', 0) })] },
      ['rule 5'],
    ],
    [
      'a notice to somebody who complained',
      {
        people: [
          person(ADA),
          person(BOB, { state: 'unsure', absences: away('suppressed', 70_000) }),
        ],
        record: [digest(ADA), digest(BOB), notice(BOB, { begunAt: 90_000 })],
      },
      ['rule 5'],
    ],
    [
      'somebody refused who has a mailbox',
      { people: [], record: [digest(ADA)], digests: [row(ADA), row(BOB, { state: 'refused' })] },
      ['rule 6'],
    ],
    [
      'somebody suppressed for nothing',
      {
        subscribers: [
          { email: ADA, state: 'active' },
          { email: BOB, state: 'suppressed' },
        ],
      },
      ['rule 6', 'what readers were answered'],
    ],
    [
      'a process that does not stop in order',
      { drained: { ...evidence().drained, stops: [{ command: 'serve', code: 1, ms: 1 }] } },
      ['rule 7'],
    ],
    ['a process that ends by itself', { deaths: ['serve ended with 1'] }, ['no process']],
    ['an error 500', { pages: { ...evidence().pages, faults: ['GET / 500'] } }, ['no error 500']],
    ['a mailbox that is flooded', { record: evidence().record.concat(tagged(4)) }, ['mails that']],
    ['a domain that is flooded', { record: evidence().record.concat(boxes(21)) }, ['mails that']],
    ['all notices in one hour', { record: evidence().record.concat(domains(300)) }, ['mails that']],
    ['a digest that waits for a flood', { floods: [{ digestsWent: false }] }, ['no stranger']],
    ['markup', { sinks: { ...evidence().sinks, markup: ['GET /'] } }, ['data is text']],
    ['a header field', { sinks: { ...evidence().sinks, injected: ['<d1>'] } }, ['data is text']],
    ['terminal codes', { sinks: { ...evidence().sinks, controls: 1 } }, ['data is text']],
    ['formulas', { sinks: { ...evidence().sinks, formulas: 1 } }, ['data is text']],
    [
      'somebody who never could leave',
      { drained: { ...evidence().drained, leaving: 1 } },
      ['leaving always'],
    ],
    [
      'somebody who asked once, while the disk was full',
      { askedOnce: [{ person: person(ADA), at: 5 }] },
      ['leaving always'],
    ],
    ['no answer after a start', { afterRestarts: [200, null] }, ['leaving works right']],
    [
      'somebody who was told that they left',
      { people: [person(ADA), person(BOB, { state: 'left', absences: away('left', 70_000) })] },
      ['what readers were answered'],
    ],
    [
      'somebody deleted who is there',
      {
        people: [person(ADA), person(BOB, { state: 'deleted', absences: away('deleted', 70_000) })],
      },
      ['what readers were answered'],
    ],
    ['a deleted address in a file', { kept: [BOB] }, ['what was deleted']],
    ['memory that grows', { memory: growing(2) }, ['memory is flat']],
    ['a worker whose memory grows', { memory: growing(2, 'worker') }, ['memory is flat']],
    [
      'a form that turns everybody away',
      { pages: { ...evidence().pages, routes: turning('POST /subscribe', 40, 40) } },
      ['no error 500'],
    ],
    [
      'a form that turns one of ten away',
      { pages: { ...evidence().pages, routes: turning('POST /subscribe', 100, 10) } },
      ['no error 500'],
    ],
    [
      'a disk that could have been filled',
      { skipped: new Map([['the disk is full', 'only who may mount a small disk can fill it']]) },
      ['a disk was filled'],
    ],
  ])('%s', (_what, changes, names) => {
    expect(broken(changes)).toEqual(starting(...names));
  });
});

describe('what explains a repeat:', () => {
  const record = [digest(ADA), digest(BOB), digest(ADA, { at: 2 * MINUTE, begunAt: 2 * MINUTE })];
  const of = `${ADA} ${DATE}:daily`;
  const window = { name: '', from: 100_000, to: 110_000, underWay: [of] };

  test.each<[string, Partial<SoakEvidence>]>([
    ['a reply that was lost', { record: [digest(ADA, { replyLost: true }), ...record.slice(1)] }],
    ['a kill', { killings: [{ command: 'send', pid: 1, at: MINUTE, underWay: [of] }] }],
    ['a store that could not be written', { windows: [{ ...window, kind: 'store' }] }],
    ['a clock that was set ahead', { windows: [{ ...window, kind: 'clock' }] }],
  ])('%s', (_what, changes) => {
    expect(broken({ record, ...changes })).toEqual([]);
  });

  test('but not a kill or a fault that had other mails under way', () => {
    const underWay = [`${BOB} ${DATE}:daily`];
    const killings = [{ command: 'send', pid: 1, at: MINUTE, underWay } as const];
    expect(broken({ record, killings })).toEqual(starting('rule 4'));
    expect(broken({ record, windows: [{ ...window, kind: 'mail' }] })).toEqual(starting('rule 4'));
  });
});

test('whoever left, was refused or came later is owed nothing', () => {
  const late = person(ADA, { activeSince: MINUTE });
  const left = person(BOB, { state: 'left', activeSince: null });
  const subscribers = [
    { email: ADA, state: 'active' },
    { email: BOB, state: 'unsubscribed' },
  ];
  expect(broken({ people: [late, left], record: [], digests: [], subscribers })).toEqual([]);
});

describe('memory', () => {
  test('that falls, or is high only at first, is flat', () => {
    expect(checkMemory(growing(0.5)).violations).toEqual([]);
    const [first, ...rest] = growing(1);
    expect(checkMemory(first ? [{ ...first, rss: 900 * MB }, ...rest] : []).violations).toEqual([]);
  });

  test('of few samples is not judged, and says so', () => {
    expect(checkMemory(growing(9).slice(0, 10))).toMatchObject({
      violations: [],
      note: expect.stringContaining('not measured'),
    });
  });

  test('is told in few figures for each process', () => {
    const [line = ''] = memorySeries(growing(2));
    expect(line).toMatch(/^serve 1: 100 .* MB$/);
    expect(line.split(' ').length).toBeLessThanOrEqual(16);
  });
});

/** A process that holds so many times as much at its end. */
function growing(times: number, command: MemorySample['command'] = 'serve'): MemorySample[] {
  return Array.from({ length: 100 }, (_, n) => ({
    ...{ command, pid: 1, at: n },
    rss: 100 * MB * (1 + ((times - 1) * n) / 99),
  }));
}

const tagged = (count: number) =>
  Array.from({ length: count }, (_, n) => notice(`v.ictim+${n}@googlemail.com`));
const boxes = (count: number) =>
  Array.from({ length: count }, (_, n) => notice(`box${n}@flooded.test`));
const domains = (count: number) =>
  Array.from({ length: count }, (_, n) => notice(`box@f${n}.test`));

function turning(route: string, asked: number, overloaded: number) {
  return new Map([[route, { asked, overloaded }]]);
}

test('a machine that does not keep up may turn away a few', () => {
  const routes = turning('POST /subscribe', 100, 4);
  expect(broken({ pages: { ...evidence().pages, routes } })).toEqual([]);
});

describe('an answer is judged', () => {
  const runner = () => new FaultRunner(async () => []);
  async function ask(status: number, body: string, faults = runner()) {
    const server = createServer((_request, response) => {
      if (status === 0) return response.destroy();
      return response.writeHead(status, { 'retry-after': '60' }).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const site = new SoakSite(`http://127.0.0.1:${port}`, () => 0.5, faults);
    await site.ask('POST', '/subscribe', {});
    server.close();
    return site;
  }

  test('503 while the store is well, with another code than that of overload', async () => {
    expect((await ask(503, '{"code":"overloaded"}')).faults).toEqual([]);
    expect((await ask(503, '<p>Too many requests at once.</p>')).faults).toEqual([]);
    for (const body of ['{"code":"store_full"}', '{"code":"busy"}', '<p>Nothing</p>']) {
      expect((await ask(503, body)).faults, body).toHaveLength(1);
    }
  });

  test('none at all, while serve was not killed', async () => {
    expect((await ask(0, '')).faults).toHaveLength(1);
    const faults = runner();
    const now = Date.now();
    faults.windows.push({ name: SERVE_KILLED, kind: 'kill', from: now, to: null, underWay: [] });
    expect((await ask(0, '', faults)).faults).toEqual([]);
    const other = runner();
    other.windows.push({
      ...{ name: 'worker is killed', kind: 'kill', from: now },
      to: null,
      underWay: [],
    });
    expect((await ask(0, '', other)).faults).toHaveLength(1);
  });
});
