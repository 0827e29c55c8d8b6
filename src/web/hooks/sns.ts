import { type KeyObject, verify } from 'node:crypto';
import { parseUrl } from '../../base/url.js';
import { findText } from './hook-fields.js';
import { checkTime, findProof, forged, isSame } from './hook-proofs.js';

// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html

/** What Amazon SNS has sent, once its signature is checked. */
export interface SnsMessage {
  type: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
  id: string;
  topic: string;
  /** What the topic's owner said. */
  message: string;
  /** Confirms a subscription. */
  token: string;
}

export interface SnsDeps {
  /** The topics that may speak, as ARNs. */
  topics: readonly string[];
  /** @throws PaperboyError `hook_unchecked` */
  loadKey(url: URL): Promise<KeyObject>;
}

/** The fields that are signed, in their order; a `Subject` only where there is one. */
const SIGNED = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: [
    ...['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  ],
  UnsubscribeConfirmation: [
    ...['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  ],
} as const;

const ALGORITHMS: Readonly<Record<string, string>> = { 1: 'RSA-SHA1', 2: 'RSA-SHA256' };

/** Amazon SNS may try again for an hour, with the same moment in it. */
const LONGEST_RETRY = 65 * 60_000;

const TOPIC = /^arn:aws(?:-[a-z-]{1,20})?:sns:([a-z0-9-]{5,30}):\d{12}:[\w.-]{1,256}$/;

export function isTopic(text: string): boolean {
  return TOPIC.test(text);
}

/** Where Amazon SNS is for a topic: no other host may say how a message is checked. */
export function toSnsHost(topic: string): string {
  const region = TOPIC.exec(topic)?.[1] ?? '';
  return `sns.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** @throws PaperboyError `hook_forged`, `hook_stale`, `hook_unchecked` */
export async function verifySns(
  body: unknown,
  { topics, loadKey }: SnsDeps,
  now: number,
): Promise<SnsMessage> {
  const topic = findProof(body, 'TopicArn');
  if (!topics.some((one) => isSame(topic, one))) throw forged();
  const type = findText(body, 'Type');
  const algorithm = ALGORITHMS[findText(body, 'SignatureVersion')];
  if (!isType(type) || algorithm === undefined) throw forged();
  const url = toCertificateUrl(findProof(body, 'SigningCertURL'), topic);
  const signature = Buffer.from(findProof(body, 'Signature'), 'base64');
  const key = await loadKey(url);
  if (!verify(algorithm, buildSigned(body, type), key, signature)) throw forged();
  const time = Date.parse(findText(body, 'Timestamp'));
  if (Number.isNaN(time)) throw forged();
  checkTime(time, now, LONGEST_RETRY);
  return {
    ...{ type, topic, id: findText(body, 'MessageId') },
    ...{ message: findText(body, 'Message'), token: findText(body, 'Token') },
  };
}

function isType(text: string): text is SnsMessage['type'] {
  return Object.hasOwn(SIGNED, text);
}

function buildSigned(body: unknown, type: SnsMessage['type']): Buffer {
  const lines = SIGNED[type].flatMap((name) => {
    const text = findText(body, name);
    return name === 'Subject' && text === '' ? [] : [`${name}\n${text}\n`];
  });
  return Buffer.from(lines.join(''));
}

function toCertificateUrl(text: string, topic: string): URL {
  const url = parseUrl(text);
  const isAmazon =
    url?.protocol === 'https:' &&
    url.host === toSnsHost(topic) &&
    url.username === '' &&
    /^\/SimpleNotificationService-[\w-]{1,64}\.pem$/.test(url.pathname);
  if (url === null || !isAmazon) throw forged();
  return new URL(url.pathname, url.origin);
}
