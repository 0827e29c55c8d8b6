import { formatTxt } from '../../mail/dkim-record.js';
import type { DnsLookups } from './dns-lookups.js';
import { type Finding, failure, good, type Help, warning } from './finding.js';
import { findSendingAddresses, type MailSetup, type SetUpRelay, toSpfTerm } from './mail-setup.js';
import { checkSpf, listNodes, type SpfNode, SpfSurveyor } from './spf.js';
import { buildSpf } from './spf-record.js';

const SUBJECT = 'spf';
const UNSEEN = 'whether mail leaves from there can\'t be seen here, "doctor --send-to" shows it';

/** What a record needs so that these relays may send. */
export async function listAdditions(lookups: DnsLookups, setup: MailSetup): Promise<string[]> {
  const additions = await Promise.all(
    setup.relays.map(async (relay) => {
      if (relay.provider)
        return relay.provider.rewrites ? [] : [`include:${relay.provider.include}`];
      if (!relay.isLocal) return [toSpfTerm(relay.host)];
      const addresses = await findSendingAddresses(lookups, relay, setup);
      return addresses.length > 0 ? addresses.map(toSpfTerm) : ['ip4:ADDRESS'];
    }),
  );
  return [...new Set(additions.flat())];
}

/** Whether the record lets each relay send, as far as that can be seen. */
export async function examineAuthorised(
  lookups: DnsLookups,
  setup: MailSetup,
  node: SpfNode,
): Promise<Finding[]> {
  const findings = await Promise.all(
    setup.relays.map((relay) =>
      relay.provider
        ? [examineProvider(relay, node)]
        : examineAddresses(lookups, setup, node, relay),
    ),
  );
  return findings.flat();
}

function examineProvider({ name, provider }: SetUpRelay, node: SpfNode): Finding {
  const { name: who, include, rewrites } = provider ?? { name, include: '', rewrites: false };
  const isIncluded = listNodes(node).some(({ domain }) => domain.toLowerCase() === include);
  if (isIncluded) return good(SUBJECT, `includes ${include}, so ${who} may send (relay ${name})`);
  if (rewrites) {
    const told = `does not include ${include}, and ${who} (relay ${name}) mostly puts a domain into the envelope that you set up there; "doctor --send-to" shows which`;
    return good(SUBJECT, told);
  }
  const help = toAdding(node, [`include:${include}`]);
  const told = `does not include ${include}: ${who} (relay ${name}) may not send for ${node.domain}`;
  // Its addresses may be written out.
  const isListed = listNodes(node).some(({ record }) =>
    record?.terms.some(({ mechanism }) => ['ip4', 'ip6', 'exists'].includes(mechanism)),
  );
  return isListed
    ? warning(SUBJECT, `${told}, unless its addresses are among those in the record`, help)
    : failure(SUBJECT, told, help);
}

function toAdding({ domain, record }: SpfNode, added: string[]): Help {
  const text = buildSpf(record?.text ?? null, added);
  return { remedy: 'add it to the record', record: `${domain} TXT ${formatTxt(text)}` };
}

async function examineAddresses(
  lookups: DnsLookups,
  setup: MailSetup,
  node: SpfNode,
  relay: SetUpRelay,
): Promise<Finding[]> {
  const addresses = await findSendingAddresses(lookups, relay, setup);
  if (addresses.length === 0) {
    const what = relay.isLocal ? 'this machine' : relay.host;
    const told = `from which address ${what} sends (relay ${relay.name}) can't be seen, so neither can whether it may`;
    return [good(SUBJECT, `${told}; "doctor --send-to" shows it`)];
  }
  return Promise.all(
    addresses.map(async (ip) => {
      const identity = { sender: setup.author, helo: relay.helo, ip };
      const seen = await new SpfSurveyor(lookups, identity).survey(node.domain);
      return tellAddress(relay, node, ip, checkSpf(seen, ip));
    }),
  );
}

function tellAddress(
  { name, host, isLocal }: SetUpRelay,
  node: SpfNode,
  ip: string,
  result: string,
): Finding {
  const whose = isLocal ? `this machine's address ${ip}` : `${ip} (the address of ${host})`;
  if (result === 'pass') {
    const end = isLocal ? '' : `; ${UNSEEN}`;
    return good(SUBJECT, `lets ${whose} send (relay ${name})${end}`);
  }
  const told = `does not let ${whose} send (relay ${name}): a receiver gets "${result}"`;
  const help = toAdding(node, [toSpfTerm(isLocal ? ip : host)]);
  const remedy = `${help.remedy}, unless the relay hands all mail on to another`;
  return isLocal
    ? failure(SUBJECT, told, { ...help, remedy })
    : warning(SUBJECT, `${told}; ${UNSEEN}`, help);
}
