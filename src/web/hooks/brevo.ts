import type { ReportKind } from '../../mail/reports/report.js';
import { findStatus, judgeBounce } from './event-kind.js';
import {
  buildEventId,
  findField,
  findLine,
  findText,
  toAddress,
  toMessageId,
  toTime,
} from './hook-fields.js';
import type { EventFacts, HookProvider } from './hook-provider.js';
import { buildPasswordHook } from './password-hook.js';

// https://developers.brevo.com/docs/transactional-webhooks

/** Brevo signs nothing: a token, or basic authentication. */
export function brevoHook(password: string): HookProvider {
  return buildPasswordHook('brevo', password, readBrevo);
}

export function readBrevo(event: unknown, now: number): EventFacts[] {
  const recipient = toAddress(findText(event, 'email'));
  if (recipient === null) return [];
  const name = findText(event, 'event');
  const reply = findLine(event, 'reason');
  const status = findStatus('', reply);
  const kind = toKind(name, reply, status);
  if (kind === null) return [];
  // It gives an event no id of its own: `id` is that of the webhook. Its other times are in a zone
  // that the account has.
  const time =
    findField(event, 'ts_epoch') ?? findField(event, 'ts_event') ?? findField(event, 'ts');
  const messageId = findText(event, 'message-id');
  const id = buildEventId(messageId, name, findText({ time }, 'time'), recipient);
  return [
    {
      ...{ id, at: toTime(time, now), kind, recipient, status, reply },
      messageId: toMessageId(messageId),
      feedbackId: kind === 'complaint' ? id : null,
    },
  ];
}

function toKind(name: string, reply: string, status: string | null): ReportKind | null {
  switch (name) {
    case 'hard_bounce':
    case 'hardBounce':
      return judgeBounce('permanent', reply, status);
    case 'invalid_email':
    case 'invalid':
      return 'permanent';
    case 'soft_bounce':
    case 'softBounce':
    // On Brevo's own list, from before.
    case 'blocked':
      return judgeBounce('temporary', reply, status);
    case 'spam':
    case 'complaint':
      return 'complaint';
    case 'unsubscribe':
    case 'unsubscribed':
      return 'unsubscribe';
    case 'error':
      return judgeBounce('unknown', reply, status);
    default:
      return null;
  }
}
