import { type AppliedPolicy, type DmarcWalk, findPolicy, isAligned, walkDmarc } from './dmarc.js';
import type { DnsLookups } from './dns-lookups.js';
import { type Finding, failure, good, warning } from './finding.js';
import type { MailSetup } from './mail-setup.js';

const SUBJECT = 'dmarc';

/** What DMARC says of mail from us (RFC 9989), and whether SPF and DKIM speak for the address in From. */
export async function examineDmarc(lookups: DnsLookups, setup: MailSetup): Promise<Finding[]> {
  const { authorDomain: domain, envelopeDomain, dkim } = setup;
  const [author, envelope, signer, exists] = await Promise.all([
    walkDmarc(lookups, domain),
    walkDmarc(lookups, envelopeDomain),
    dkim ? walkDmarc(lookups, dkim.domain.toLowerCase()) : null,
    isThere(lookups, domain),
  ]);
  const policy = findPolicy(author, exists);
  return [
    ...examineRecords(author),
    ...(policy === null ? tellMissing(author) : tellPolicy(author, policy)),
    ...examineAlignment(setup, policy, { author, envelope, signer }),
  ];
}

/** RFC 9989 §3.2.14: a name without A, AAAA and MX does not exist. What can't be looked up may. */
async function isThere(lookups: DnsLookups, domain: string): Promise<boolean> {
  const answers = await Promise.all([lookups.addresses(domain), lookups.mx(domain)]);
  return answers.some(({ kind }) => kind !== 'none');
}

/** Records that are there and do not count. */
function examineRecords({ several, almost, records }: DmarcWalk): Finding[] {
  return [
    ...several.map((domain) =>
      failure(SUBJECT, `_dmarc.${domain} has more than one record, so none of them counts`, {
        remedy: 'leave one',
      }),
    ),
    ...almost.map(({ domain, text }) =>
      failure(SUBJECT, `the record at _dmarc.${domain} does not count: "${text}"`, {
        remedy: 'let it begin with v=DMARC1; in just these letters',
        record: `_dmarc.${domain} TXT "${toCorrected(text)}"`,
      }),
    ),
    ...records
      .filter(({ faults }) => faults.length > 0)
      .map(({ domain, faults }) =>
        warning(
          SUBJECT,
          `the record at _dmarc.${domain} is not quite right: ${faults.join('; ')}`,
          {
            remedy: 'correct it',
          },
        ),
      ),
  ];
}

/** The same record with the version first; all else stays as it is. */
function toCorrected(text: string): string {
  const parts = text
    .replace(/["\\]/g, '')
    .split(';')
    .map((part) => part.trim());
  const tags = parts.filter((part) => /^[a-z]+\s*=/i.test(part) && !/^v\s*=/i.test(part));
  return ['v=DMARC1', ...(tags.length > 0 ? tags : ['p=none'])].join('; ');
}

function tellMissing({ domain, failed, several, almost }: DmarcWalk): Finding[] {
  if (failed.length > 0) {
    return [warning(SUBJECT, `the record can't be looked up: ${failed.join(', ')}`)];
  }
  if (several.length + almost.length > 0) return [];
  const told = `neither ${domain} nor what is above it has a record: large mailboxes refuse bulk mail without DMARC`;
  return [
    failure(SUBJECT, told, {
      remedy: 'publish this one; with rua=mailto:ADDRESS you get reports',
      record: `_dmarc.${domain} TXT "v=DMARC1; p=none"`,
    }),
  ];
}

function tellPolicy({ domain }: DmarcWalk, { record, policy, tag }: AppliedPolicy): Finding[] {
  const where = `_dmarc.${record.domain}`;
  const test = record.isTest ? ', and "t=y" asks not to apply it yet' : '';
  const reports = record.hasReports ? '' : '; it asks for no reports (rua=)';
  return [good(SUBJECT, `${where} says ${tag}=${policy} for mail from ${domain}${test}${reports}`)];
}

interface Walks {
  author: DmarcWalk;
  envelope: DmarcWalk;
  signer: DmarcWalk | null;
}

/** RFC 9989 §4.4: one of them has to speak for the domain in From. */
function examineAlignment(
  { relays, envelopeDomain }: MailSetup,
  policy: AppliedPolicy | null,
  { author, envelope, signer }: Walks,
): Finding[] {
  const { domain } = author;
  const strict = policy?.record.strict ?? { spf: false, dkim: false };
  const mode = (isStrict: boolean) => (isStrict ? 'strict' : 'relaxed');
  // Whoever puts a domain of their own into the envelope decides of SPF.
  const isRewritten = relays.some(({ provider }) => provider?.rewrites);
  const spf = isRewritten ? null : isAligned(author, envelope, strict.spf);
  const dkim = signer && isAligned(author, signer, strict.dkim);
  const findings: Finding[] = [];
  if (dkim === true) {
    findings.push(good(SUBJECT, `DKIM speaks for ${domain} (${mode(strict.dkim)} alignment)`));
  } else if (dkim === false) {
    const told = `DKIM signs for ${signer?.domain}, which does not speak for ${domain} (${mode(strict.dkim)} alignment)`;
    const remedy = `set DKIM_DOMAIN=${domain}`;
    findings.push(
      spf === true ? warning(SUBJECT, told, { remedy }) : failure(SUBJECT, told, { remedy }),
    );
  } else {
    const told = `mails are not signed here, and whether the relay signs for ${domain} can't be seen`;
    const remedy = `look with "doctor --send-to", or set DKIM_DOMAIN, DKIM_SELECTOR and DKIM_KEY_FILE`;
    findings.push(warning(SUBJECT, told, { remedy }));
  }
  if (spf === true) {
    findings.push(good(SUBJECT, `SPF speaks for ${domain} (${mode(strict.spf)} alignment)`));
  } else if (spf === false) {
    const told = `the envelope is from ${envelopeDomain}, so SPF does not speak for ${domain} (${mode(strict.spf)} alignment)`;
    const remedy = strict.spf
      ? `take a BOUNCE_ADDRESS at ${domain}, or write aspf=r into the record`
      : `take a BOUNCE_ADDRESS at ${domain}, or below it`;
    findings.push(
      dkim === true ? warning(SUBJECT, told, { remedy }) : failure(SUBJECT, told, { remedy }),
    );
  }
  return findings;
}
