import { readMessageId } from '../../mail/message-id.js';
import type { ReportClues } from '../../mail/reports/report.js';
import type { ReturnKey } from '../../mail/return-keys.js';
import type { ReturnPaths } from '../../mail/return-path.js';
import type { InboundMail } from './inbound.js';
import type { MailRef, ReportTrust } from './report-store.js';

/** What of a report proves which of our mails, or which reader, it is about. */
export type Proof =
  | { trust: Exclude<ReportTrust, 'none' | 'provider'>; mail: MailRef }
  /** It came to the address by which this subscriber leaves. */
  | { trust: 'return-path'; leaver: number };

export interface IdentifyDeps {
  returnPaths: Pick<ReturnPaths, 'readAddress' | 'readEnvelopeId' | 'findIn'>;
  /** Of Message-IDs, newest first. */
  secrets: readonly string[];
}

/**
 * Finds out which mail a report is about, by the strongest proof first. Anybody can write to us, so
 * nothing counts that has no MAC of ours. The Message-ID is weaker than the rest: whoever got a forwarded
 * digest has seen it, so it only counts for its own recipient.
 */
export function identify(
  { returnPaths, secrets }: IdentifyDeps,
  { recipients, octets }: Pick<InboundMail, 'recipients' | 'octets'>,
  { addressedTo, envelopeIds, messageIds }: ReportClues,
): Proof | null {
  for (const address of [...recipients, ...addressedTo]) {
    const key = returnPaths.readAddress(address);
    if (key) return toProof('return-path', key);
  }
  for (const id of envelopeIds) {
    const key = returnPaths.readEnvelopeId(id);
    if (key && key.kind !== 'u') return toProof('envelope-id', key);
  }
  const returned = returnPaths.findIn(octets);
  if (returned) return toProof('return-path', returned);
  for (const text of messageIds) {
    const mail = readMessageId(text, secrets);
    if (mail) return { trust: 'message-id', mail };
  }
  return null;
}

function toProof(trust: 'return-path' | 'envelope-id', { kind, id }: ReturnKey): Proof {
  if (kind === 'u') return { trust: 'return-path', leaver: id };
  return { trust, mail: { kind, id } };
}
