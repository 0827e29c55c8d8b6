import { createHmac, timingSafeEqual } from 'node:crypto';

/** The outboxes that readers' mails are of: deliveries and notices. */
export type MessageKind = 'd' | 'n';

const MAC_LETTERS = 16;
const MESSAGE_ID = /^<?([dn])([0-9a-z]{1,11})\.([0-9a-f]{16})@/;

/**
 * The Message-ID of a mail: the same for every attempt, so that mailboxes can drop a repeated copy,
 * and unguessable, so that nobody can forge a bounce for it.
 * @param kind of the outbox; `o` for mails to the operator, which are never read back
 */
export function buildMessageId(
  kind: MessageKind | 'o',
  id: number,
  { secret, domain }: { secret: string; domain: string },
): string {
  return `<${kind}${id.toString(36)}.${toMac(kind, id, secret)}@${domain}>`;
}

/**
 * Which mail a Message-ID names; `null` for one that is not ours. Its domain makes no difference, since
 * the settings may have changed.
 */
export function readMessageId(
  text: string,
  secrets: readonly string[],
): { kind: MessageKind; id: number } | null {
  const [, kind, digits = '', mac = ''] = MESSAGE_ID.exec(text.trim().toLowerCase()) ?? [];
  if (kind !== 'd' && kind !== 'n') return null;
  const id = Number.parseInt(digits, 36);
  if (!Number.isSafeInteger(id) || id.toString(36) !== digits) return null;
  const isOurs = secrets.some((secret) =>
    timingSafeEqual(Buffer.from(mac), Buffer.from(toMac(kind, id, secret))),
  );
  return isOurs ? { kind, id } : null;
}

function toMac(kind: MessageKind | 'o', id: number, secret: string): string {
  const mac = createHmac('sha256', secret).update(`message-id ${kind}${id}`).digest('hex');
  return mac.slice(0, MAC_LETTERS);
}
