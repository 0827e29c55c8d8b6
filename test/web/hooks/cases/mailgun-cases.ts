import { createHmac } from 'node:crypto';
import {
  json,
  MAILGUN_KEY,
  MID,
  NOW,
  type ProviderCase,
  READER,
  seconds,
} from './provider-case.js';

const mg = (event: string, more: object = {}) => ({
  ...{ event, id: 'e1', timestamp: NOW / 1_000, recipient: READER },
  message: { headers: { 'message-id': MID.slice(1, -1) } },
  ...more,
});
const failed = (severity: string, reason: string, status: object) =>
  mg('failed', { severity, reason, 'delivery-status': status });
export const mailgun: ProviderCase = {
  name: 'mailgun',
  ...{ isBatched: false, isDated: true, isSigned: false },
  call([event], { now = NOW, id = 'token-1' } = {}) {
    const timestamp = seconds(now);
    const signature = createHmac('sha256', MAILGUN_KEY)
      .update(timestamp + id)
      .digest('hex');
    const body = JSON.stringify({
      signature: { timestamp, token: id, signature },
      'event-data': event,
    });
    return { headers: json, body };
  },
  events: [
    {
      what: 'hard',
      event: failed('permanent', 'bounce', {
        code: 550,
        'enhanced-code': '5.1.1',
        message: 'user unknown',
      }),
      kind: 'permanent',
      status: '5.1.1',
      messageId: MID,
    },
    {
      what: 'hard, but a block',
      event: failed('permanent', 'generic', {
        code: 550,
        message: '5.7.1 blocked using zen.spamhaus.org',
      }),
      kind: 'policy',
      status: '5.7.1',
    },
    {
      what: 'too old',
      event: failed('permanent', 'old', { code: 602, message: 'Too old' }),
      kind: 'temporary',
    },
    {
      what: 'bounced before',
      event: failed('permanent', 'suppress-bounce', {
        code: 605,
        message: 'Not delivering to previously bounced address',
      }),
      kind: 'permanent',
    },
    {
      what: 'complained before',
      event: failed('permanent', 'suppress-complaint', { code: 607 }),
      kind: 'complaint',
    },
    {
      what: 'soft',
      event: failed('temporary', 'generic', { code: 451, message: '4.7.650 try again' }),
      kind: null,
    },
    {
      what: 'full',
      event: failed('temporary', 'generic', { code: 452, message: '4.2.2 mailbox full' }),
      kind: null,
    },
    {
      what: 'blocked',
      event: failed('temporary', 'espblock', { code: 421, message: 'too many' }),
      kind: null,
    },
    { what: 'rejected', event: mg('rejected', { reject: { reason: 'Sandbox' } }), kind: 'policy' },
    { what: 'complaint', event: mg('complained'), kind: 'complaint', messageId: MID },
    { what: 'unsubscribed', event: mg('unsubscribed'), kind: 'unsubscribe' },
    { what: 'delivered', event: mg('delivered'), kind: null },
    { what: 'clicked', event: mg('clicked'), kind: null },
  ],
};
