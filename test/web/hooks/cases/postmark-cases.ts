import { basic, iso, json, NOW, type ProviderCase, READER } from './provider-case.js';

const pm = (Type: string, more: object = {}) => ({
  ...{ RecordType: 'Bounce', ID: 42, Type, MessageID: 'of-postmark', Email: READER },
  ...{ BouncedAt: '2026-03-05T12:00:00.1234567-00:00', Details: '' },
  ...more,
});
export const postmark: ProviderCase = {
  name: 'postmark',
  ...{ isBatched: false, isDated: false, isSigned: false },
  call: ([event]) => ({ headers: { ...json, authorization: basic }, body: JSON.stringify(event) }),
  events: [
    {
      what: 'hard',
      event: pm('HardBounce', { Details: 'smtp;550 5.1.1 user unknown' }),
      kind: 'permanent',
      status: '5.1.1',
    },
    {
      what: 'hard, but a block',
      event: pm('HardBounce', { Details: 'smtp;550 5.7.1 blocked using zen.spamhaus.org' }),
      kind: 'policy',
    },
    { what: 'bad address', event: pm('BadEmailAddress'), kind: 'permanent' },
    { what: 'soft', event: pm('SoftBounce'), kind: 'temporary' },
    {
      what: 'soft, full',
      event: pm('SoftBounce', { Details: 'smtp;452 4.2.2 The mailbox is over quota' }),
      kind: 'full',
    },
    { what: 'name server', event: pm('DnsError'), kind: 'temporary' },
    { what: 'blocked', event: pm('Blocked'), kind: 'policy' },
    { what: 'DMARC', event: pm('DMARCPolicy'), kind: 'policy' },
    { what: 'spam folder', event: pm('SpamNotification'), kind: 'policy' },
    { what: 'out of office', event: pm('AutoResponder'), kind: 'auto-reply' },
    { what: 'unknown', event: pm('Unknown'), kind: 'unknown' },
    { what: 'a type of later', event: pm('Newfangled'), kind: 'unknown' },
    { what: 'subscribed', event: pm('Subscribe'), kind: null },
    {
      what: 'complaint',
      event: pm('SpamComplaint', { RecordType: 'SpamComplaint' }),
      kind: 'complaint',
    },
    {
      what: 'without RecordType',
      event: pm('HardBounce', { RecordType: undefined }),
      kind: 'permanent',
    },
    {
      what: 'the reader left at Postmark',
      event: {
        RecordType: 'SubscriptionChange',
        Recipient: READER,
        SuppressSending: true,
        SuppressionReason: 'ManualSuppression',
        Origin: 'Recipient',
        ChangedAt: iso(NOW),
      },
      kind: 'unsubscribe',
    },
    {
      what: 'the operator took the address back',
      event: {
        RecordType: 'SubscriptionChange',
        Recipient: READER,
        SuppressSending: false,
        SuppressionReason: null,
      },
      kind: null,
    },
    {
      what: 'the operator put the address there',
      event: {
        RecordType: 'SubscriptionChange',
        Recipient: READER,
        SuppressSending: true,
        SuppressionReason: 'ManualSuppression',
        Origin: 'Customer',
      },
      kind: null,
    },
    { what: 'delivered', event: { RecordType: 'Delivery', Recipient: READER }, kind: null },
    { what: 'opened', event: { RecordType: 'Open', Recipient: READER }, kind: null },
  ],
};
