import { createHmac } from 'node:crypto';
import {
  iso,
  json,
  MID,
  NOW,
  type ProviderCase,
  READER,
  RESEND_KEY,
  seconds,
} from './provider-case.js';

const rs = (type: string, more: object = {}) => ({
  type,
  created_at: iso(NOW),
  data: {
    email_id: 'of-resend',
    to: [READER],
    headers: [{ name: 'Message-ID', value: MID }],
    ...more,
  },
});
export const resend: ProviderCase = {
  name: 'resend',
  ...{ isBatched: false, isDated: true, isSigned: true },
  call([event], { now = NOW, id = 'msg_1' } = {}) {
    const body = JSON.stringify(event);
    const timestamp = seconds(now);
    const made = createHmac('sha256', RESEND_KEY)
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64');
    const signature = `v1,${Buffer.alloc(32).toString('base64')} v1,${made}`;
    return {
      headers: { ...json, 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': signature },
      body,
    };
  },
  events: [
    {
      what: 'hard',
      event: rs('email.bounced', {
        bounce: {
          type: 'Permanent',
          subType: 'General',
          message: 'The provider sent a hard bounce.',
          diagnosticCode: ['smtp; 550 5.1.1 no such user'],
        },
      }),
      kind: 'permanent',
      messageId: MID,
      status: '5.1.1',
    },
    {
      what: 'hard, without a code',
      event: rs('email.bounced', {
        bounce: {
          type: 'Permanent',
          subType: 'Suppressed',
          message: 'Resend has suppressed sending to this address.',
        },
      }),
      kind: 'permanent',
    },
    {
      what: 'full',
      event: rs('email.bounced', {
        bounce: { type: 'Transient', subType: 'MailboxFull', message: 'full' },
      }),
      kind: 'full',
    },
    {
      what: 'soft',
      event: rs('email.bounced', {
        bounce: { type: 'Transient', subType: 'General', message: 'later' },
      }),
      kind: 'temporary',
    },
    { what: 'delayed', event: rs('email.delivery_delayed'), kind: null },
    {
      what: 'complaint, by a name and an address',
      event: rs('email.complained', { to: [`Ada <${READER}>`] }),
      kind: 'complaint',
    },
    {
      what: 'on its list',
      event: rs('email.suppressed', { suppressed: { message: 'on the list' } }),
      kind: 'permanent',
    },
    { what: 'delivered', event: rs('email.delivered'), kind: null },
    { what: 'opened', event: rs('email.opened'), kind: null },
  ],
};
