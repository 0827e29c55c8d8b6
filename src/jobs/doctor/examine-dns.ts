import type { Clock } from '../../base/clock.js';
import { DnsLookups, type DnsResolver } from './dns-lookups.js';
import { examineDkimRecords } from './examine-dkim-records.js';
import { examineDmarc } from './examine-dmarc.js';
import {
  examineBounceDomain,
  examineHelo,
  examineReverse,
  examineSenderDomain,
} from './examine-hosts.js';
import { examineSpf } from './examine-spf.js';
import { type Finding, failure } from './finding.js';
import type { MailSetup } from './mail-setup.js';

/** Names that no mailbox on the internet can look up (RFC 6761, 6762, 8375, 9476). */
const PRIVATE = /(?:^|\.)(?:localhost|local|internal|home\.arpa|lan|invalid|alt)$/;

/** All that mailboxes look up of whoever sends. */
export async function examineDns(
  setup: MailSetup,
  deps: { resolver: DnsResolver; clock: Pick<Clock, 'sleep'> },
): Promise<Finding[]> {
  if (PRIVATE.test(setup.authorDomain)) {
    const told = `MAIL_FROM is at ${setup.authorDomain}, a name that only this machine or network knows: no mailbox takes mail from it`;
    return [failure('sender', told, { remedy: 'set MAIL_FROM to an address at your domain' })];
  }
  const lookups = new DnsLookups(deps);
  try {
    const findings = await Promise.all([
      examineSenderDomain(lookups, setup),
      examineSpf(lookups, setup),
      examineDkimRecords(lookups, setup),
      examineDmarc(lookups, setup),
      examineReverse(lookups, setup),
      examineHelo(lookups, setup),
      examineBounceDomain(lookups, setup),
    ]);
    if (lookups.hasAnswers) return withoutRepeats(findings.flat());
    const told = `no name server answers (${lookups.failures.join(', ')}), so nothing could be looked up`;
    const remedy = 'check the network and /etc/resolv.conf, or name a server: --dns 9.9.9.9';
    return [failure('dns', told, { remedy })];
  } finally {
    deps.resolver.cancel();
  }
}

/** Two relays may send from one address. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}
