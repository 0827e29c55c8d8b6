import { formatTxt } from '../../mail/dkim-record.js';
import type { DnsLookups } from './dns-lookups.js';
import { examineAuthorised, listAdditions } from './examine-spf-senders.js';
import { type Finding, failure, good, type Help, warning } from './finding.js';
import type { MailSetup } from './mail-setup.js';
import { countSpf, listNodes, MOST_LOOKUPS, MOST_VOID, type SpfNode, SpfSurveyor } from './spf.js';
import { buildSpf, type SpfRecord } from './spf-record.js';

const SUBJECT = 'spf';

/** The SPF record of the domain in the envelope (RFC 7208), and whether it lets the relays send. */
export async function examineSpf(lookups: DnsLookups, setup: MailSetup): Promise<Finding[]> {
  const { envelopeDomain: domain, relays, author } = setup;
  const identity = { sender: author, helo: relays[0]?.helo ?? domain, ip: null };
  const node = await new SpfSurveyor(lookups, identity).survey(domain);
  if (node.state === 'failed') {
    return [warning(SUBJECT, `the record of ${domain} can't be looked up (${node.why})`)];
  }
  if (node.state === 'none') return [await examineMissing(lookups, setup)];
  const { record } = node;
  if (record === null) return [tellSeveral(node)];
  return [
    tellCounts(node, record),
    ...examineFaults(node),
    ...examineLimits(node),
    ...examineAll(node, record),
    ...examineWeak(node, record),
    ...(await examineAuthorised(lookups, setup, node)),
  ];
}

export function toPaste(domain: string, text: string): Pick<Help, 'record'> {
  return { record: `${domain} TXT ${formatTxt(text)}` };
}

async function examineMissing(lookups: DnsLookups, setup: MailSetup): Promise<Finding> {
  const { envelopeDomain: domain, relays } = setup;
  const rewriting = relays.map(({ provider }) => (provider?.rewrites ? provider.name : null));
  if (rewriting.length > 0 && rewriting.every((name) => name !== null)) {
    const names = [...new Set(rewriting)].join(', ');
    return good(
      SUBJECT,
      `${domain} has no record, and mail over ${names} needs none there: the envelope gets a domain that you set up at the provider`,
    );
  }
  const text = buildSpf(null, await listAdditions(lookups, setup));
  return failure(SUBJECT, `${domain} has no record: large mailboxes refuse mail without SPF`, {
    remedy: 'publish this one, with whatever else sends for the domain in it',
    ...toPaste(domain, text),
  });
}

/** RFC 7208 §4.5: permerror. */
function tellSeveral({ domain, records }: SpfNode): Finding {
  const [first = '', ...others] = records;
  const known = new Set(first.split(' '));
  const more = others
    .flatMap((text) => text.split(' ').slice(1))
    .filter((word) => !/^[+~?-]?all$|^redirect=/i.test(word) && !known.has(word));
  return failure(SUBJECT, `${domain} has ${records.length} records, so none of them counts`, {
    remedy: 'leave one record that says what all of them say',
    ...toPaste(domain, buildSpf(first, [...new Set(more)])),
  });
}

function tellCounts(node: SpfNode, { text }: SpfRecord): Finding {
  const { lookups } = countSpf(node);
  const cost = `needs ${lookups} look-up${lookups === 1 ? '' : 's'} of the ${MOST_LOOKUPS} that are allowed`;
  return good(SUBJECT, `${node.domain} has "${text}", which ${cost}`);
}

/** What makes receivers take the record for none, here or in what it includes. */
function examineFaults(top: SpfNode): Finding[] {
  return listNodes(top).flatMap((node): Finding[] => {
    const isOwn = node === top;
    const whose = isOwn ? 'its record' : `the record of ${node.domain}, which it includes,`;
    const remedy = isOwn ? 'correct the record' : 'leave it out, or ask whoever runs that domain';
    if (node.state === 'none') {
      const told = `it includes ${node.domain}, which has no record, so the whole record is void`;
      return [failure(SUBJECT, told, { remedy: 'leave it out', ...withoutInclude(top, node) })];
    }
    if (node.state === 'failed') {
      return [warning(SUBJECT, `the record of ${node.domain} can't be looked up (${node.why})`)];
    }
    if (node.state === 'several') {
      const told = `${node.domain}, which it includes, has ${node.records.length} records, so the whole record is void`;
      return [failure(SUBJECT, told, { remedy })];
    }
    if (node.state === 'not followed') {
      return [failure(SUBJECT, `${node.domain} can't be followed: ${node.why}`, { remedy })];
    }
    const faults = node.record?.faults ?? [];
    if (faults.length === 0) return [];
    return [failure(SUBJECT, `${whose} is void: ${faults.join('; ')}`, { remedy })];
  });
}

function withoutInclude({ domain, record }: SpfNode, included: SpfNode): Pick<Help, 'record'> {
  const words = (record?.text ?? '').split(' ');
  const kept = words.filter((word) => !isNaming(word, included.domain));
  return kept.length === words.length ? {} : toPaste(domain, kept.join(' '));
}

function isNaming(word: string, domain: string): boolean {
  return /^[+~?-]?include:|^redirect=/i.test(word) && word.toLowerCase().endsWith(domain);
}

function examineLimits(node: SpfNode): Finding[] {
  const { lookups, voids } = countSpf(node);
  const findings: Finding[] = [];
  if (lookups > MOST_LOOKUPS) {
    findings.push(
      failure(
        SUBJECT,
        `the record needs ${lookups} look-ups, and receivers stop after ${MOST_LOOKUPS}: it is void`,
        { remedy: 'leave out what no longer sends for you, or give this service a subdomain' },
      ),
    );
  }
  if (voids > MOST_VOID) {
    findings.push(
      failure(
        SUBJECT,
        `${voids} look-ups of the record find nothing, and receivers take ${MOST_VOID}: it is void`,
        { remedy: `leave out what names nothing: ${listVoid(node).join(' ')}` },
      ),
    );
  }
  const mx = listNodes(node).flatMap(({ parts }) => parts.filter(({ hasTooMany }) => hasTooMany));
  for (const { term } of mx) {
    const told = `"${term.text}" names more than 10 mail servers, which makes the record void`;
    findings.push(failure(SUBJECT, told, { remedy: 'write their addresses instead' }));
  }
  return findings;
}

function listVoid(node: SpfNode): string[] {
  return listNodes(node).flatMap(({ parts }) =>
    parts.filter(({ isVoid }) => isVoid).map(({ term }) => term.text),
  );
}

/** What it says of everybody else. */
function examineAll(node: SpfNode, record: SpfRecord): Finding[] {
  const end = record.terms.at(-1);
  const { domain } = node;
  const paste = (from: RegExp) => toPaste(domain, record.text.replace(from, ' ~all'));
  if (end?.mechanism !== 'all') {
    if (record.redirect !== null) return [];
    const told = 'the record says nothing of all others (no "all"): anybody may send as you';
    const help = { remedy: 'end it with ~all', ...toPaste(domain, `${record.text} ~all`) };
    return [warning(SUBJECT, told, help)];
  }
  if (end.qualifier === '+') {
    const told = `"${end.text}" lets everybody on earth send as ${domain}, so mailboxes trust none of it`;
    return [failure(SUBJECT, told, { remedy: 'end it with ~all', ...paste(/ \+?all\b/i) })];
  }
  if (end.qualifier === '?') {
    const told = '"?all" says nothing of others, as if there were no record';
    return [warning(SUBJECT, told, { remedy: 'end it with ~all', ...paste(/ \?all\b/i) })];
  }
  return [];
}

function examineWeak(node: SpfNode, { ignored, terms }: SpfRecord): Finding[] {
  const findings: Finding[] = [];
  if (ignored.length > 0) {
    const told = `what stands behind "all" counts for nothing: ${ignored.join(' ')}`;
    findings.push(warning(SUBJECT, told, { remedy: 'move it before "all"' }));
  }
  const ptr = terms.find(({ mechanism }) => mechanism === 'ptr');
  if (ptr) {
    // RFC 7208 §5.5: not to be used.
    const told = `"${ptr.text}" is slow, and many receivers do not follow it`;
    findings.push(warning(SUBJECT, told, { remedy: `write addresses instead of "${ptr.text}"` }));
  }
  for (const { term, failed } of listNodes(node).flatMap(({ parts }) => parts)) {
    if (failed === null) continue;
    findings.push(warning(SUBJECT, `"${term.text}" can't be looked up (${failed})`));
  }
  return findings;
}
