import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { Clock } from '../../base/clock.js';
import { toErrorCode, toErrorMessage } from '../../base/errors.js';
import { parseUrl } from '../../base/url.js';
import { VERSION } from '../../base/version.js';
import { isPublic, isPublicHost } from '../../http/public-address.js';
import { formatEnd, RENEW } from './certificate-end.js';
import { DnsLookups, type DnsResolver } from './dns-lookups.js';
import { examineProxies, FORGED, type TrustProxy } from './examine-proxies.js';
import { type Finding, failure, good, warning } from './finding.js';
import { buildReflectionToken, REFLECTION_PATH, type Reflection } from './reflection.js';
import { readValidTo } from './relay-probe.js';
import type { WebAnswer, WebLook } from './web-look.js';

const SUBJECT = 'public url';

export interface PublicUrlDeps {
  look: WebLook;
  clock: { now(): number };
  /** By which the other side knows us, and we know it. */
  secret: string;
  trustProxy: TrustProxy;
  /** The addresses of a name, as far as they can be looked up. */
  findAddresses(name: string): Promise<string[]>;
}

/** The addresses of names; none where they can't be looked up. */
export function openAddressFinder(deps: {
  openResolver(): DnsResolver;
  clock: Pick<Clock, 'sleep'>;
}): PublicUrlDeps['findAddresses'] {
  return async (name) => {
    const resolver = deps.openResolver();
    const answer = await new DnsLookups({ resolver, clock: deps.clock }).addresses(name);
    resolver.cancel();
    return answer.kind === 'found' ? answer.records : [];
  };
}

/** Looks at the pages as readers do, as far as that can be seen from this machine. */
export async function examinePublicUrl(publicUrl: string, deps: PublicUrlDeps): Promise<Finding[]> {
  const url = new URL(publicUrl);
  const [reach, seen, certificate] = await Promise.all([
    examineReach(url, deps),
    examineAnswer(url, deps),
    examineCertificate(url, deps.clock.now()),
  ]);
  return [...reach, ...seen, ...certificate];
}

/** Whether others can come here at all. */
async function examineReach({ hostname }: URL, deps: PublicUrlDeps): Promise<Finding[]> {
  const help = { remedy: 'set PUBLIC_URL to an address that all readers can open' };
  if (!isPublicHost(hostname)) {
    const told = `${hostname} is an address of this machine or network: readers elsewhere can open no link`;
    return [failure(SUBJECT, told, help)];
  }
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return [];
  const addresses = await deps.findAddresses(hostname);
  if (addresses.length === 0 || addresses.some(isPublic)) return [];
  const told = `${hostname} is ${addresses.join(', ')}, which only this machine or network can reach`;
  return [failure(SUBJECT, told, help)];
}

async function examineAnswer(url: URL, deps: PublicUrlDeps): Promise<Finding[]> {
  const { look, clock, secret, trustProxy } = deps;
  const token = buildReflectionToken(secret, clock.now());
  let answer: WebAnswer;
  try {
    answer = await look(new URL(`${REFLECTION_PATH}/${token}`, url), { 'x-forwarded-for': FORGED });
  } catch (error) {
    return [tellSilence(url, error)];
  }
  if (answer.status >= 300 && answer.status < 400) return [tellRedirect(url, answer)];
  const reflection = answer.status === 200 ? readReflection(answer.body) : null;
  if (reflection === null) return [await tellStranger(url, answer, look)];
  return [tellItself(url, reflection), ...examineProxies(reflection, trustProxy)];
}

function tellSilence({ origin, hostname }: URL, error: unknown): Finding {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = toErrorCode(cause) ?? '';
  const reason = code || toErrorMessage(cause);
  return failure(SUBJECT, `${origin} can't be opened from here (${reason})`, {
    remedy: toRemedy(code, hostname),
  });
}

function toRemedy(code: string, hostname: string): string {
  if (code === 'ECONNREFUSED') return 'start "serve", and whatever stands before it';
  if (code === 'ENOTFOUND') return `give ${hostname} an address in the DNS`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `get a certificate for ${hostname}`;
  if (code.startsWith('CERT_')) return 'renew its certificate';
  if (/SELF_SIGNED|ISSUER|UNABLE_TO_VERIFY/.test(code)) {
    return "get a certificate that browsers know, like Let's Encrypt's, with its whole chain";
  }
  return 'check firewall, proxy and DNS; from inside some networks, only others can open it';
}

/** RFC 8058 §3.1: who unsubscribes by one click is not sent elsewhere. */
function tellRedirect(url: URL, { status, location }: WebAnswer): Finding {
  const target = parseUrl(location ?? '', url);
  const where = target?.origin ?? url.origin;
  const told = `${url.origin} leads elsewhere (${status} to ${where}): unsubscribing by one click does not follow`;
  const remedy =
    where === url.origin
      ? 'let the proxy pass everything on to "serve", without a login'
      : `set PUBLIC_URL=${where}, if that is this Paperboy too`;
  return failure(SUBJECT, told, { remedy });
}

/** Somebody else answers, or another Paperboy. */
async function tellStranger(url: URL, { status }: WebAnswer, look: WebLook): Promise<Finding> {
  const health = await look(new URL('/healthz', url)).catch(() => null);
  const version = /"status":"ok","version":"([\w.+-]{1,40})"/.exec(health?.body ?? '')?.[1];
  if (version === undefined) {
    return failure(SUBJECT, `something else than Paperboy answers at ${url.origin} (${status})`, {
      remedy: `let the proxy pass everything on to "serve", or correct PUBLIC_URL`,
    });
  }
  const told = `a Paperboy ${version} answers at ${url.origin}, but it has another SECRET_KEY, or is older than ${VERSION}`;
  return failure(SUBJECT, told, {
    remedy: 'run doctor with the settings of "serve", and restart "serve" after an update',
  });
}

function tellItself({ origin }: URL, { version }: Reflection): Finding {
  if (version === VERSION) return good(SUBJECT, `${origin} leads to this Paperboy, ${VERSION}`);
  const told = `${origin} leads to Paperboy ${version}, and this is ${VERSION}`;
  return warning(SUBJECT, told, { remedy: 'restart "serve"' });
}

function readReflection(body: string): Reflection | null {
  try {
    const answer: unknown = JSON.parse(body);
    return isReflection(answer) ? answer : null;
  } catch {
    return null;
  }
}

function isReflection(answer: unknown): answer is Reflection {
  if (typeof answer !== 'object' || answer === null) return false;
  const { version, peer, client, forwardedFor } = answer as Record<keyof Reflection, unknown>;
  const isText = (value: unknown) => value === null || typeof value === 'string';
  return typeof version === 'string' && [peer, client, forwardedFor].every(isText);
}

const LIMIT = 5_000;

/** Only its end is looked at: whatever else is wrong with it shows when the pages are opened. */
function examineCertificate({ protocol, hostname, port }: URL, now: number): Promise<Finding[]> {
  if (protocol !== 'https:') return Promise.resolve([]);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const options = { host, port: Number(port || 443), rejectUnauthorized: false, ...servername };
    const socket = connect(options, () => {
      const end = readValidTo(socket);
      const told = end === null ? null : formatEnd(end, now);
      resolve(told === null ? [] : [warning(SUBJECT, told, { remedy: RENEW })]);
      socket.destroy();
    });
    socket.setTimeout(LIMIT, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve([]));
  });
}
