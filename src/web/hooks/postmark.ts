import type { ReportKind } from '../../mail/reports/report.js';
import { type BounceKind, findStatus, judgeBounce } from './event-kind.js';
import { buildEventId, findField, findLine, findText, toAddress, toTime } from './hook-fields.js';
import type { EventFacts, HookProvider } from './hook-provider.js';
import { buildPasswordHook } from './password-hook.js';

// https://postmarkapp.com/developer/webhooks/bounce-webhook,
// https://postmarkapp.com/developer/api/bounce-api#bounce-types

/** `null`: nothing that counts. */
const TYPES: Readonly<
  Record<string, BounceKind | 'complaint' | 'unsubscribe' | 'auto-reply' | null>
> = {
  HardBounce: 'permanent',
  BadEmailAddress: 'permanent',
  Transient: 'temporary',
  DnsError: 'temporary',
  SoftBounce: 'temporary',
  Undeliverable: 'temporary',
  OpenRelayTest: 'temporary',
  // On Postmark's own list: its operator put it there, or it bounced there before.
  ManuallyDeactivated: 'temporary',
  Blocked: 'policy',
  DMARCPolicy: 'policy',
  // "Delivered, but classified as spam, or blocked by the user": no feedback report.
  SpamNotification: 'policy',
  VirusNotification: 'policy',
  SpamComplaint: 'complaint',
  Unsubscribe: 'unsubscribe',
  AutoResponder: 'auto-reply',
  ChallengeVerification: 'auto-reply',
  AddressChange: 'auto-reply',
  Unknown: 'unknown',
  Subscribe: null,
  Unconfirmed: null,
  SMTPApiError: null,
  InboundError: null,
  TemplateRenderingFailed: null,
};

/** Postmark signs nothing: a password in the URL, which it sends as basic authentication. */
export function postmarkHook(password: string): HookProvider {
  return buildPasswordHook('postmark', password, readPostmark);
}

export function readPostmark(body: unknown, now: number): EventFacts[] {
  const recipient = toAddress(findText(body, 'Email') || findText(body, 'Recipient'));
  if (recipient === null) return [];
  const type = findText(body, 'RecordType');
  if (type === 'SubscriptionChange') return readChange(body, recipient, now);
  // Those of before 2018 have no RecordType.
  const isBounce = ['Bounce', 'SpamComplaint'].includes(type) || (type === '' && isOldBounce(body));
  if (!isBounce) return [];
  const name = findText(body, 'Type');
  const said = Object.hasOwn(TYPES, name) ? TYPES[name] : 'unknown';
  if (said === null || said === undefined) return [];
  const reply = findLine(body, 'Details') || findLine(body, 'Description');
  const status = findStatus('', reply);
  const kind = isPlain(said) ? said : judgeBounce(said, reply, status);
  const id = findText(body, 'ID') || buildEventId(findText(body, 'MessageID'), recipient, name);
  const at = toTime(findField(body, 'BouncedAt'), now);
  const feedbackId = kind === 'complaint' ? id : null;
  // Its MessageID is one of Postmark's own.
  return [{ id, at, kind, recipient, status, reply, messageId: null, feedbackId }];
}

function isOldBounce(body: unknown): boolean {
  return findText(body, 'BouncedAt') !== '' && findText(body, 'Type') !== '';
}

function isPlain(said: ReportKind): said is 'complaint' | 'unsubscribe' | 'auto-reply' {
  return said === 'complaint' || said === 'unsubscribe' || said === 'auto-reply';
}

/** Postmark has put the address on its list, and sends it nothing more. */
function readChange(body: unknown, recipient: string, now: number): EventFacts[] {
  if (findField(body, 'SuppressSending') !== true) return [];
  const reason = findText(body, 'SuppressionReason');
  const origin = findText(body, 'Origin');
  const kind = toChangeKind(reason, origin);
  if (kind === null) return [];
  const changedAt = findText(body, 'ChangedAt');
  const id = buildEventId(findText(body, 'MessageID'), recipient, reason, changedAt);
  const reply = `Postmark: ${findLine(body, 'SuppressionReason')}`;
  const facts = { status: null, reply, messageId: null };
  return [
    {
      ...{ id, at: toTime(changedAt, now), kind, recipient },
      ...{ ...facts, feedbackId: kind === 'complaint' ? id : null },
    },
  ];
}

function toChangeKind(reason: string, origin: string): ReportKind | null {
  if (reason === 'HardBounce') return 'permanent';
  if (reason === 'SpamComplaint') return 'complaint';
  // By the operator's own hand otherwise.
  return reason === 'ManualSuppression' && origin === 'Recipient' ? 'unsubscribe' : null;
}
