import { sign } from 'node:crypto';
import {
  type Call,
  iso,
  MID,
  NOW,
  type ProviderCase,
  READER,
  rsa,
  TOPIC,
} from './provider-case.js';

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

export const ses: ProviderCase = {
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
