import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { freePort } from './program.js';

export const DOVECOT = '/usr/sbin/dovecot';
export const USER = 'bounces@imap.test';
export const PASSWORD = 'right pass';

export interface Dovecot {
  /** In the clear, with STARTTLS. */
  readonly port: number;
  /** TLS from the first byte. */
  readonly tlsPort: number;
  /** Takes mails for the mailbox by LMTP. */
  readonly lmtpPort: number;
  /** Its file of settings, for `doveadm`. */
  readonly config: string;
  /** The user with the password, as a URL has them. */
  readonly login: string;
  /** A connection of the mailbox's owner, with INBOX open. */
  connect(): Promise<ImapFlow>;
  /** Puts mails into INBOX. */
  deliver(...mails: string[]): Promise<void>;
  /** How many mails a mailbox has: all, and those that are seen. */
  count(mailbox: string): Promise<{ all: number; seen: number }>;
  log(): string;
  close(): Promise<void>;
}

/** Starts a Dovecot of its own, beside any other on this machine. Needs root. */
export async function startDovecot(tls: string): Promise<Dovecot> {
  const folder = mkdtempSync(join(tmpdir(), 'paperboy-dovecot-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'home'));
  execFileSync('chown', ['nobody:nogroup', join(folder, 'home')]);
  const ports = { port: await freePort(), tlsPort: await freePort(), lmtpPort: await freePort() };
  const config = join(folder, 'dovecot.conf');
  writeFileSync(join(folder, 'users'), `${USER}:${PASSWORD}\n`);
  chmodSync(join(folder, 'users'), 0o644);
  writeFileSync(config, buildConfig(folder, ports, tls));
  const child = spawn(DOVECOT, ['-F', '-c', config], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  const connect = () => connectTo(ports.port);
  const opened = await retry(connect);
  await opened.logout();
  return {
    ...ports,
    config,
    login: `${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}`,
    connect,
    async deliver(...mails) {
      const client = await connect();
      for (const mail of mails) await client.append('INBOX', Buffer.from(mail, 'latin1'));
      await client.logout();
    },
    async count(mailbox) {
      const client = await connect();
      const query = { messages: true, unseen: true };
      const status = await client.status(mailbox, query).catch(() => false as const);
      const { messages = 0, unseen = 0 } = status || { messages: 0 };
      await client.logout();
      return { all: messages, seen: messages - unseen };
    },
    log: () => readFileSync(join(folder, 'dovecot.log'), 'utf8'),
    close: async () => {
      child.kill('SIGTERM');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function connectTo(port: number): Promise<ImapFlow> {
  const client = new ImapFlow({
    ...{ host: '127.0.0.1', port, secure: false, logger: false, disableAutoIdle: true },
    auth: { user: USER, pass: PASSWORD },
    tls: { rejectUnauthorized: false },
  });
  client.on('error', () => undefined);
  await client.connect();
  await client.mailboxOpen('INBOX');
  return client;
}

async function retry<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries >= 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function buildConfig(
  folder: string,
  { port, tlsPort, lmtpPort }: Record<'port' | 'tlsPort' | 'lmtpPort', number>,
  tls: string,
): string {
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <${tls}
ssl_key = <${tls}
disable_plaintext_auth = no
mail_location = maildir:${folder}/home/mail
first_valid_uid = 1
default_login_user = dovenull
default_internal_user = dovecot
default_internal_group = dovecot
mail_max_userip_connections = 50
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${folder}/users
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${folder}/home
}
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort}
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtpPort}
  }
}
service anvil {
  chroot =
}
`;
}
