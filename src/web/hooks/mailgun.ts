import type { ReportKind } from '../../mail/reports/report.js';
import { type BounceKind, findStatus, judgeBounce } from './event-kind.js';
import { findField, findLine, findText, toAddress, toMessageId, toTime } from './hook-fields.js';
import { checkAge, findProof, forged, hmac, isSame, parseBody } from './hook-proofs.js';
import type { EventFacts, HookProvider } from './hook-provider.js';

// https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks,
// https://documentation.mailgun.com/docs/mailgun/user-manual/events/events

/**
 * Mailgun tries again for 8 hours, and nobody says that it signs each try anew. An older request
 * changes nothing: its token is written once.
 */
const LONGEST_RETRY = 9 * 3_600_000;

/** Mailgun signs a moment and a token, and not the body: one token is good for one event. */
export function mailgunHook(key: string): HookProvider {
  return {
    name: 'mailgun',
    hasPassword: false,
    checkHeaders: () => undefined,
    async readEvents({ body, now }) {
      const parsed = parseBody(body);
      const timestamp = findProof(parsed, 'signature', 'timestamp');
      const token = findProof(parsed, 'signature', 'token');
      const right = hmac(key, timestamp, token).toString('hex');
      // With subaccounts the account above signs too.
      const given = ['signature', 'parent-signature'].map((name) =>
        findText(parsed, 'signature', name),
      );
      if (!given.some((one) => isSame(one, right))) throw forged();
      checkAge(timestamp, now, LONGEST_RETRY);
      return readMailgun(parsed, now).map((event) => ({ provider: 'mailgun', ...event }));
    },
  };
}

export function readMailgun(body: unknown, now: number): EventFacts[] {
  const event = findField(body, 'event-data');
  const recipient = toAddress(findText(event, 'recipient'));
  const id = findText(body, 'signature', 'token').slice(0, 100);
  if (recipient === null || id === '') return [];
  const reply = buildReply(event);
  const status = findStatus(findText(event, 'delivery-status', 'enhanced-code'), reply);
  const kind = toKind(event, reply, status);
  if (kind === null) return [];
  return [
    {
      ...{ id, at: toTime(findField(event, 'timestamp'), now), kind, recipient, status, reply },
      messageId: toMessageId(findText(event, 'message', 'headers', 'message-id')),
      feedbackId: kind === 'complaint' ? findText(event, 'id').slice(0, 100) || id : null,
    },
  ];
}

function toKind(event: unknown, reply: string, status: string | null): ReportKind | null {
  switch (findText(event, 'event')) {
    case 'complained':
      return 'complaint';
    case 'unsubscribed':
      return 'unsubscribe';
    case 'rejected':
      return 'policy';
    case 'failed':
      // Mailgun goes on trying: a delay is no bounce.
      if (findText(event, 'severity') === 'temporary') return null;
      return toFailure(event, reply, status);
    default:
      return null;
  }
}

function toFailure(event: unknown, reply: string, status: string | null): ReportKind {
  const reason = findText(event, 'reason');
  // On Mailgun's own lists, from before.
  if (reason === 'suppress-complaint') return 'complaint';
  if (reason === 'suppress-unsubscribe') return 'unsubscribe';
  if (reason === 'suppress-bounce') return 'permanent';
  const isHard = findText(event, 'severity') === 'permanent' && reason !== 'old';
  const said: BounceKind = reason === 'espblock' ? 'policy' : isHard ? 'permanent' : 'temporary';
  return judgeBounce(said, reply, status);
}

/** Its code stands apart from the words. */
function buildReply(event: unknown): string {
  const words =
    findLine(event, 'delivery-status', 'message') ||
    findLine(event, 'delivery-status', 'description') ||
    findLine(event, 'reject', 'reason');
  const code = findText(event, 'delivery-status', 'code');
  return /^[45]\d\d$/.test(code) && !/^[45]\d\d\b/.test(words) ? `${code} ${words}` : words;
}
