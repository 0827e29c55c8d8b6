import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './program.js';

export interface Postfix {
  /** Begins in the clear, and offers STARTTLS. */
  readonly port: number;
  /** Speaks TLS from the first byte. */
  readonly tlsPort: number;
  /** What it has logged so far. */
  log(): string;
  close(): Promise<void>;
}

export interface PostfixOptions {
  /** File with a key and a certificate, both PEM. */
  tls?: string;
  /** More settings of main.cf, by their names there. */
  settings?: Record<string, string>;
  /** More services of master.cf, as its lines. */
  services?: string[];
  /** The port of this machine to which it passes all mails on; left out: it throws them away. */
  nextHop?: number;
}

/** Starts a Postfix of its own, beside any other on this machine. Needs root. */
export async function startPostfix({
  tls,
  settings,
  services = [],
  nextHop,
}: PostfixOptions = {}): Promise<Postfix> {
  const folder = mkdtempSync(join(tmpdir(), 'paperboy-postfix-'));
  chmodSync(folder, 0o755);
  for (const name of ['config', 'queue', 'data']) mkdirSync(join(folder, name), { mode: 0o755 });
  execFileSync('chown', ['postfix', join(folder, 'data')]);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const onwards = nextHop === undefined ? {} : passesOn(nextHop);
  const main = { ...mainOf(folder), ...(tls && tlsOf(tls)), ...onwards, ...settings };
  const lines = Object.entries(main).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(join(folder, 'config/main.cf'), lines.join(''));
  writeFileSync(join(folder, 'config/master.cf'), masterOf(port, tlsPort, services));
  await postfix(folder, 'start');
  await waitFor(port);
  return {
    port,
    tlsPort,
    log: () => readFileSync(join(folder, 'mail.log'), 'utf8'),
    close: async () => {
      await postfix(folder, 'abort');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function mainOf(folder: string): Record<string, string> {
  return {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    maillog_file: join(folder, 'mail.log'),
    maillog_file_prefixes: folder,
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    myhostname: 'relay.test',
    mydestination: '',
    default_transport: 'discard:',
    // Loopback is exempt otherwise.
    smtpd_client_event_limit_exceptions: '',
    smtpd_relay_restrictions: 'permit_sasl_authenticated, reject',
  };
}

/** Takes mails of this machine for everybody, and passes them on. */
function passesOn(port: number): Record<string, string> {
  return {
    mynetworks: '127.0.0.0/8',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    default_transport: `smtp:[127.0.0.1]:${port}`,
  };
}

function tlsOf(file: string): Record<string, string> {
  const files = { smtpd_tls_cert_file: file, smtpd_tls_key_file: file };
  return { ...files, smtpd_tls_security_level: 'may' };
}

function masterOf(port: number, tlsPort: number, services: readonly string[]): string {
  return [
    `127.0.0.1:${port} inet n - n - 20 smtpd`,
    `127.0.0.1:${tlsPort} inet n - n - 20 smtpd -o smtpd_tls_wrappermode=yes`,
    'rewrite unix - - n - - trivial-rewrite',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'discard unix - - n - - discard',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'anvil unix - - n - 1 anvil',
    'smtp unix - - n - - smtp',
    'lmtp unix - - n - - lmtp',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'proxymap unix - - n - - proxymap',
    'postlog unix-dgram n - n - 1 postlogd',
    ...services,
    '',
  ].join('\n');
}

async function postfix(folder: string, command: string): Promise<void> {
  const child = spawn('/usr/sbin/postfix', ['-c', join(folder, 'config'), command], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`postfix ${command} ended with ${code}: ${told}`);
}

async function waitFor(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`Postfix does not listen at ${port}`);
}
