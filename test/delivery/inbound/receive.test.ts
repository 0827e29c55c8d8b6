import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Subscriber } from '../../../src/subscribers/subscriber.js';
import { HOUR } from '../../store/clock.js';
import { found } from '../../store/contract/dialect.js';
import { type TempStore, tempStore } from '../../store/temp-store.js';
import { arf, dsn, plain } from '../../support/report-mails.js';
import { claimNotice, enqueueNotice } from '../harness.js';
import { event, InboundDesk, returnPaths } from './desk.js';

const ADA = 'ada@reader.test';

let temp: TempStore;
let desk: InboundDesk;
let ada: Subscriber;
beforeEach(async () => {
  temp = await tempStore();
  desk = new InboundDesk(temp.store, temp.clock, temp.file);
  ada = await desk.reader();
});
afterEach(() => temp.close());

const pathOf = (id: number) => returnPaths.build('d', id).from;
const storyOf = async () =>
  (await temp.store.reports.loadReports(ada.id, 99)).map(({ kind, trust, action }) => ({
    kind,
    trust,
    action,
  }));

describe('a bounce is known', () => {
  test.each<[string, string, (id: number) => [octets: Uint8Array, recipients: string[]]]>([
    ['by the recipient of its envelope', 'return-path', (id) => [dsn(), [pathOf(id)]]],
    ['by the address in its header', 'return-path', (id) => [dsn({ to: pathOf(id) }), []]],
    [
      'whoever its recipient is, since mail is forwarded',
      'return-path',
      (id) => [dsn({ recipient: 'other@elsewhere.test' }), [pathOf(id)]],
    ],
    ['without any recipient', 'return-path', (id) => [dsn({ recipient: null }), [pathOf(id)]]],
    [
      'by the id of the envelope',
      'envelope-id',
      (id) => [dsn({ envelopeId: returnPaths.build('d', id).envelopeId }), ['bounces@example.org']],
    ],
    [
      'by the return path in what is returned',
      'return-path',
      (id) => [dsn({ returned: `Return-Path: <${pathOf(id)}>` }), []],
    ],
    [
      'by its Message-ID and recipient',
      'message-id',
      (id) => [dsn({ messageId: desk.messageId({ kind: 'd', id }) }), []],
    ],
    [
      'by both, however they are written',
      'message-id',
      (id) => [
        dsn({
          messageId: desk.messageId({ kind: 'd', id }).toUpperCase(),
          recipient: 'ADA@Reader.TEST',
        }),
        [],
      ],
    ],
  ])('%s', async (_how, trust, make) => {
    const id = await desk.send(ada);
    const [octets, recipients] = make(id);
    const received = await desk.receive(octets, { recipients });
    expect(received).toMatchObject([{ kind: 'permanent', status: '5.1.1', action: 'suppressed' }]);
    expect(desk.state(id)).toBe('bounced');
    expect(await storyOf()).toEqual([{ kind: 'permanent', trust, action: 'suppressed' }]);
    expect(await desk.suppression()).toMatchObject({
      reason: 'bounce',
      detail: '550 5.1.1 No such user',
    });
  });

  test('of a notice as of a delivery', async () => {
    const pending = await temp.store.subscribers.request('bob@reader.test', {}, temp.clock.now());
    await enqueueNotice(temp.store, pending, 'confirm', temp.clock.now());
    const { id } = await claimNotice(temp.store);
    await temp.store.notices.advance('composing', {
      results: [],
      begin: [{ id, route: 'smtp', again: false }],
    });
    const outcome = { kind: 'accepted', reply: '250 Ok' } as const;
    await temp.store.notices.advance('composing', {
      results: [{ id, outcome, retryIn: null }],
      begin: [],
    });
    const { from } = returnPaths.build('n', id);
    expect(await desk.receive(dsn({ recipient: pending.email }), { recipients: [from] })).toEqual([
      { kind: 'permanent', recipient: pending.email, status: '5.1.1', action: 'suppressed' },
    ]);
    expect(desk.state(id, 'notices')).toBe('bounced');
    expect((await temp.store.subscribers.find(pending.id))?.state).toBe('suppressed');
  });

  test('by the report of its own recipient, where a list at their end has more', async () => {
    const id = await desk.send(ada);
    const text = new TextDecoder().decode(dsn({ to: pathOf(id) }));
    const both = text.replace(
      'Final-Recipient: rfc822; ada@reader.test',
      'Final-Recipient: rfc822; eve@reader.test\r\nFinal-Recipient: rfc822; ada@reader.test',
    );
    expect((await desk.receive(plain([both]))).map(({ action }) => action)).toEqual([
      'none',
      'suppressed',
    ]);
  });
});

describe('a bounce does nothing', () => {
  test.each<[string, (id: number) => [octets: Uint8Array, recipients: string[]]]>([
    ['by a recipient alone', () => [dsn(), ['bounces@example.org']]],
    [
      'by the Message-ID of a mail to somebody else',
      (id) => [
        dsn({ messageId: desk.messageId({ kind: 'd', id }), recipient: 'eve@reader.test' }),
        [],
      ],
    ],
    [
      'by a Message-ID without a recipient',
      (id) => [dsn({ messageId: desk.messageId({ kind: 'd', id }), recipient: null }), []],
    ],
    ['by a forged Message-ID', () => [dsn({ messageId: '<d1.0123456789abcdef@example.org>' }), []]],
    ['by a forged key', (id) => [dsn(), [pathOf(id).replace(/.{4}@/, 'aaaa@')]]],
    ['by a forged id of the envelope', () => [dsn({ envelopeId: 'd11abcdefghijklmnop' }), []]],
    ['by the key of a mail that was never there', () => [dsn(), [pathOf(99_999)]]],
  ])('%s', async (_how, make) => {
    const id = await desk.send(ada);
    const before = [desk.mails(), await temp.store.subscribers.find(ada.id)];
    const [octets, recipients] = make(id);
    const received = await desk.receive(octets, { recipients });
    expect(received).toMatchObject([{ kind: 'permanent', action: 'none' }]);
    expect([desk.mails(), await temp.store.subscribers.find(ada.id)]).toEqual(before);
    expect(await desk.suppression()).toBeNull();
    expect(await storyOf()).toEqual([]);
    expect(await temp.store.reports.countSince(0)).toEqual([
      { kind: 'permanent', action: 'none', count: 1 },
    ]);
  });

  test('twice: the same report is written once, whatever its way', async () => {
    const id = await desk.send(ada);
    expect(await desk.bounce(id)).toBe('suppressed');
    expect(await desk.bounce(id)).toBe('repeated');
    const again = dsn({ messageId: desk.messageId({ kind: 'd', id }) });
    expect(await desk.receive(again, { via: 'imap' })).toMatchObject([{ action: 'repeated' }]);
    expect(await storyOf()).toHaveLength(1);
  });

  test('but not as the same thing: after a delay, a mail that fails with the same code bounces', async () => {
    const id = await desk.send(ada);
    const told = { to: pathOf(id), status: '4.4.1' };
    const delayed = await desk.receive(dsn({ ...told, action: 'delayed' }));
    expect(delayed).toMatchObject([{ action: 'counted' }]);
    expect(desk.state(id)).toBe('accepted');
    expect(await desk.receive(dsn(told))).toMatchObject([{ action: 'counted' }]);
    expect(desk.state(id)).toBe('bounced');
  });

  test('on another day: a folder may be handed in again and again', async () => {
    const id = await desk.send(ada);
    expect(await desk.bounce(id)).toBe('suppressed');
    temp.clock.advance(3 * 24 * 3_600_000);
    expect(await desk.bounce(id)).toBe('repeated');
    expect(await storyOf()).toHaveLength(1);
  });

  test('a complaint that is read again after the operator lifted its suppression', async () => {
    const id = await desk.send(ada);
    const complaint = arf({ to: pathOf(id) });
    expect(await desk.receive(complaint)).toMatchObject([{ action: 'suppressed' }]);
    const known = await desk.suppression();
    if (!known) throw new Error('Nothing was suppressed.');
    temp.clock.advance(3 * 24 * 3_600_000);
    await temp.store.subscribers.unsuppress(known, {
      ...{ at: temp.clock.now(), event: 'unsuppressed', reason: 'operator', detail: null },
    });
    expect(await desk.receive(complaint)).toMatchObject([{ action: 'repeated' }]);
    // As another mail about the same one, too.
    const other = arf({ to: pathOf(id), returned: 'X-Read: again' });
    expect(await desk.receive(other)).not.toMatchObject([{ action: 'suppressed' }]);
    expect(await desk.suppression()).toBeNull();
  });

  test('when it is told in a dry run, but what it would do is said', async () => {
    const id = await desk.send(ada);
    const octets = dsn({ to: pathOf(id) });
    const dry = await desk.receive(octets, {}, { dryRun: true });
    expect(desk.state(id)).toBe('accepted');
    expect(await storyOf()).toEqual([]);
    expect(await desk.receive(octets)).toEqual(dry);
    expect(desk.state(id)).toBe('bounced');
  });

  test('but it asks for another try while its mail is being sent', async () => {
    const id = await desk.send(ada);
    const { store } = temp;
    const bounced = () => desk.bounce(id);
    const file = new (await import('better-sqlite3')).default(temp.file);
    file.exec(`update deliveries set state = 'sending', ended_at = null, lease_until = 9e15`);
    await expect(bounced()).rejects.toMatchObject({ code: 'mail_under_way' });
    expect(await store.reports.countSince(0)).toEqual([]);
    file.exec(`update deliveries set state = 'accepted', ended_at = 1, lease_until = null`);
    file.close();
    expect(await bounced()).toBe('suppressed');
  });
});

describe('what is no bounce leaves the ledger as it is', () => {
  test.each([
    ['a delay by its action', { status: '4.4.1', action: 'delayed' }, 'temporary'],
    ['a delay of something odd', { status: '5.2.1', action: 'delayed' }, 'temporary'],
  ] as const)('%s', async (_what, told, kind) => {
    const id = await desk.send(ada);
    const to = pathOf(id);
    const received = await desk.receive(dsn({ ...told, to }));
    expect(received).toMatchObject([{ kind, action: 'counted' }]);
    expect(desk.state(id)).toBe('accepted');
  });

  test('an answer of somebody on holiday, of which nothing is kept', async () => {
    const id = await desk.send(ada);
    const lines = ['From: ada@reader.test', `To: ${pathOf(id)}`, 'Auto-Submitted: auto-replied'];
    const received = await desk.receive(plain([...lines, 'Subject: Out of office', '', 'Away.']));
    expect(received).toMatchObject([{ kind: 'auto-reply', action: 'none' }]);
    expect(desk.state(id)).toBe('accepted');
    expect(await temp.store.reports.countSince(0)).toEqual([]);
  });

  test('anything else to a return path, which is counted', async () => {
    const id = await desk.send(ada);
    const lines = ['From: ada@reader.test', `To: ${pathOf(id)}`, 'Subject: Hello', '', 'Hm.'];
    expect(await desk.receive(plain(lines))).toMatchObject([
      { kind: 'unknown', action: 'counted' },
    ]);
    expect(desk.state(id)).toBe('accepted');
  });
});

test.each([
  ['full', '5.2.2'],
  ['policy', '5.7.1'],
  ['temporary', '4.4.7'],
  ['temporary', '5.2.1'],
] as const)(
  'a mail that failed as %s (%s) is bounced, and its reader stays',
  async (kind, status) => {
    const id = await desk.send(ada);
    expect(await desk.bounce(id, { status })).toBe('counted');
    expect(desk.state(id)).toBe('bounced');
    expect(await storyOf()).toEqual([{ kind, trust: 'return-path', action: 'counted' }]);
    expect(await desk.suppression()).toBeNull();
  },
);

describe('a complaint', () => {
  test('suppresses at once, with the provider’s id of it, and the mail stays accepted', async () => {
    const id = await desk.send(ada);
    const octets = arf({ returned: `Return-Path: <${pathOf(id)}>`, feedbackId: 'f-17' });
    expect(await desk.receive(octets)).toMatchObject([{ kind: 'complaint', action: 'suppressed' }]);
    expect(await desk.suppression()).toMatchObject({
      reason: 'complaint',
      detail: expect.stringContaining('f-17'),
    });
    expect(desk.state(id)).toBe('accepted');
    expect((await temp.store.subscribers.find(ada.id))?.state).toBe('suppressed');
  });

  test('is believed by a Message-ID only of the reader to whom it went', async () => {
    const id = await desk.send(ada);
    const messageId = desk.messageId({ kind: 'd', id });
    await desk.receive(arf({ messageId, recipient: 'eve@reader.test' }));
    await desk.receive(arf({ messageId }));
    expect(await desk.suppression()).toBeNull();
    await desk.receive(arf({ messageId, recipient: ADA }));
    expect(await desk.suppression()).toMatchObject({ reason: 'complaint' });
  });

  test('counts more than a bounce, and neither an import nor the owner undoes it', async () => {
    const id = await desk.send(ada);
    await desk.bounce(id);
    await desk.receive(arf({ returned: `Return-Path: <${pathOf(id)}>` }));
    expect(await desk.suppression()).toMatchObject({ reason: 'complaint' });
    expect(await temp.store.subscribers.importActive(ADA, {}, 1)).toBeNull();
    expect(await desk.suppression()).toMatchObject({ reason: 'complaint' });
  });
});

describe('a mail by which a reader leaves', () => {
  const leave = () => {
    const { pathname } = new URL(found(returnPaths.buildUnsubscribeMailto(ada.id)));
    return decodeURIComponent(pathname);
  };
  const mail = (subject: string) =>
    plain(['From: other@reader.test', `To: ${leave()}`, `Subject: ${subject}`, '', '']);

  test.each(['unsubscribe', '', 'Please'])('works with the subject "%s"', async (subject) => {
    const received = await desk.receive(mail(subject), { recipients: [leave()] });
    expect(received).toMatchObject([{ kind: 'unsubscribe', action: 'unsubscribed' }]);
    expect((await temp.store.subscribers.find(ada.id))?.state).toBe('unsubscribed');
    const consents = await temp.store.subscribers.consents(ada.id);
    expect(consents.at(-1)).toMatchObject({ event: 'unsubscribed', via: 'mail', ip: null });
    expect(await desk.receive(mail(subject))).toMatchObject([{ action: 'repeated' }]);
  });

  test('works again for who has come back, but not by the same mail', async () => {
    await desk.receive(mail('unsubscribe'));
    const { round } = await temp.store.subscribers.request(ADA, {}, temp.clock.now());
    await temp.store.subscribers.confirm(ada.id, round, temp.clock.now());
    expect(await desk.receive(mail('unsubscribe'))).toMatchObject([{ action: 'repeated' }]);
    expect((await temp.store.subscribers.find(ada.id))?.state).toBe('active');
    expect(await desk.receive(mail('Unsubscribe!'))).toMatchObject([{ action: 'unsubscribed' }]);
    expect((await temp.store.subscribers.find(ada.id))?.state).toBe('unsubscribed');
  });

  test('works as an answer to the return path, and by nobody’s word alone', async () => {
    const id = await desk.send(ada);
    const lines = (to: string) => [`From: ${ADA}`, `To: ${to}`, 'Subject: unsubscribe', '', ''];
    await desk.receive(plain(lines('bounces@example.org')));
    expect((await temp.store.subscribers.find(ada.id))?.state).toBe('active');
    await desk.receive(plain(lines(pathOf(id))));
    expect((await temp.store.subscribers.find(ada.id))?.state).toBe('unsubscribed');
  });

  test('is no bounce and no answer from a holiday', async () => {
    expect(await desk.receive(dsn({ to: leave() }))).toMatchObject([{ action: 'none' }]);
    const lines = [`To: ${leave()}`, 'Auto-Submitted: auto-replied', '', ''];
    expect(await desk.receive(plain(lines))).toMatchObject([{ action: 'none' }]);
    expect((await temp.store.subscribers.find(ada.id))?.state).toBe('active');
  });
});

describe('an event of a provider', () => {
  const now = () => temp.clock.now();

  test('is about the mail whose Message-ID it names, or else about the reader’s last', async () => {
    const first = await desk.send(ada);
    temp.clock.advance(24 * HOUR);
    const second = await desk.send(ada);
    const messageId = desk.messageId({ kind: 'd', id: first });
    const named = event({ at: now(), messageId, kind: 'full', status: null });
    expect(await desk.inbound.receiveEvent(named)).toEqual({
      ...{ kind: 'full', recipient: ADA, status: null, action: 'counted' },
    });
    expect([desk.state(first), desk.state(second)]).toEqual(['bounced', 'accepted']);
    await desk.inbound.receiveEvent(event({ at: now(), id: 'e2', messageId: '<x@ses.example>' }));
    expect(desk.state(second)).toBe('bounced');
  });

  test('is written once, and in whatever order', async () => {
    const id = await desk.send(ada);
    const complaint = event({ at: now() + 9, id: 'c', kind: 'complaint', feedbackId: 'f1' });
    const bounce = event({ at: now(), id: 'b' });
    const events = [complaint, bounce, complaint, bounce];
    const actions: string[] = [];
    for (const one of events) actions.push((await desk.inbound.receiveEvent(one)).action);
    expect(actions).toEqual(['suppressed', 'counted', 'repeated', 'repeated']);
    expect(await desk.suppression()).toMatchObject({ reason: 'complaint' });
    expect(desk.state(id)).toBe('bounced');
    expect(await storyOf()).toHaveLength(2);
  });

  test('of an address that nobody has is counted without it', async () => {
    const stranger = event({ at: now(), recipient: 'eve@elsewhere.test' });
    expect(await desk.inbound.receiveEvent(stranger)).toMatchObject({ action: 'none' });
    expect(await desk.inbound.receiveEvent(stranger)).toMatchObject({ action: 'repeated' });
    expect(await desk.suppression('eve@elsewhere.test')).toBeNull();
    const file = new (await import('better-sqlite3')).default(temp.file);
    const [row] = file.prepare('select * from reports').all();
    file.close();
    expect(row).toMatchObject({ email_key: null, domain: 'elsewhere.test', trust: 'provider' });
    // The words of servers name whom they are about.
    expect(row).toMatchObject({ reply: '', subscriber_id: null });
  });
});

test('what is ours is told without the store', () => {
  expect(desk.inbound.isOurs(pathOf(1))).toBe(true);
  expect(desk.inbound.isOurs('bounces@example.org')).toBe(true);
  expect(desk.inbound.isOurs('bounces+d11aaaaaaaaaaaaaaaa@example.org')).toBe(false);
});
