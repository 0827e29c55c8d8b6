import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { ReportKind } from '../../../src/mail/reports/report.js';
import type { HookName } from '../../../src/web/hooks/hook-provider.js';
import type { HookSettings } from '../../../src/web/hooks/open-hooks.js';

/** Thursday, 5 March 2026, 12:00 UTC. */
export const NOW = Date.UTC(2026, 2, 5, 12);
export const READER = 'Reader@Example.org';

/** A request as a provider makes it. */
export interface Call {
  headers: Record<string, string>;
  body: string;
}

/** What a provider says, and what it has to be read as; `null`: as nothing. */
export interface EventCase {
  what: string;
  /** One event, as it stands in a batch if the provider has any. */
  event: unknown;
  kind: ReportKind | null;
  messageId?: string | null;
  status?: string | null;
}

/** All that the suite of cases has to know of one provider. */
export interface ProviderCase {
  name: HookName;
  events: EventCase[];
  /** Signs these events as the provider does, at this moment. */
  call(events: unknown[], options?: { now?: number; id?: string }): Call;
  /** Whether one request may have several events. */
  isBatched: boolean;
  /** Whether the moment of a request is signed. */
  isDated: boolean;
  /** Whether the body is signed. */
  isSigned: boolean;
}

const MID = '<k1.abc@papers.example.org>';
const PASSWORD = 'a long word: of the hook';
const RESEND_KEY = Buffer.alloc(24, 5);
const MAILGUN_KEY = 'key of mailgun';
const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:paperboy';
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

export const SETTINGS: HookSettings = {
  ses: [TOPIC],
  postmark: PASSWORD,
  mailgun: MAILGUN_KEY,
  sendgrid: ec.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  resend: `whsec_${RESEND_KEY.toString('base64')}`,
  brevo: PASSWORD,
  sparkpost: PASSWORD,
};

const basic = `Basic ${Buffer.from(`paperboy:${PASSWORD}`).toString('base64')}`;
const json = { 'content-type': 'application/json' };
const seconds = (now: number) => String(Math.floor(now / 1_000));
const iso = (now: number) => new Date(now).toISOString();

/** Signs as Amazon SNS does. */
export function signSns(
  facts: Record<string, string>,
  { now = NOW, version = '2', key = rsa.privateKey } = {},
): Call {
  const sent: Record<string, string> = {
    ...{ Type: 'Notification', MessageId: 'm-1', TopicArn: TOPIC, Timestamp: iso(now) },
    SignatureVersion: version,
    SigningCertURL: `https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-${'a'.repeat(32)}.pem`,
    ...facts,
  };
  const names =
    sent['Type'] === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const text = names.flatMap((name) =>
    sent[name] === undefined ? [] : [`${name}\n${sent[name]}\n`],
  );
  const signature = sign(
    version === '1' ? 'RSA-SHA1' : 'RSA-SHA256',
    Buffer.from(text.join('')),
    key,
  );
  return {
    headers: { 'content-type': 'text/plain; charset=UTF-8' },
    body: JSON.stringify({ ...sent, Signature: signature.toString('base64') }),
  };
}

const mail = {
  messageId: '0100-of-ses',
  destination: [READER],
  headers: [
    { name: 'Subject', value: 'Today' },
    { name: 'Message-ID', value: MID },
  ],
};
const sesBounce = (bounceType: string, bounceSubType: string, one: object = {}) => ({
  notificationType: 'Bounce',
  bounce: {
    ...{ bounceType, bounceSubType, timestamp: iso(NOW), feedbackId: `f-${bounceSubType}` },
    bouncedRecipients: [{ emailAddress: READER, action: 'failed', ...one }],
  },
  mail,
});
const gone = { status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 <x>: user unknown' };

const ses: ProviderCase = {
  name: 'ses',
  ...{ isBatched: false, isDated: true, isSigned: true },
  call: (events, { now = NOW, id = 'm-1' } = {}) =>
    signSns({ MessageId: id, Message: JSON.stringify(events[0]) }, { now }),
  events: [
    {
      what: 'hard',
      event: sesBounce('Permanent', 'General', gone),
      kind: 'permanent',
      status: '5.1.1',
      messageId: MID,
    },
    { what: 'no such address', event: sesBounce('Permanent', 'NoEmail'), kind: 'permanent' },
    {
      what: 'on the list of SES',
      event: sesBounce('Permanent', 'OnAccountSuppressionList'),
      kind: 'permanent',
    },
    {
      what: 'hard, but the server speaks of us',
      event: sesBounce('Permanent', 'General', {
        status: '5.7.1',
        diagnosticCode: 'smtp; 550 5.7.1 Message rejected as spam by Content Filtering',
      }),
      kind: 'policy',
    },
    { what: 'full', event: sesBounce('Transient', 'MailboxFull'), kind: 'full' },
    { what: 'soft', event: sesBounce('Transient', 'General'), kind: 'temporary' },
    { what: 'content', event: sesBounce('Transient', 'ContentRejected'), kind: 'policy' },
    { what: 'undetermined', event: sesBounce('Undetermined', 'Undetermined'), kind: 'unknown' },
    {
      what: 'an event of a configuration set, its Message-ID among the common headers',
      event: {
        ...sesBounce('Permanent', 'NoEmail'),
        notificationType: undefined,
        eventType: 'Bounce',
        mail: { commonHeaders: { messageId: MID } },
      },
      ...{ kind: 'permanent', messageId: MID },
    },
    {
      what: 'complaint',
      event: {
        notificationType: 'Complaint',
        mail,
        complaint: {
          feedbackId: 'c1',
          complaintFeedbackType: 'abuse',
          complainedRecipients: [{ emailAddress: READER }],
        },
      },
      ...{ kind: 'complaint', messageId: MID },
    },
    {
      what: 'not spam after all',
      event: {
        notificationType: 'Complaint',
        mail,
        complaint: {
          complaintFeedbackType: 'not-spam',
          complainedRecipients: [{ emailAddress: READER }],
        },
      },
      kind: null,
    },
    {
      what: 'delay',
      event: {
        eventType: 'DeliveryDelay',
        mail,
        deliveryDelay: {
          delayType: 'TransientCommunicationFailure',
          delayedRecipients: [
            { emailAddress: READER, status: '4.4.1', diagnosticCode: 'smtp; 421 4.4.1 try later' },
          ],
        },
      },
      // It may arrive yet.
      kind: null,
    },
    {
      what: 'virus',
      event: { eventType: 'Reject', mail, reject: { reason: 'Bad content' } },
      kind: 'policy',
    },
    {
      what: 'unsubscribed at SES',
      event: {
        eventType: 'Subscription',
        mail,
        subscription: { newTopicPreferences: { unsubscribeAll: true } },
      },
      kind: 'unsubscribe',
    },
    {
      what: 'delivered',
      event: { notificationType: 'Delivery', mail, delivery: { recipients: [READER] } },
      kind: null,
    },
    { what: 'opened', event: { eventType: 'Open', mail, open: {} }, kind: null },
  ],
};

const pm = (Type: string, more: object = {}) => ({
  ...{ RecordType: 'Bounce', ID: 42, Type, MessageID: 'of-postmark', Email: READER },
  ...{ BouncedAt: '2026-03-05T12:00:00.1234567-00:00', Details: '' },
  ...more,
});
const postmark: ProviderCase = {
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

const mg = (event: string, more: object = {}) => ({
  ...{ event, id: 'e1', timestamp: NOW / 1_000, recipient: READER },
  message: { headers: { 'message-id': MID.slice(1, -1) } },
  ...more,
});
const failed = (severity: string, reason: string, status: object) =>
  mg('failed', { severity, reason, 'delivery-status': status });
const mailgun: ProviderCase = {
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

let sent = 0;
const sg = (event: string, more: object = {}) => ({
  ...{ event, email: READER, timestamp: NOW / 1_000, 'smtp-id': MID, sg_event_id: `sg-${sent++}` },
  ...more,
});
const sendgrid: ProviderCase = {
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
const resend: ProviderCase = {
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

const bv = (event: string, more: object = {}) => ({
  ...{
    event,
    email: READER,
    id: 7,
    date: '2026-03-05 13:00:00',
    ts_epoch: NOW + sent++,
    'message-id': MID,
  },
  ...more,
});
const brevo: ProviderCase = {
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
const sp = (type: string, more: object = {}, family = 'message_event') => ({
  msys: {
    [family]: {
      type,
      event_id: `sp-${sent++}`,
      timestamp: seconds(NOW),
      rcpt_to: READER.toLowerCase(),
      raw_rcpt_to: READER,
      ...more,
    },
  },
});
const sparkpost: ProviderCase = {
  name: 'sparkpost',
  ...{ isBatched: true, isDated: false, isSigned: false },
  call: (events) => ({ headers: { ...json, authorization: basic }, body: JSON.stringify(events) }),
  events: [
    {
      what: 'hard',
      event: sp('bounce', { bounce_class: '10', raw_reason: '550 5.1.1 user unknown' }),
      kind: 'permanent',
      status: '5.1.1',
    },
    { what: 'out of band', event: sp('out_of_band', { bounce_class: '30' }), kind: 'permanent' },
    { what: 'full', event: sp('bounce', { bounce_class: '22' }), kind: 'full' },
    { what: 'soft', event: sp('bounce', { bounce_class: '20' }), kind: 'temporary' },
    { what: 'spam', event: sp('bounce', { bounce_class: '51' }), kind: 'policy' },
    { what: 'vacation', event: sp('out_of_band', { bounce_class: '60' }), kind: 'auto-reply' },
    {
      what: 'unsubscribe by mail',
      event: sp('out_of_band', { bounce_class: '90' }),
      kind: 'unsubscribe',
    },
    { what: 'subscribe', event: sp('out_of_band', { bounce_class: '80' }), kind: null },
    { what: 'a class of later', event: sp('bounce', { bounce_class: '77' }), kind: 'unknown' },
    { what: 'delay', event: sp('delay', { bounce_class: '20' }), kind: null },
    { what: 'complaint', event: sp('spam_complaint', { fbtype: 'abuse' }), kind: 'complaint' },
    { what: 'not spam after all', event: sp('spam_complaint', { fbtype: 'not-spam' }), kind: null },
    {
      what: 'unsubscribed',
      event: sp('list_unsubscribe', {}, 'unsubscribe_event'),
      kind: 'unsubscribe',
    },
    {
      what: 'refused by SparkPost',
      event: sp('policy_rejection', { raw_reason: '550 [internal] content' }),
      kind: 'policy',
    },
    {
      what: 'on its list',
      event: sp('policy_rejection', {
        raw_reason: '554 5.7.1 [internal] recipient address suppressed due to customer policy',
      }),
      kind: 'temporary',
    },
    { what: 'delivered', event: sp('delivery'), kind: null },
    { what: 'opened', event: sp('open', {}, 'track_event'), kind: null },
    { what: 'nothing', event: { msys: {} }, kind: null },
  ],
};

export const PROVIDERS: ProviderCase[] = [
  ...[ses, postmark, mailgun, sendgrid, resend, brevo, sparkpost],
];
