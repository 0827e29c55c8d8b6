import type { FastifyInstance, FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

/** Who asks, as far as the proxies on the way are believed. */
export interface Client {
  /** In the one way of writing it (RFC 5952), without port or zone; `null`: not known. */
  readonly address: string | null;
  /** Whether somebody on the way is named in a way that can't be read. */
  readonly hidden: boolean;
}

/** Who can't be told from others shares one limit with them. */
const UNKNOWN: Client = { address: null, hidden: true };
/** Whoever has a line at home has a network of this size, and all addresses in it. */
const HOME_NETWORK = 64;

type Socket = FastifyRequest['raw']['socket'];

/** Of requests that came through a proxy, which can bring those of many clients. */
const clients = new WeakMap<FastifyRequest, Client>();
/** Of connections: reading an address for each of its requests takes as long as a page from memory. */
const peers = new WeakMap<Socket, Client>();

export function findClient(request: FastifyRequest): Client {
  return clients.get(request) ?? peers.get(request.raw.socket) ?? UNKNOWN;
}

/**
 * Notes of each request who asks, before anything else happens: a connection that has ended no longer
 * says from where it came. Proxies write addresses in many ways, which are made one before Fastify
 * looks whom to believe.
 */
export function noteClients(app: FastifyInstance, believesProxies: boolean): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (believesProxies) {
      const hidden = !cleanForwarded(request.raw.headers);
      clients.set(request, toClient(request.ip, hidden));
    } else {
      const { socket } = request.raw;
      if (!peers.has(socket)) peers.set(socket, toClient(socket.remoteAddress, false));
    }
    done();
  });
}

function toClient(ip: string | undefined, hidden: boolean): Client {
  const address = toAddress(ip ?? '');
  return { address, hidden: hidden || address === null };
}

/** What limits are counted by: an address, or the network that an IPv6 address is in. */
export function toLimitKey(request: FastifyRequest): string {
  const { address } = findClient(request);
  if (address === null) return 'unknown';
  const ip = ipaddr.parse(address);
  if (ip.kind() === 'ipv4') return address;
  return ipaddr.IPv6.networkAddressFromCIDR(`${address}/${HOME_NETWORK}`).toString();
}

type Headers = FastifyRequest['raw']['headers'];

/**
 * Writes the addresses of `X-Forwarded-For`, or else of `Forwarded` (RFC 7239), so that they can be
 * compared. What stands before one that can't be read was said by nobody who is known, so it goes.
 * @returns whether all of them could be read
 */
function cleanForwarded(headers: Headers): boolean {
  const hops = readHops(headers);
  if (hops.length === 0) return true;
  const addresses = hops.map(toAddress);
  const known = addresses.slice(addresses.lastIndexOf(null) + 1);
  headers['x-forwarded-for'] = known.join(', ');
  return known.length === hops.length;
}

function readHops(headers: Headers): string[] {
  const list = headers['x-forwarded-for'] ?? [];
  const hops = [list].flat().join(',').split(',');
  const named = hops.map((hop) => hop.trim()).filter(Boolean);
  return named.length > 0 ? named : readForwarded(headers['forwarded'] ?? '');
}

/** RFC 7239 §4: `for=192.0.2.43;proto=https, for="[2001:db8::17]:4711"`. */
function readForwarded(header: string): string[] {
  const elements = header.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? [];
  return elements.flatMap((element) => {
    const [, quoted, plain = ''] =
      /(?:^|;)\s*for\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/i.exec(element) ?? [];
    if (element.trim() === '') return [];
    return [(quoted?.replace(/\\(.)/g, '$1') ?? plain).trim()];
  });
}

/** `203.0.113.9:50001`, `[2001:db8::1]:443`, `"[2001:db8::1]"`, `::ffff:203.0.113.9`, `fe80::1%eth0`. */
const HOP =
  /^"?(?:\[(?<bracketed>[^\]]*)\]|(?<four>\d+\.\d+\.\d+\.\d+)|(?<six>[\da-f]*:[\da-f.:]*:[\da-f.:]*(?:%.*)?))(?<port>:[\w.-]*)?"?$/i;

/** `null` where it is none: `unknown`, `_hidden` (RFC 7239 §6.3), a name. */
function toAddress(hop: string): string | null {
  const { bracketed, four, six } = HOP.exec(hop)?.groups ?? {};
  const text = (bracketed ?? four ?? six ?? '').replace(/%.*$/, '');
  const isWritten =
    four === undefined ? text.includes(':') : ipaddr.IPv4.isValidFourPartDecimal(four);
  if (!isWritten || !ipaddr.isValid(text)) return null;
  const ip = ipaddr.process(text);
  return ip.kind() === 'ipv4' ? ip.toString() : (ip as ipaddr.IPv6).toRFC5952String();
}
