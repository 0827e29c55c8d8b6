import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import ipaddr from 'ipaddr.js';

interface DnsRecords {
  mx?: readonly [priority: number, exchange: string][];
  a?: readonly string[];
  aaaa?: readonly string[];
  /** Each a text, or the strings that it is divided into. */
  txt?: readonly (string | readonly string[])[];
  ptr?: readonly string[];
}

/** What a name has; `null`: there is no such name. `fails`: SERVFAIL. `silent`: no answer ever comes. */
export type DnsName = DnsRecords | null | 'fails' | 'silent';

export interface DnsServer {
  /** As `setServers` of a resolver wants it. */
  readonly address: string;
  /** Each question in its order, like `MX reader.example`. */
  readonly asked: string[];
  /** What is known of names; of all others, there are none. */
  readonly names: Map<string, DnsName>;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<number, string>> = {
  ...{ 1: 'A', 12: 'PTR', 15: 'MX', 16: 'TXT', 28: 'AAAA' },
};
const [NOERROR, SERVFAIL, NXDOMAIN] = [0, 2, 3];

/** A little DNS server over UDP on the loopback address (RFC 1035 §4). */
export async function startDns(names: Record<string, DnsName> = {}): Promise<DnsServer> {
  const known = new Map(Object.entries(names));
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = readQuestion(query);
    asked.push(`${TYPES[type] ?? type} ${name}`);
    const found = known.get(name) ?? null;
    if (found === 'silent') return;
    const rcode = found === null ? NXDOMAIN : found === 'fails' ? SERVFAIL : NOERROR;
    const records = found === null || found === 'fails' ? [] : toRecords(found, type);
    const head = Buffer.from(query.subarray(0, 12));
    // An answer, with recursion: as asked, and offered.
    head.writeUInt16BE(0x8180 | rcode, 2);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt16BE(0, 8);
    head.writeUInt16BE(0, 10);
    const answers = records.map((data) => {
      const record = Buffer.alloc(12);
      // The name of the question, by a pointer; class IN; an hour.
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt32BE(3_600, 6);
      record.writeUInt16BE(data.length, 10);
      return Buffer.concat([record, data]);
    });
    socket.send(Buffer.concat([head, query.subarray(12, end), ...answers]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    names: known,
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function toRecords({ a, aaaa, mx, txt, ptr }: DnsRecords, type: number): Buffer[] {
  switch (TYPES[type]) {
    case 'A':
    case 'AAAA': {
      const addresses = (TYPES[type] === 'A' ? a : aaaa) ?? [];
      return addresses.map((address) => Buffer.from(ipaddr.parse(address).toByteArray()));
    }
    case 'TXT':
      return (txt ?? []).map((text) => Buffer.concat([text].flat().map(toCharacterString)));
    case 'PTR':
      return (ptr ?? []).map(toName);
    case 'MX':
      return (mx ?? []).map(([priority, exchange]) =>
        Buffer.concat([Buffer.from([0, priority]), toName(exchange)]),
      );
    default:
      return [];
  }
}

/** RFC 1035 §3.3.14: its length, and at most 255 octets. */
function toCharacterString(text: string): Buffer {
  const octets = Buffer.from(text, 'utf8');
  if (octets.length > 255) throw new Error(`A string of ${octets.length} octets: divide it`);
  return Buffer.concat([Buffer.from([octets.length]), octets]);
}

function toName(name: string): Buffer {
  const labels = name.split('.').filter(Boolean);
  const octets = labels.map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
  );
  return Buffer.concat([...octets, Buffer.from([0])]);
}
