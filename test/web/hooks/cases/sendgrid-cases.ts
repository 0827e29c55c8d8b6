import { sign } from 'node:crypto';
import {
  ec,
  json,
  MID,
  NOW,
  nextNumber,
  type ProviderCase,
  READER,
  seconds,
} from './provider-case.js';

const sg = (event: string, more: object = {}) => ({
  ...{
    event,
    email: READER,
    timestamp: NOW / 1_000,
    'smtp-id': MID,
    sg_event_id: `sg-${nextNumber()}`,
  },
  ...more,
});
export const sendgrid: ProviderCase = {
  name: 'sendgrid',
  ...{ isBatched: true, isDated: true, isSigned: true },
  call(events, { now = NOW } = {}) {
    const body = JSON.stringify(events);
    const timestamp = seconds(now);
    const signature = sign('sha256', Buffer.from(timestamp + body), ec.privateKey);
    return {
      headers: {
        ...json,
        'x-twilio-email-event-webhook-signature': signature.toString('base64'),
        'x-twilio-email-event-webhook-timestamp': timestamp,
      },
      body,
    };
  },
  events: [
    {
      what: 'hard',
      event: sg('bounce', { type: 'bounce', status: '5.1.1', reason: '550 5.1.1 user unknown' }),
      kind: 'permanent',
      status: '5.1.1',
      messageId: MID,
    },
    {
      what: 'hard by name, of our reputation',
      event: sg('bounce', { type: 'bounce', bounce_classification: 'Reputation', status: '5.7.1' }),
      kind: 'policy',
    },
    {
      what: 'blocked',
      event: sg('bounce', { type: 'blocked', status: '4.0.0', reason: 'unable to get mx info' }),
      kind: 'temporary',
    },
    {
      what: 'blocked, by a list',
      event: sg('bounce', { type: 'blocked', reason: '550 5.7.1 blocked using zen.spamhaus.org' }),
      kind: 'policy',
    },
    {
      what: 'deferred',
      event: sg('deferred', { response: '451 4.2.0 try again' }),
      kind: null,
    },
    {
      what: 'dropped, bounced before',
      event: sg('dropped', { reason: 'Bounced Address' }),
      kind: 'permanent',
    },
    { what: 'dropped, invalid', event: sg('dropped', { reason: 'Invalid' }), kind: 'permanent' },
    {
      what: 'dropped, complained before',
      event: sg('dropped', { reason: 'Spam Reporting Address' }),
      kind: 'complaint',
    },
    {
      what: 'dropped, left before',
      event: sg('dropped', { reason: 'Unsubscribed Address' }),
      kind: 'unsubscribe',
    },
    {
      what: 'dropped, for its content',
      event: sg('dropped', { reason: 'Spam Content (if Spam Checker app enabled)' }),
      kind: 'policy',
    },
    { what: 'complaint', event: sg('spamreport'), kind: 'complaint', messageId: MID },
    { what: 'unsubscribed', event: sg('group_unsubscribe'), kind: 'unsubscribe' },
    { what: 'processed', event: sg('processed'), kind: null },
    { what: 'delivered', event: sg('delivered', { response: '250 OK' }), kind: null },
    { what: 'opened', event: sg('open'), kind: null },
  ],
};
