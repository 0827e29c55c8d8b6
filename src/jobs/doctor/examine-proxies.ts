import { type Finding, failure, good, warning } from './finding.js';
import type { Reflection } from './reflection.js';

/** As the setting has it. */
export type TrustProxy = boolean | string | number;

/** RFC 5737: nobody's address. Whoever takes us for it believes whatever a client writes. */
export const FORGED = '192.0.2.77';

const SUBJECT = 'trust proxy';

/**
 * Whether TRUST_PROXY is right, by how a request to ourselves arrived that claimed to come from an
 * address that is nobody's.
 */
export function examineProxies(
  { client, forwardedFor, peer }: Reflection,
  trustProxy: TrustProxy,
): Finding[] {
  const hops = (forwardedFor ?? '')
    .split(',')
    .map((hop) => hop.trim())
    .filter(Boolean);
  // A proxy adds who asked it behind what it got, or throws that away.
  const added = hops[0] === FORGED ? hops.slice(1) : hops;
  const count = added.length;
  if (client === FORGED) return [tellForged(count)];
  if (trustProxy === false) return [tellOff(count, hops, peer)];
  const [reader] = added;
  if (reader === undefined) {
    const told = `no proxy on the way from here to PUBLIC_URL adds X-Forwarded-For, and TRUST_PROXY is ${formatTrust(trustProxy)}`;
    return [good(SUBJECT, `${told}; what a client writes is not believed`)];
  }
  const bare = reader.replace(/^\[|\](?::\d+)?$/g, '');
  if (client === bare || client === reader.replace(/:\d+$/, '')) {
    const proxies = `${count} prox${count === 1 ? 'y' : 'ies'}`;
    return [good(SUBJECT, `readers are told apart behind ${proxies}; we came from ${client}`)];
  }
  const told = `${client}, which is a proxy, is taken for the reader (X-Forwarded-For: ${hops.join(', ')}), so all share one limit`;
  return [warning(SUBJECT, told, { remedy: `set TRUST_PROXY=${count}` })];
}

/** Anybody can then get round all limits that count by address. */
function tellForged(count: number): Finding {
  const told =
    'whoever asks may write any address into X-Forwarded-For and is taken for it, so limits by address hold nobody';
  const remedy =
    count === 0
      ? 'no proxy stands on the way from here: set TRUST_PROXY=off, or let the proxy write the header'
      : `set TRUST_PROXY=${count}, the number of proxies`;
  return failure(SUBJECT, told, { remedy });
}

function tellOff(count: number, hops: readonly string[], peer: string | null): Finding {
  if (count === 0) {
    return good(SUBJECT, 'no proxy on the way from here to PUBLIC_URL adds X-Forwarded-For');
  }
  const told = `requests come through a proxy (X-Forwarded-For: ${hops.join(', ')}) and TRUST_PROXY is off: all readers count as ${peer ?? 'one'}, and share its limits`;
  return warning(SUBJECT, told, { remedy: `set TRUST_PROXY=${count}, or the proxy's address` });
}

function formatTrust(trustProxy: TrustProxy): string {
  return trustProxy === true ? 'on' : String(trustProxy);
}
