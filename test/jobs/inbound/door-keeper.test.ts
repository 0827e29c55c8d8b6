import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { TIMING } from '../../../src/base/timing.js';
import { examineDoors } from '../../../src/jobs/doctor/examine-doors.js';
import type { InboundDoors } from '../../../src/jobs/inbound/doors.js';
import { runInbound } from '../../../src/jobs/inbound/run-inbound.js';
import type { Store } from '../../../src/store/store.js';
import { type Noted, notingLogger } from '../../sources/asking.js';
import { type TempStore, tempStore } from '../../store/temp-store.js';
import { freePort } from '../../support/program.js';
import { type RecordingInbound, recordingInbound } from '../../support/recording-inbound.js';
import { SmtpTalk } from '../../support/smtp-talk.js';

const MAIL = [
  'EHLO mx.test',
  'MAIL FROM:<>',
  'RCPT TO:<bounces+k@bounces.test>',
  'DATA',
  'Hm.\r\n.',
];

let temp: TempStore;
let ports: { smtpPort: number; lmtpPort: number | null };
let started: Started[];
beforeEach(async () => {
  temp = await tempStore();
  ports = { smtpPort: await freePort(), lmtpPort: null };
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((one) => one.stop()));
  await temp.close();
});

interface Started {
  inbound: RecordingInbound;
  noted: Noted;
  stop(): Promise<void>;
}

/** A process of the service, once it is open. */
async function start(
  name: string,
  {
    machine = 'papers',
    store = temp.store,
  }: { machine?: string; store?: Pick<Store, 'leases'> } = {},
): Promise<Started> {
  const inbound = recordingInbound();
  const noted = notingLogger();
  const stop = new AbortController();
  const place = { host: '127.0.0.1', name: 'papers.test', machine, fronts: [], isPiped: false };
  const doors: InboundDoors = { ...place, ...ports, tls: null, mailbox: null };
  const deps = { inbound, logger: noted.logger, leases: store.leases, clock: systemClock };
  const timing = { ...TIMING, renewEvery: 50 };
  const holder = `${machine}:${name}:x`;
  let ended: Promise<void> = Promise.resolve();
  const opened = new Promise<void>((open) => {
    ended = runInbound(doors, { ...deps, timing, holder }, stop.signal, open);
  });
  await Promise.race([opened, ended]);
  const one = {
    inbound,
    noted,
    stop: async () => {
      stop.abort();
      await ended;
    },
  };
  started.push(one);
  return one;
}

async function deliver(): Promise<void> {
  const client = await SmtpTalk.open(ports.smtpPort);
  await client.reply();
  expect(await client.codes(...MAIL)).toBe('250 250 250 354 250');
  client.end();
}

const eventsOf = ({ noted }: Started) => noted.lines.map((line) => line['event']);
const told = async (settings: { smtpPort: number | null; lmtpPort: number | null } = ports) =>
  (await examineDoors(settings, temp.store.leases)).map(({ told }) => told);

describe('two processes of one machine', () => {
  test('with the same settings both start, and the second takes over when the first ends', async () => {
    const first = await start('1');
    const second = await start('2');
    expect(second.noted.lines).toEqual([
      expect.objectContaining({ event: 'bounce_port_shared', level: 'warn', listens: 'papers:1' }),
    ]);
    await deliver();
    expect([first, second].map(({ inbound }) => inbound.mails.length)).toEqual([1, 0]);
    expect(await told()).toEqual([`papers:1 listens for them by SMTP at port ${ports.smtpPort}`]);
    await first.stop();
    await expect.poll(() => eventsOf(second), { timeout: 10_000 }).toContain('bounce_listening');
    await deliver();
    expect(second.inbound.mails).toHaveLength(1);
    await expect.poll(() => told()).toEqual([expect.stringContaining('papers:2 listens')]);
  });

  test('that start at the same moment both start, however the ports fall to them', async () => {
    ports.lmtpPort = await freePort();
    const both = await Promise.all([start('1'), start('2'), start('3')]);
    const events = both.flatMap(eventsOf);
    expect(events.filter((event) => event === 'bounce_listening')).toHaveLength(2);
    expect(events.filter((event) => event === 'bounce_port_shared')).toHaveLength(4);
    await deliver();
  });

  test('go on where the first was killed, and its lease is still there', async () => {
    await temp.store.leases.take(`listens smtp ${ports.smtpPort} papers`, 'papers:dead:x', 60_000);
    const next = await start('2');
    expect(eventsOf(next)).toEqual(['bounce_listening']);
    await deliver();
    temp.clock.advance(60_000);
    await expect.poll(() => told()).toEqual([expect.stringContaining('papers:2 listens')]);
  });
});

test('a port that another program has is told at the start', async () => {
  const stranger = createServer().listen(ports.smtpPort, '127.0.0.1');
  await once(stranger, 'listening');
  const elsewhere = `listens smtp ${ports.smtpPort} other-machine`;
  await temp.store.leases.take(elsewhere, 'other-machine:1:x', 60_000);
  await expect(start('1')).rejects.toMatchObject({ code: 'EADDRINUSE', port: ports.smtpPort });
  stranger.close();
});

test('several machines listen each, and doctor names all, or that there is none', async () => {
  expect(await told()).toEqual([`no process listens for them by SMTP at port ${ports.smtpPort}`]);
  await start('1');
  await temp.store.leases.take(`listens smtp ${ports.smtpPort} second`, 'second:7:x', 60_000);
  expect(await told()).toEqual([expect.stringContaining('papers:1, second:7 listens')]);
  expect(await told({ smtpPort: null, lmtpPort: null })).toEqual([]);
});
