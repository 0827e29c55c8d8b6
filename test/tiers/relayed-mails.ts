import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { expect } from 'vitest';
import type { DkimKey } from '../../src/mail/dkim.js';
import { type Desk, openDesk } from '../cli/desk.js';
import { startPostfix } from '../support/postfix.js';
import { startRawSmtp } from '../support/raw-smtp.js';

export const DOMAIN = 'papers.example.org';
const PAUSED = 'bob@reader.test';
const NEW = 'cleo@reader.test';

/** A mail as the reader's server got it from the relay. */
export interface RelayedMail {
  what: string;
  to: string;
  raw: Buffer;
}

export interface RelayOptions {
  /** More settings of the relay. */
  settings?: Record<string, string>;
  /** What the reader's server offers. */
  capabilities: string[];
  /** A folder of days as Hugging Face answers them, and the day that is sent. */
  days?: { folder: string; date: string };
  /** Who gets the digest. */
  reader?: string;
}

const pem = ({ privateKey }: { privateKey: KeyObject }) =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

export const KEYS: readonly DkimKey[] = [
  { selector: 's1', privateKey: pem(generateKeyPairSync('rsa', { modulusLength: 2048 })) },
  { selector: 'e1', privateKey: pem(generateKeyPairSync('ed25519')) },
];

/** A day's digest and a notice of each kind, sent by the program over a real Postfix. */
export async function relayMails(options: RelayOptions): Promise<RelayedMail[]> {
  const reader = options.reader ?? 'ada@reader.test';
  const desk = await openDesk();
  const mailbox = await startRawSmtp({ capabilities: options.capabilities });
  const postfix = await startPostfix({
    nextHop: mailbox.port,
    settings: options.settings ?? {},
  });
  try {
    const env = settings(desk, `smtp://127.0.0.1:${postfix.port}`);
    if (options.days) desk.source.loadDir(options.days.folder);
    const date = options.days?.date ?? '2026-03-02';
    const file = desk.file('readers.csv', `email\n${reader}\n`);
    await desk.json(['subscribers', 'import', file, '--confirmed']);
    const { code, stderr } = await desk.run(['run', '--date', date, '--now'], { env });
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    addPaused(desk);
    const running = await desk.serve(env);
    for (const email of [reader, PAUSED, NEW]) await subscribe(desk, email);
    await mailbox.waitFor(({ accepted }) => accepted.length === 4, 60_000);
    await running.kill();
    return mailbox.accepted.map(({ raw, to }) => ({ what: name(raw), to: to.join(), raw }));
  } finally {
    await postfix.close();
    await mailbox.close();
    await desk.close();
  }
}

function settings(desk: Desk, relay: string): Record<string, string> {
  for (const { selector, privateKey } of KEYS) desk.file(`${selector}.pem`, privateKey);
  return {
    SMTP_URL: relay,
    MAIL_FROM: `Tägliche Papers 📰 <papers@${DOMAIN}>`,
    REPLY_TO: `desk@${DOMAIN}`,
    PUBLIC_URL: `https://${DOMAIN}`,
    DKIM_DOMAIN: DOMAIN,
    DKIM_SELECTOR: KEYS.map(({ selector }) => selector).join(' '),
    DKIM_KEY_FILE: KEYS.map(({ selector }) => join(desk.path, `${selector}.pem`)).join(' '),
  };
}

/** Makes a reader whose digests are paused. */
function addPaused(desk: Desk): void {
  const database = new SQLite(join(desk.path, 'paperboy.db'));
  const columns = database
    .prepare<[], { name: string }>("select name from pragma_table_info('subscribers')")
    .all()
    .map(({ name }) => name)
    .filter((column) => !['id', 'email', 'email_key', 'state'].includes(column))
    .join(', ');
  database.exec(
    `insert into subscribers (email, email_key, state, ${columns})
     select '${PAUSED}', '${PAUSED}', 'paused', ${columns} from subscribers limit 1`,
  );
  database.close();
}

/** A busy machine may make the pages say 503 for a moment. */
async function subscribe(desk: Desk, email: string): Promise<void> {
  const post = async () => {
    const response = await fetch(`${desk.site}/subscribe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email }),
    });
    return response.ok;
  };
  await expect.poll(post, { timeout: 20_000, interval: 500 }).toBe(true);
}

/** `digest`, or the kind of the notice, by its Feedback-ID. */
function name(raw: Buffer): string {
  const [, first = '', last = ''] =
    /^Feedback-ID: ([^:]+):(?:[^:]+:)*?([^:]+):paperboy/m.exec(String(raw)) ?? [];
  return last === 'notice' ? first : last;
}
