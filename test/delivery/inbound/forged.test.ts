import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildMessageId } from '../../../src/mail/message-id.js';
import { ReturnPaths } from '../../../src/mail/return-path.js';
import { type TempStore, tempStore } from '../../store/temp-store.js';
import { arf, dsn } from '../../support/report-mails.js';
import { FROM, SECRET } from '../harness.js';
import { InboundDesk, returnPaths } from './desk.js';

let temp: TempStore;
let desk: InboundDesk;
const ids: Record<string, number> = {};
beforeAll(async () => {
  temp = await tempStore();
  desk = new InboundDesk(temp.store, temp.clock, temp.file);
  for (const name of ['ada', 'eve']) {
    ids[name] = await desk.send(await desk.reader(`${name}@reader.test`));
  }
});
afterAll(() => temp.close());

const others = new ReturnPaths(
  {
    bounceAddress: { prefix: 'bounces+', domain: 'example.org', plain: null },
    bounceVerp: true,
    readsBounces: true,
    mailFrom: FROM,
  },
  ['another secret'],
);

/** Letters of a key of ours that are not those that it has. */
const spoil = (text: string, letters: string) =>
  text.replace(/([a-z0-9]+)(@|$)/, (_, key: string, end: string) => {
    const kept = key.slice(0, key.length - letters.length - 6);
    const forged = `${kept}${letters}`.padEnd(key.length, 'a').slice(0, key.length);
    return `${forged === key ? `${forged.slice(0, -1)}7` : forged}${end}`;
  });

const letters = fc.string({
  unit: fc.constantFrom(...'abcdefghij234567'),
  minLength: 1,
  maxLength: 10,
});

/** Whatever somebody writes who knows all but our secret, and has Ada's mail as Eve forwarded it. */
const forged = fc.record({
  door: fc.constantFrom('smtp', 'imap', 'command'),
  make: fc.constantFrom(dsn, arf),
  address: fc.constantFrom('plain', 'spoilt', 'foreign', 'leaver', 'free'),
  envelope: fc.boolean(),
  free: fc.string(),
  letters,
  recipient: fc.constantFrom(null, 'ada@reader.test', 'mallory@reader.test'),
  messageId: fc.constantFrom('forged', 'foreign', 'other', 'none'),
  status: fc.constantFrom('5.1.1', '5.2.2', '4.4.7', null),
});

test('a forged report does nothing to anybody', async () => {
  const look = async () => [
    desk.mails(),
    await temp.store.subscribers.list({ after: 0, limit: 9 }),
    await temp.store.subscribers.findSuppressions(['ada@reader.test', 'eve@reader.test']),
  ];
  const before = await look();
  const id = ids['ada'] ?? 0;
  await fc.assert(
    fc.asyncProperty(forged, async (one) => {
      const ours = returnPaths.build('d', id).from;
      const leaver = `bounces+u1${id.toString(36)}${one.letters.padEnd(16, 'a')}@example.org`;
      const to = {
        plain: 'bounces@example.org',
        spoilt: spoil(ours, one.letters),
        foreign: others.build('d', id).from,
        leaver,
        free: one.free,
      }[one.address];
      // The Message-ID of Ada's mail is known to whoever got it; it counts for Ada alone.
      const isAdas = one.recipient === 'ada@reader.test';
      const key = { secret: isAdas ? 'guessed' : SECRET, domain: 'example.org' };
      const messageId = {
        forged: `<d${id.toString(36)}.${'0'.repeat(16)}@example.org>`,
        foreign: '<CAF+x@mail.provider.example>',
        other: buildMessageId('d', id, key),
        none: undefined,
      }[one.messageId];
      const { recipient, status } = one;
      const envelopeId = spoil(returnPaths.build('d', id).envelopeId, one.letters);
      const told = { to, recipient, status, envelopeId, ...(messageId && { messageId }) };
      const octets = one.make({ ...told, returned: `Return-Path: <${spoil(ours, one.letters)}>` });
      const via = one.door as 'smtp';
      const received = await desk.receive(octets, { via, recipients: one.envelope ? [to] : [] });
      for (const { action } of received) expect(action).toBe('none');
    }),
    { numRuns: 500 },
  );
  expect(await look()).toEqual(before);
  for (const name of ['ada', 'eve']) {
    const reader = await temp.store.subscribers.findByEmail(`${name}@reader.test`);
    expect(await temp.store.reports.loadReports(reader?.id ?? 0, 9)).toEqual([]);
  }
});

test('octets of any kind are received, and do nothing', async () => {
  const before = desk.mails();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (octets) => {
      for (const { action } of await desk.receive(octets)) expect(action).toBe('none');
    }),
    { numRuns: 100 },
  );
  expect(desk.mails()).toEqual(before);
});

test('of what proves nothing, a thousand a day are kept', async () => {
  for (let n = 0; n < 1_005; n++) await desk.receive(dsn({ reply: `550 ${n}` }));
  const all = (await temp.store.reports.countSince(0)).reduce((sum, { count }) => sum + count, 0);
  expect(all).toBe(1_000);
});
