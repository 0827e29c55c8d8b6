import type { DnsLookups } from './dns-lookups.js';
import { parseTags } from './tag-list.js';

export type DmarcPolicy = 'none' | 'quarantine' | 'reject';

/** A valid DMARC record, with defaults for what it does not say (RFC 9989 §4.7). */
export interface DmarcRecord {
  domain: string;
  text: string;
  policy: DmarcPolicy;
  /** `sp=` and `np=`; `null`: not said. */
  below: DmarcPolicy | null;
  belowMissing: DmarcPolicy | null;
  psd: 'y' | 'n' | 'u';
  isTest: boolean;
  strict: { spf: boolean; dkim: boolean };
  hasReports: boolean;
  /** What is written and does not count. */
  faults: string[];
}

/** What the tree walk from a domain found. */
export interface DmarcWalk {
  domain: string;
  /** Longest domain first. */
  records: DmarcRecord[];
  /** The Organizational Domain. */
  organisation: string;
  /** Domains with more than one record, of which none counts. */
  several: string[];
  /** Look-ups that failed, each with why. */
  failed: string[];
  /** TXT records there that begin almost like one. */
  almost: { domain: string; text: string }[];
}

/** RFC 9989 §4.10: no more look-ups than these for one domain. */
const MOST_LABELS = 8;

/** The DNS tree walk (RFC 9989 §4.10). */
export async function walkDmarc(lookups: DnsLookups, domain: string): Promise<DmarcWalk> {
  const walk: DmarcWalk = {
    ...{ domain, records: [], organisation: domain },
    ...{ several: [], failed: [], almost: [] },
  };
  const names = listWalked(domain);
  // All at once, though the walk may end at one of them.
  await Promise.all(names.map((name) => lookups.txt(`_dmarc.${name}`)));
  for (const name of names) {
    const record = await readAt(lookups, name, walk);
    if (record === null) continue;
    walk.records.push(record);
    if (record.psd !== 'u') break;
  }
  return { ...walk, organisation: findOrganisation(walk) };
}

/** The domain itself, then what is above it; of long names, parts are left out. */
export function listWalked(domain: string): string[] {
  const labels = domain.split('.');
  const above = labels.length < MOST_LABELS ? labels.slice(1) : labels.slice(1 - MOST_LABELS);
  return [domain, ...above.map((_, place) => above.slice(place).join('.'))];
}

async function readAt(
  lookups: DnsLookups,
  domain: string,
  walk: DmarcWalk,
): Promise<DmarcRecord | null> {
  const answer = await lookups.txt(`_dmarc.${domain}`);
  if (answer.kind === 'failed') walk.failed.push(`_dmarc.${domain} (${answer.why})`);
  if (answer.kind !== 'found') return null;
  const records = answer.records.filter(isDmarc);
  const wrong = answer.records.find((text) => !isDmarc(text) && /dmarc/i.test(text));
  if (wrong !== undefined) walk.almost.push({ domain, text: wrong });
  const [text] = records;
  if (text === undefined) return null;
  if (records.length === 1) return parseDmarc(domain, text);
  walk.several.push(domain);
  return null;
}

/** RFC 9989 §4.8: the version comes first, in these letters. */
function isDmarc(text: string): boolean {
  return /^v\s*=\s*DMARC1\s*(?:;|$)/.test(text);
}

/** That of the last record: the walk ends at `psd=n`, or below `psd=y`, or at the shortest name. */
function findOrganisation({ domain, records }: DmarcWalk): string {
  const last = records.at(-1);
  if (last?.psd === 'y' && last.domain !== domain) return childToward(domain, last.domain);
  return last?.domain ?? domain;
}

/** The domain one label below `above`. */
function childToward(domain: string, above: string): string {
  const count = above.split('.').length + 1;
  return domain.split('.').slice(-count).join('.');
}

const POLICIES: readonly string[] = ['none', 'quarantine', 'reject'];
/** Read no more since RFC 9989, Appendix A. */
const RETIRED = ['pct', 'rf', 'ri'];

export function parseDmarc(domain: string, text: string): DmarcRecord {
  const { tags, faults } = parseTags(text);
  const read = <T extends string>(name: string, allowed: readonly string[], standard: T): T => {
    const value = tags.get(name)?.toLowerCase();
    if (value === undefined || allowed.includes(value)) return (value as T | undefined) ?? standard;
    faults.push(`"${name}=${value}" is none of ${allowed.join(', ')}`);
    return standard;
  };
  const policy = read<DmarcPolicy>('p', POLICIES, 'none');
  if (!tags.has('p')) faults.push('it has no "p=", which counts as p=none');
  const below = tags.has('sp') ? read<DmarcPolicy>('sp', POLICIES, policy) : null;
  const belowMissing = tags.has('np') ? read<DmarcPolicy>('np', POLICIES, below ?? policy) : null;
  const retired = RETIRED.filter((name) => tags.has(name));
  if (retired.length > 0) faults.push(`${retired.join(', ')}: read no more (RFC 9989)`);
  const reports = tags.get('rua') ?? '';
  if (reports !== '' && !/^\s*[a-z][a-z0-9+.-]*:/i.test(reports)) {
    faults.push('"rua=" has no address that begins with mailto:');
  }
  return {
    ...{ domain, text, policy, below, belowMissing, faults },
    psd: read<'y' | 'n' | 'u'>('psd', ['y', 'n', 'u'], 'u'),
    isTest: read<'y' | 'n'>('t', ['y', 'n'], 'n') === 'y',
    strict: {
      spf: read<'r' | 's'>('aspf', ['r', 's'], 'r') === 's',
      dkim: read<'r' | 's'>('adkim', ['r', 's'], 'r') === 's',
    },
    hasReports: /mailto:\S+@/i.test(reports),
  };
}

/** What holds for mail from a domain. */
export interface AppliedPolicy {
  record: DmarcRecord;
  policy: DmarcPolicy;
  /** The tag that says so. */
  tag: 'p' | 'sp' | 'np';
}

/**
 * Policy discovery (RFC 9989 §4.10.1): the domain's own record, else its organisation's, else the
 * public suffix's.
 * @param exists whether the domain has any address or mail server
 */
export function findPolicy(walk: DmarcWalk, exists: boolean): AppliedPolicy | null {
  const { domain, records, organisation } = walk;
  const record =
    records.find((one) => one.domain === domain) ??
    records.find((one) => one.domain === organisation) ??
    records.find((one) => one.psd === 'y');
  if (record === undefined) return null;
  if (record.domain === domain) return { record, policy: record.policy, tag: 'p' };
  if (!exists && record.belowMissing !== null) {
    return { record, policy: record.belowMissing, tag: 'np' };
  }
  if (record.below !== null) return { record, policy: record.below, tag: 'sp' };
  return { record, policy: record.policy, tag: 'p' };
}

/** RFC 9989 §4.4: whether an authenticated domain speaks for the one in From. */
export function isAligned(author: DmarcWalk, other: DmarcWalk, isStrict: boolean): boolean {
  if (author.domain === other.domain) return true;
  return !isStrict && author.organisation === other.organisation;
}
