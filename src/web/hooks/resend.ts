import type { ReportKind } from '../../mail/reports/report.js';
import { findStatus, judgeBounce } from './event-kind.js';
import {
  findField,
  findLine,
  findList,
  findText,
  toAddress,
  toMessageId,
  toTime,
} from './hook-fields.js';
import { checkAge, forged, hmac, isSame, parseBody } from './hook-proofs.js';
import type { EventFacts, HookProvider, HookRequest } from './hook-provider.js';
import { toSesBounce } from './ses-kinds.js';

// https://resend.com/docs/webhooks/event-types, https://docs.svix.com/receiving/verifying-payloads/how-manual

/** @param secret `whsec_` and the key in Base64 */
export function resendHook(secret: string): HookProvider {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return {
    name: 'resend',
    hasPassword: false,
    checkHeaders(request) {
      if (svixHeader(request, 'signature') === '') throw forged();
      // Each try has a moment of its own.
      checkAge(svixHeader(request, 'timestamp'), request.now);
    },
    async readEvents(request) {
      checkSignature(request, key);
      const id = svixHeader(request, 'id');
      return readResend(parseBody(request.body), id, request.now).map((event) => ({
        provider: 'resend',
        ...event,
      }));
    },
  };
}

/** By Svix's names, or by those of standardwebhooks.com. */
function svixHeader(request: Pick<HookRequest, 'header'>, name: string): string {
  return request.header(`svix-${name}`) || request.header(`webhook-${name}`);
}

function checkSignature(request: HookRequest, key: Buffer): void {
  const id = svixHeader(request, 'id');
  const timestamp = svixHeader(request, 'timestamp');
  const right = hmac(key, `${id}.${timestamp}.`, request.body).toString('base64');
  // Several while a secret is replaced by another.
  const given = svixHeader(request, 'signature').split(' ').slice(0, 10);
  if (id === '' || !given.some((one) => isSame(one, `v1,${right}`))) throw forged();
}

/** @param id of the event, the same for each try */
export function readResend(body: unknown, id: string, now: number): EventFacts[] {
  const data = findField(body, 'data');
  const reply = findReply(data);
  const status = findStatus('', reply);
  const kind = toKind(findText(body, 'type'), data, reply, status);
  if (kind === null) return [];
  const at = toTime(findField(body, 'created_at'), now);
  const messageId = findMessageId(data);
  return findList(data, 'to').flatMap((to, n) => {
    const recipient = typeof to === 'string' ? toAddress(to) : null;
    if (recipient === null) return [];
    const own = n === 0 ? id : `${id}#${n}`;
    const feedbackId = kind === 'complaint' ? own : null;
    return [{ id: own, at, kind, recipient, status, reply, messageId, feedbackId }];
  });
}

function findReply(data: unknown): string {
  const codes = findList(data, 'bounce', 'diagnosticCode').filter((one) => typeof one === 'string');
  return (
    findLine({ words: codes.join(' ') }, 'words') ||
    findLine(data, 'bounce', 'diagnosticCode') ||
    findLine(data, 'bounce', 'message') ||
    findLine(data, 'suppressed', 'message') ||
    findLine(data, 'failed', 'reason')
  );
}

/** The field, or a header of the mail, if it is given. */
function findMessageId(data: unknown): string | null {
  const header = findList(data, 'headers').find(
    (one) => findText(one, 'name').toLowerCase() === 'message-id',
  );
  return toMessageId(findText(header, 'value')) ?? toMessageId(findText(data, 'message_id'));
}

function toKind(
  type: string,
  data: unknown,
  reply: string,
  status: string | null,
): ReportKind | null {
  switch (type) {
    case 'email.bounced':
      return judgeBounce(
        toSesBounce(findText(data, 'bounce', 'type'), findText(data, 'bounce', 'subType')),
        reply,
        status,
      );
    case 'email.complained':
      return 'complaint';
    // On Resend's own list: it bounced or complained before.
    case 'email.suppressed':
      return 'permanent';
    default:
      return null;
  }
}
