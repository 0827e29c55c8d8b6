/**
 * A mail server that is odd on purpose, in a process of its own. It keeps what it has seen and
 * tells all of it when asked. Run by `odd-server-process.ts`.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { ROOT } from '../../support/program.js';
import { seeded } from '../kills.js';
import type { Visitor } from './behaviour.js';
import { Conversation, type House } from './conversation.js';
import { endings } from './endings.js';
import { limits } from './limits.js';
import type { FromOddServer, ToOddServer } from './odd-server-process.js';
import type { OddServerOptions, Seen, Upload } from './oddity.js';

const { oddity, seed, tls, think } = JSON.parse(process.argv[2] ?? '{}') as OddServerOptions;
const random = seeded(seed);
const behaviour = endings(oddity, random) ?? limits(oddity) ?? {};
const seen: Seen = {
  uploads: [],
  strikes: 0,
  connections: 0,
  logins: 0,
  refused: [],
  firstAt: null,
};
/** In the order in which they came. */
const open = new Set<Visitor>();

const house: House = {
  behaviour,
  tls: tls ? secureContext() : null,
  login: oddity.kind === 'login',
  think: () => think * (0.5 + random()),
  rankOf: (visitor) => [...open].indexOf(visitor),
  struck: () => {
    seen.strikes += 1;
  },
  loginTried: () => {
    seen.strikes += 1;
    seen.logins += 1;
  },
  recipientRefused: (to) => {
    seen.refused.push(to);
  },
  answered: (to, body, reply, replyLost) => {
    const outcome = outcomeOf(reply);
    if (outcome === 'refused') seen.refused.push(to);
    const sha256 = createHash('sha256').update(body).digest('hex');
    const messageId = /^Message-ID:\s*(\S+)/im.exec(body.toString('latin1'))?.[1] ?? '';
    seen.uploads.push({ to, messageId, sha256, at: Date.now(), outcome, replyLost });
  },
  over: (visitor) => {
    open.delete(visitor);
  },
};

const server = createServer((socket) => {
  seen.connections += 1;
  seen.firstAt ??= Date.now();
  const conversation = new Conversation(house, socket);
  open.add(conversation);
  conversation.start();
});
server.listen(0, '127.0.0.1', () => {
  tell({ kind: 'listening', port: (server.address() as AddressInfo).port });
});

process.on('message', (message: ToOddServer) => {
  if (message.kind === 'mend') behaviour.mend?.();
  if (message.kind === 'tell') tell({ kind: 'seen', seen });
});
// Whoever started it is gone: nobody is left to serve.
process.on('disconnect', () => process.exit());

function secureContext() {
  const pem = readFileSync(join(ROOT, 'test/fixtures/tls/valid.pem'), 'utf8');
  return createSecureContext({ key: pem, cert: pem });
}

function outcomeOf(reply: string): Upload['outcome'] {
  if (reply.startsWith('2')) return 'accepted';
  return reply.startsWith('5') ? 'refused' : 'put off';
}

function tell(message: FromOddServer): void {
  if (process.connected) process.send?.(message);
}
