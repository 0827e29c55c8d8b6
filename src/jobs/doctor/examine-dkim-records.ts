import { createPublicKey, type KeyObject } from 'node:crypto';
import { buildDkimRecord, type DkimRecord, formatTxt } from '../../mail/dkim-record.js';
import type { DnsLookups } from './dns-lookups.js';
import { type Finding, failure, good, type Help, warning } from './finding.js';
import type { MailSetup } from './mail-setup.js';
import { parseTags } from './tag-list.js';

/** Whether what is published for each key is that key (RFC 6376 §3.6.1, RFC 8463). */
export async function examineDkimRecords(
  lookups: DnsLookups,
  { dkim }: MailSetup,
): Promise<Finding[]> {
  if (dkim === null) return [];
  const { domain, keys } = dkim;
  return (
    await Promise.all(
      keys.map(async ({ selector, privateKey }) => {
        const key = { domain, selector, privateKey };
        const wanted = buildDkimRecord(domain, key);
        const subject = `dkim ${selector}`;
        const answer = await lookups.txt(wanted.name);
        if (answer.kind === 'failed') {
          return [warning(subject, `${wanted.name} can't be looked up (${answer.why})`)];
        }
        const texts = answer.kind === 'found' ? answer.records : [];
        return examineTexts(subject, wanted, texts, createPublicKey(privateKey));
      }),
    )
  ).flat();
}

function examineTexts(
  subject: string,
  wanted: DkimRecord,
  texts: readonly string[],
  key: KeyObject,
): Finding[] {
  const { name } = wanted;
  const help: Help = {
    remedy: 'publish this one',
    record: `${name} TXT ${formatTxt(wanted.text)}`,
  };
  const [text] = texts;
  if (text === undefined) {
    return [failure(subject, `${name} has no record: nobody can verify our signatures`, help)];
  }
  if (texts.length > 1) {
    // RFC 6376 §3.6.2.2: results are undefined.
    const told = `${name} has ${texts.length} records, so which one counts is left to chance`;
    return [failure(subject, told, { ...help, remedy: 'leave this one alone' })];
  }
  const fault = findFault(text, key);
  if (fault !== null) return [failure(subject, `the record at ${name} ${fault}`, help)];
  const flags =
    parseTags(text)
      .tags.get('t')
      ?.toLowerCase()
      .split(/\s*:\s*/) ?? [];
  if (flags.includes('y')) {
    const told = `the record at ${name} says "t=y": signatures are being tried out, and count for nothing`;
    return [warning(subject, told, { ...help, remedy: 'leave t=y out' })];
  }
  return [good(subject, `the record at ${name} is that of our key (${wanted.kind})`)];
}

/** What keeps receivers from verifying by this record; the end of a sentence. */
function findFault(text: string, key: KeyObject): string | null {
  const { tags, first, faults } = parseTags(text);
  const version = tags.get('v');
  if (version !== undefined && (version !== 'DKIM1' || first !== 'v')) {
    return version === 'DKIM1' ? 'has "v=" behind other tags' : 'is none of DKIM';
  }
  const published = tags.get('p');
  if (published === undefined) return `has no key ("p=")${faults[0] ? `: ${faults[0]}` : ''}`;
  if (/^[\s"]*$/.test(published)) return 'says that the key was revoked ("p=" is empty)';
  const type = tags.get('k')?.toLowerCase() ?? 'rsa';
  if (type !== key.asymmetricKeyType) {
    return `is for a key of the type ${type}, and ours is of the type ${key.asymmetricKeyType}`;
  }
  const hashes = tags
    .get('h')
    ?.toLowerCase()
    .split(/\s*:\s*/);
  if (hashes && !hashes.includes('sha256')) return 'does not take SHA-256 ("h="), which we use';
  const services = tags
    .get('s')
    ?.toLowerCase()
    .split(/\s*:\s*/);
  if (services && !services.includes('email') && !services.includes('*')) {
    return 'is not for mail ("s=")';
  }
  if (published.includes('"'))
    return 'has quotation marks inside its key: they were pasted with it';
  if (faults.length > 0) return `can't be read: ${faults.join('; ')}`;
  const known = readKey(type, published.replace(/\s+/g, ''));
  if (known === null) return "has a key that can't be read: it may have been cut off";
  return known.equals(key) ? null : 'has another key than DKIM_KEY_FILE';
}

/** A key as SPKI or as PKCS #1 has it (RFC 6376 §3.6.1 and its erratum 3017); Ed25519 in the raw. */
function readKey(type: string, base64: string): KeyObject | null {
  const octets = Buffer.from(base64, 'base64');
  const attempts =
    type === 'ed25519'
      ? [() => createPublicKey({ key: toJwk(octets), format: 'jwk' })]
      : (['spki', 'pkcs1'] as const).map(
          (form) => () => createPublicKey({ key: octets, type: form, format: 'der' }),
        );
  for (const attempt of attempts) {
    try {
      return attempt();
    } catch {
      // The other form may be it.
    }
  }
  return null;
}

function toJwk(octets: Buffer) {
  return { kty: 'OKP', crv: 'Ed25519', x: octets.toString('base64url') };
}
