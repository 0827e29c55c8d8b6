import type { ReportKind } from '../../mail/reports/report.js';
import { type BounceKind, findStatus, judgeBounce } from './event-kind.js';
import { buildEventId, findField, findLine, findText, toAddress, toTime } from './hook-fields.js';
import type { EventFacts, HookProvider } from './hook-provider.js';
import { buildPasswordHook } from './password-hook.js';

// https://developers.sparkpost.com/api/webhooks/,
// https://support.sparkpost.com/docs/deliverability/bounce-classification-codes

/** By `bounce_class`; `null`: nothing that counts. */
const CLASSES: Readonly<Record<string, BounceKind | 'auto-reply' | 'unsubscribe' | null>> = {
  1: 'unknown',
  10: 'permanent',
  20: 'temporary',
  21: 'temporary',
  22: 'full',
  23: 'temporary',
  24: 'temporary',
  25: 'policy',
  30: 'permanent',
  40: 'temporary',
  50: 'policy',
  51: 'policy',
  52: 'policy',
  53: 'policy',
  54: 'policy',
  60: 'auto-reply',
  70: 'temporary',
  80: null,
  90: 'unsubscribe',
  100: 'auto-reply',
};

/** What stands between `msys` and the event. */
const FAMILIES = ['message_event', 'unsubscribe_event', 'gen_event'];

/** SparkPost signs nothing: basic authentication, or a bearer token. */
export function sparkpostHook(password: string): HookProvider {
  return buildPasswordHook('sparkpost', password, readSparkpost);
}

export function readSparkpost(wrapped: unknown, now: number): EventFacts[] {
  const family = FAMILIES.find((name) => findField(wrapped, 'msys', name) !== undefined);
  // It asks with an empty event whether anybody is here.
  if (family === undefined) return [];
  const event = findField(wrapped, 'msys', family);
  const recipient = toAddress(findText(event, 'raw_rcpt_to') || findText(event, 'rcpt_to'));
  if (recipient === null) return [];
  const reply = findLine(event, 'raw_reason') || findLine(event, 'reason');
  const status = findStatus('', reply);
  const kind = toKind(event, reply, status);
  if (kind === null) return [];
  const id =
    findText(event, 'event_id').slice(0, 200) ||
    buildEventId(
      ...['message_id', 'type', 'timestamp'].map((name) => findText(event, name)),
      recipient,
    );
  return [
    {
      ...{ id, at: toTime(findField(event, 'timestamp'), now), kind, recipient, status, reply },
      // Its message_id is one of SparkPost's own.
      messageId: null,
      feedbackId: kind === 'complaint' ? id : null,
    },
  ];
}

function toKind(event: unknown, reply: string, status: string | null): ReportKind | null {
  switch (findText(event, 'type')) {
    case 'bounce':
    case 'out_of_band':
      return toBounce(findText(event, 'bounce_class'), reply, status);
    case 'spam_complaint':
      // RFC 5965 §7.3: the reader says that it is none.
      return findText(event, 'fbtype') === 'not-spam' ? null : 'complaint';
    case 'list_unsubscribe':
    case 'link_unsubscribe':
      return 'unsubscribe';
    case 'policy_rejection':
    case 'generation_rejection':
      // An address on SparkPost's own list says nothing of us.
      return /suppress/i.test(reply) ? 'temporary' : 'policy';
    default:
      return null;
  }
}

function toBounce(name: string, reply: string, status: string | null): ReportKind | null {
  const said = Object.hasOwn(CLASSES, name) ? CLASSES[name] : 'unknown';
  if (said === null || said === undefined) return null;
  if (said === 'auto-reply' || said === 'unsubscribe') return said;
  return judgeBounce(said, reply, status);
}
