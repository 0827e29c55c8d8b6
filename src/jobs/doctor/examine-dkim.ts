import type { DkimIdentity } from '../../mail/dkim.js';
import { buildDkimRecord, formatTxt } from '../../mail/dkim-record.js';
import type { Finding } from './finding.js';

/** With which keys mails are signed, and the records to publish. Asks no DNS. */
export function examineDkim(dkim: DkimIdentity | null): Finding[] {
  if (dkim === null) {
    const told = 'mails are not signed here (DKIM_DOMAIN is not set): the relay has to do it';
    return [{ subject: 'dkim', ok: true, told }];
  }
  return dkim.keys.map((key) => {
    const { name, text, kind } = buildDkimRecord(dkim.domain, key);
    const told = `signs for ${dkim.domain} with ${kind}; the DNS needs ${name} TXT ${formatTxt(text)}`;
    return { subject: `dkim ${key.selector}`, ok: true, told };
  });
}
