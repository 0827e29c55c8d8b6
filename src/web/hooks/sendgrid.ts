import { createPublicKey, verify } from 'node:crypto';
import type { ReportKind } from '../../mail/reports/report.js';
import { type BounceKind, findStatus, judgeBounce } from './event-kind.js';
import {
  buildEventId,
  findField,
  findLine,
  findText,
  toAddress,
  toMessageId,
  toTime,
} from './hook-fields.js';
import { checkAge, forged, parseBody } from './hook-proofs.js';
import type { EventFacts, HookProvider, HookRequest } from './hook-provider.js';

// https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event,
// https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features

const SIGNATURE = 'x-twilio-email-event-webhook-signature';
const TIMESTAMP = 'x-twilio-email-event-webhook-timestamp';

/** SendGrid tries again for 24 hours, and nobody says that it signs each try anew. */
const LONGEST_RETRY = 25 * 3_600_000;

/** @param key the public one, in DER and Base64 as SendGrid shows it */
export function sendgridHook(key: string): HookProvider {
  const publicKey = createPublicKey({
    key: Buffer.from(key, 'base64'),
    format: 'der',
    type: 'spki',
  });
  const check = (request: HookRequest) => {
    const timestamp = request.header(TIMESTAMP);
    const signed = Buffer.concat([Buffer.from(timestamp), request.body]);
    const signature = Buffer.from(request.header(SIGNATURE), 'base64');
    if (!verify('sha256', signed, publicKey, signature)) throw forged();
    checkAge(timestamp, request.now, LONGEST_RETRY);
  };
  return {
    name: 'sendgrid',
    hasPassword: false,
    checkHeaders(request) {
      if (request.header(SIGNATURE) === '') throw forged();
    },
    async readEvents(request) {
      check(request);
      const body = parseBody(request.body);
      const events = Array.isArray(body) ? body : [body];
      return events
        .flatMap((event) => readSendgrid(event, request.now))
        .map((event) => ({ provider: 'sendgrid', ...event }));
    },
  };
}

export function readSendgrid(event: unknown, now: number): EventFacts[] {
  const recipient = toAddress(findText(event, 'email'));
  if (recipient === null) return [];
  const reply = findLine(event, 'reason') || findLine(event, 'response');
  const status = findStatus(findText(event, 'status'), reply);
  const kind = toKind(event, reply, status);
  if (kind === null) return [];
  const id =
    findText(event, 'sg_event_id').slice(0, 200) ||
    buildEventId(
      ...['sg_message_id', 'event', 'timestamp', 'attempt'].map((name) => findText(event, name)),
      recipient,
    );
  return [
    {
      ...{ id, at: toTime(findField(event, 'timestamp'), now), kind, recipient, status, reply },
      messageId: toMessageId(findText(event, 'smtp-id')),
      feedbackId: kind === 'complaint' ? id : null,
    },
  ];
}

function toKind(event: unknown, reply: string, status: string | null): ReportKind | null {
  switch (findText(event, 'event')) {
    case 'bounce':
      return judgeBounce(toBounce(event), reply, status);
    case 'dropped':
      return toDropped(`${findText(event, 'reason')} ${findText(event, 'type')}`.toLowerCase());
    case 'spamreport':
      return 'complaint';
    case 'unsubscribe':
    case 'group_unsubscribe':
      return 'unsubscribe';
    default:
      return null;
  }
}

const ABOUT_US = /^(?:content|reputation|frequency)/i;

function toBounce(event: unknown): BounceKind {
  if (ABOUT_US.test(findText(event, 'bounce_classification'))) return 'policy';
  return findText(event, 'type') === 'bounce' ? 'permanent' : 'temporary';
}

/** SendGrid did not try: the address is on one of its lists, or the mail does not suit it. */
function toDropped(reason: string): ReportKind {
  if (/bounce|invalid/.test(reason)) return 'permanent';
  if (reason.includes('spam report')) return 'complaint';
  if (reason.includes('unsubscribed')) return 'unsubscribe';
  return 'policy';
}
