import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort, tempDir } from '../../support/program.js';
import type { Upload } from './oddity.js';

const run = promisify(execFile);
export const POSTFIX = '/usr/sbin/postfix';

/** Services of master.cf, none in a jail: name, type, private, most processes, command. */
const SERVICES = [
  'postlog unix-dgram n 1 postlogd',
  'pickup unix n 1 pickup',
  'cleanup unix n 0 cleanup',
  'qmgr unix n 1 qmgr',
  'rewrite unix - - trivial-rewrite',
  'bounce unix - 0 bounce',
  'defer unix - 0 bounce',
  'trace unix - 0 bounce',
  'flush unix n 0 flush',
  'proxymap unix - - proxymap',
  'showq unix n - showq',
  'error unix - - error',
  'retry unix - - error',
  'virtual unix - - virtual',
  'anvil unix - 1 anvil',
];
const OF_FOLDER = { recursive: true, encoding: 'utf8' } as const;
/** What a program that was ended leaves of a mail it had not taken yet: nobody sends it. */
const UNFINISHED = /(^|\/)\d+\.\d+$/;
/** What a mail server puts above what it was given. */
const TRACE = /^(?:(?:Return-Path|X-Original-To|Delivered-To|Received):.*\n(?:[ \t].*\n)*)+/;

/** A real Postfix of its own on a free port. It puts all mail into one folder; it needs root. */
export class PostfixServer {
  /** Not inside a folder of ours: its processes are of other users, and may not pass there. */
  readonly #own = tempDir();
  readonly #folder = this.#own.path;
  readonly #port: number;

  private constructor(port: number) {
    this.#port = port;
  }

  static async start(): Promise<PostfixServer> {
    const server = new PostfixServer(await freePort());
    await server.#configure();
    await server.resume();
    return server;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  /** Ends it, whatever is under way. */
  async stop(): Promise<void> {
    await this.#postfix('stop');
  }

  async resume(): Promise<void> {
    await this.#postfix('start');
    while (!(await listens(this.#port))) await sleep(10);
  }

  /** Stops it for good. */
  async close(): Promise<void> {
    // It may be stopped already, or never have come up.
    await this.stop().catch(() => undefined);
    this.#own.dispose();
  }

  log(): string {
    return readFileSync(join(this.#folder, 'postfix.log'), 'utf8');
  }

  /** All that it has taken, the oldest first, once its queue is empty. */
  async received(): Promise<Pick<Upload, 'to' | 'messageId' | 'sha256' | 'at'>[]> {
    while (this.#queued() > 0) await sleep(50);
    const inbox = join(this.#folder, 'mail/inbox/new');
    const files = readdirSync(inbox).map((name) => join(inbox, name));
    return files.map(readDelivered).sort((a, b) => a.at - b.at);
  }

  async #configure(): Promise<void> {
    const folder = this.#folder;
    chmodSync(folder, 0o755);
    for (const name of ['conf', 'queue', 'data', 'mail']) mkdirSync(join(folder, name));
    const owner = await idOf('postfix');
    const nobody = await idOf('nobody');
    chownSync(join(folder, 'data'), owner, owner);
    chownSync(join(folder, 'mail'), nobody, nobody);
    // While it starts, nobody logs for those of its programs that have given up root.
    writeFileSync(join(folder, 'postfix.log'), '');
    chownSync(join(folder, 'postfix.log'), owner, owner);
    const daemons = (await run('/usr/sbin/postconf', ['-dh', 'daemon_directory'])).stdout.trim();
    const settings = {
      compatibility_level: '3.6',
      queue_directory: join(folder, 'queue'),
      data_directory: join(folder, 'data'),
      daemon_directory: daemons,
      inet_interfaces: '127.0.0.1',
      inet_protocols: 'ipv4',
      myhostname: 'postfix.test',
      mydestination: '',
      alias_maps: '',
      virtual_mailbox_domains: 'static:all',
      virtual_mailbox_maps: 'static:inbox/',
      virtual_mailbox_base: join(folder, 'mail'),
      virtual_uid_maps: `static:${nobody}`,
      virtual_gid_maps: `static:${nobody}`,
      mynetworks: '127.0.0.0/8',
      maillog_file_prefixes: folder,
      maillog_file: join(folder, 'postfix.log'),
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
    writeFileSync(join(folder, 'conf/main.cf'), `${lines.join('\n')}\n`);
    const services = [`127.0.0.1:${this.#port} inet n - smtpd`, ...SERVICES].map(masterLine);
    writeFileSync(join(folder, 'conf/master.cf'), `${services.join('\n')}\n`);
  }

  #queued(): number {
    const queues = ['maildrop', 'incoming', 'active', 'deferred'];
    return queues
      .flatMap((name) => readdirSync(join(this.#folder, 'queue', name), OF_FOLDER))
      .filter((file) => !UNFINISHED.test(file)).length;
  }

  async #postfix(command: 'start' | 'stop'): Promise<void> {
    await run(POSTFIX, ['-c', join(this.#folder, 'conf'), command]);
  }
}

function masterLine(service: string): string {
  const [name, type, isPrivate, most, command] = service.split(' ');
  // The delivering one starts as root, to become who owns the mail.
  const unprivileged = command === 'virtual' ? 'n' : '-';
  return [name, type, isPrivate, unprivileged, 'n', '-', most, command].join(' ');
}

function readDelivered(file: string) {
  const text = readFileSync(file, 'latin1');
  const own = text.replace(TRACE, '');
  return {
    to: /^X-Original-To: (\S+)/m.exec(text)?.[1] ?? '',
    messageId: /^Message-ID:\s*(\S+)/im.exec(own)?.[1] ?? '',
    sha256: createHash('sha256').update(own, 'latin1').digest('hex'),
    at: statSync(file).mtimeMs,
  };
}

async function idOf(user: string): Promise<number> {
  return Number((await run('id', ['-u', user])).stdout);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
