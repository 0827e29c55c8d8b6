import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import { freePort } from '../support/program.js';
import { lacks } from './tier.js';

const SMTP_SINK = '/usr/sbin/smtp-sink';
const READERS = Array.from({ length: 200 }, (_, n) => `reader${n}@reader.test`);

const leftOut = lacks('postfix', SMTP_SINK);

/** The sink of Postfix: an SMTP server of another make, which keeps what it takes in files. */
describe.skipIf(leftOut)('Postfix’s SMTP server', () => {
  let desk: Desk;
  let sink: ChildProcess;
  let port: number;
  let told = '';

  beforeEach(async () => {
    desk = await openDesk();
    port = await freePort();
    sink = startSink(desk.path, port);
    sink.stderr?.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    await expect.poll(() => listens(port), { timeout: 10_000 }).toBe(true);
  });
  afterEach(async () => {
    sink.kill();
    await desk.close();
  });

  test('accepts 200 digests over 8 connections, each once and whole', async () => {
    const file = desk.file('readers.csv', `email\n${READERS.join('\n')}\n`);
    await desk.json(['subscribers', 'import', file, '--confirmed']);
    const env = { SMTP_URL: `smtp://127.0.0.1:${port}`, SMTP_CONNECTIONS: '8' };
    const args = ['run', '--date', '2026-03-02', '--now', '--json'];
    const result = await desk.run(args, { env });
    expect([told, result.code]).toEqual(['', 0]);
    expect(result.json()).toMatchObject({
      accepted: 200,
      planned: 0,
      deferred: 0,
      refused: 0,
      uncertain: 0,
    });
    const mails = readdirSync(desk.path)
      .filter((name) => name.startsWith('mail.'))
      .map((name) => readFileSync(join(desk.path, name), 'latin1'));
    const recipients = mails.map((mail) => /^X-Rcpt-Args: <([^>]+)>/m.exec(mail)?.[1]);
    expect(recipients.sort()).toEqual([...READERS].sort());
    for (const mail of mails) {
      expect(mail).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m);
      expect(mail).toMatch(/^--=_paperboy_\w+--\s*$/m);
    }
  });
});

/** Takes eight connections at once; each mail becomes a file that begins with its envelope. */
function startSink(folder: string, port: number): ChildProcess {
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : [];
  const args = [...user, '-m', '8', '-d', 'mail.', `127.0.0.1:${port}`, '100'];
  return spawn(SMTP_SINK, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
