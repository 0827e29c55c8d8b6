import { Resolver } from 'node:dns/promises';
import { systemClock } from '../../../src/base/clock.js';
import { examineDns } from '../../../src/jobs/doctor/examine-dns.js';
import type { Finding } from '../../../src/jobs/doctor/finding.js';
import { type MailSettings, toMailSetup } from '../../../src/jobs/doctor/mail-setup.js';
import { type DnsName, startDns } from '../../support/dns.js';

/** Where everything is as it should be; a test says what is otherwise. */
export const GOOD: Record<string, DnsName> = {
  'example.org': {
    ...{ mx: [[10, 'mail.example.org']], a: ['9.8.7.5'] },
    txt: ['v=spf1 ip4:9.8.7.5 ~all', 'some-site-verification=1'],
  },
  'mail.example.org': { a: ['9.8.7.5'] },
  'papers.example.org': { a: ['9.8.7.5'] },
  '5.7.8.9.in-addr.arpa': { ptr: ['papers.example.org'] },
  '_dmarc.example.org': { txt: ['v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org'] },
  org: {},
};

export const LOCAL = { name: 'own', smtp: { host: '127.0.0.1' } };

export const SETTINGS: MailSettings = {
  mailFrom: { address: 'papers@example.org' },
  dkim: null,
  routes: [LOCAL],
  publicUrl: 'https://papers.example.org',
};

export interface LookedUp {
  findings: Finding[];
  asked: string[];
}

/** What `doctor --dns` finds where names have these records; all others have those of `GOOD`. */
export async function lookUp(
  names: Record<string, DnsName> = {},
  settings: Partial<MailSettings> = {},
  interfaces: readonly string[] = ['9.8.7.5', '192.168.1.4', '::1'],
  ownName: string | null = null,
): Promise<LookedUp> {
  const dns = await startDns({ ...GOOD, ...names });
  try {
    const resolver = new Resolver({ timeout: 300, tries: 1 });
    resolver.setServers([dns.address]);
    const ownNames = new Map([['own', ownName]]);
    const setup = toMailSetup({ ...SETTINGS, ...settings }, interfaces, ownNames);
    const findings = await examineDns(setup, { resolver, clock: systemClock });
    return { findings, asked: [...dns.asked] };
  } finally {
    await dns.close();
  }
}

/** As `doctor` prints them: `FAIL spf: …`, with remedy and record behind arrows. */
export function formatAll(findings: readonly Finding[], subject: string): string[] {
  return findings
    .filter((finding) => finding.subject === subject)
    .map(({ ok, warns, told, remedy, record }) => {
      const word = ok ? (warns ? 'warn' : 'ok') : 'FAIL';
      return [`${word} ${told}`, remedy, record].filter(Boolean).join(' -> ');
    });
}

/** The findings of one subject. */
export async function lookUpAt(
  subject: string,
  ...given: Parameters<typeof lookUp>
): Promise<string[]> {
  return formatAll((await lookUp(...given)).findings, subject);
}
