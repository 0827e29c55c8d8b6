import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** What a name has; `null`: there is no such name. `fails`: SERVFAIL. `silent`: no answer ever comes. */
export type DnsName =
  | { mx?: readonly [priority: number, exchange: string][]; a?: readonly string[] }
  | null
  | 'fails'
  | 'silent';

export interface DnsServer {
  /** As `setServers` of a resolver wants it. */
  readonly address: string;
  /** Each question in its order, like `MX reader.example`. */
  readonly asked: string[];
  /** What is known of names; of all others, there are none. */
  readonly names: Map<string, DnsName>;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 15: 'MX', 28: 'AAAA' };
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

function toRecords(name: Exclude<DnsName, null | string>, type: number): Buffer[] {
  if (TYPES[type] === 'A')
    return (name.a ?? []).map((ip) => Buffer.from(ip.split('.').map(Number)));
  if (TYPES[type] !== 'MX') return [];
  return (name.mx ?? []).map(([priority, exchange]) => {
    const labels = exchange.split('.').filter(Boolean);
    const octets = labels.map((label) =>
      Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
    );
    return Buffer.concat([Buffer.from([0, priority]), ...octets, Buffer.from([0])]);
  });
}
