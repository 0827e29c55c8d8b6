import { basic, json, MID, NOW, nextNumber, type ProviderCase, READER } from './provider-case.js';

const bv = (event: string, more: object = {}) => ({
  ...{
    event,
    email: READER,
    id: 7,
    date: '2026-03-05 13:00:00',
    ts_epoch: NOW + nextNumber(),
    'message-id': MID,
  },
  ...more,
});
export const brevo: ProviderCase = {
  name: 'brevo',
  ...{ isBatched: true, isDated: false, isSigned: false },
  call: (events) => ({ headers: { ...json, authorization: basic }, body: JSON.stringify(events) }),
  events: [
    {
      what: 'hard',
      event: bv('hard_bounce', { reason: '550 5.1.1 user unknown' }),
      kind: 'permanent',
      messageId: MID,
      status: '5.1.1',
    },
    {
      what: 'hard, but a block',
      event: bv('hard_bounce', { reason: '550 5.7.1 blocked using zen.spamhaus.org' }),
      kind: 'policy',
    },
    { what: 'invalid', event: bv('invalid_email'), kind: 'permanent' },
    { what: 'soft', event: bv('soft_bounce', { reason: 'server is down' }), kind: 'temporary' },
    { what: 'full', event: bv('soft_bounce', { reason: '452 4.2.2 mailbox full' }), kind: 'full' },
    { what: 'deferred', event: bv('deferred'), kind: null },
    { what: 'blocked', event: bv('blocked'), kind: 'temporary' },
    { what: 'complaint', event: bv('spam'), kind: 'complaint' },
    { what: 'unsubscribed', event: bv('unsubscribed'), kind: 'unsubscribe' },
    { what: 'error', event: bv('error'), kind: 'unknown' },
    { what: 'delivered', event: bv('delivered'), kind: null },
    { what: 'opened', event: bv('unique_opened'), kind: null },
  ],
};
