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
    if (!lookups.hasAnswers) return [tellNothing(lookups)];
    if (lookups.hasFound || (await knowsTheWorld(lookups))) return withoutRepeats(findings.flat());
    return [tellNothing(lookups)];
  } finally {
    deps.resolver.cancel();
  }
}

/** Domains that exist if anything does. */
const WITNESSES = ['gmail.com', 'outlook.com', 'yahoo.com'];

/** A name server of a closed network, or of a sandbox, denies all that is outside. */
async function knowsTheWorld(lookups: DnsLookups): Promise<boolean> {
  const known = await Promise.all(WITNESSES.map((name) => lookups.mx(name)));
  return known.some(({ kind }) => kind === 'found');
}

/** One line instead of forty. */
function tellNothing({ hasAnswers, failures }: DnsLookups): Finding {
  const told = hasAnswers
    ? `the name server knows no name, not even ${WITNESSES[0]}, so nothing could be looked up`
    : `no name server answers (${failures.join(', ')}), so nothing could be looked up`;
  const remedy = 'check the network and /etc/resolv.conf, or name a server: --dns 9.9.9.9';
  return failure('dns', told, { remedy });
}

/** Two relays may send from one address. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}
