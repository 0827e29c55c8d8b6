/**
 * A mail server in a process of its own. It writes down every message that it takes before it
 * answers, and now and then loses the answer. Run as `mail-server.ts RECORD SEED LOSE`, by
 * `mail-server-process.ts`.
 */
import { createHash } from 'node:crypto';
import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedMail } from '../support/received-mail.js';
import { type SmtpBehaviour, startSmtp } from '../support/smtp.js';
import { type Stage, seeded } from './kills.js';
import type { FromServer, ServerArguments, ToServer } from './mail-server-process.js';
import type { Recorded } from './record.js';

/** Longest pause before recording and before each reply, in milliseconds. */
const LONGEST_PAUSE = 6;
/** After five lost replies a mail is given up on by design; here every one is to arrive. */
const LOST_AT_MOST = 2;

const { record, seed, lose } = JSON.parse(process.argv[2] ?? '{}') as ServerArguments;
const file = openSync(record, 'a');
const random = seeded(seed);
const lost = new Map<string, number>();
let accepted = 0;
let inHand = 0;
let hold: { stage: Stage; from: number } | null = null;
const held: (() => void)[] = [];

const server = await startSmtp({ parse: false, onRcpt: () => pause('rcpt'), onData: receive });
tell({ kind: 'listening', url: server.url });

process.on('message', (message: ToServer) => {
  if (message.kind === 'hold') hold = message;
  if (message.kind === 'release') release();
  if (message.kind === 'quiet') void whenQuiet().then(() => tell({ kind: 'quiet' }));
});
// Whoever started it is gone: nobody is left to serve.
process.on('disconnect', () => process.exit());

async function receive(mail: ReceivedMail): Promise<SmtpBehaviour> {
  inHand += 1;
  await sleep(random() * LONGEST_PAUSE);
  const replyLost = random() < lose && losing(mail.to.join());
  const line: Recorded = {
    messageId: mail.messageId,
    to: mail.to.join(),
    sha256: createHash('sha256').update(mail.raw).digest('hex'),
    at: Date.now(),
    replyLost,
  };
  writeSync(file, `${JSON.stringify(line)}\n`);
  fdatasyncSync(file);
  accepted += 1;
  // The stub keeps all that it sees, which would be all mails.
  server.attempts.length = 0;
  server.received.length = 0;
  tell({ kind: 'progress', accepted, holding: held.length });
  await pause('dot');
  inHand -= 1;
  return replyLost ? 'drop' : undefined;
}

/** Takes a moment before the reply, or until `release` when replies are held back here. */
async function pause(stage: Stage): Promise<undefined> {
  if (hold?.stage === stage && accepted >= hold.from) {
    await new Promise<void>((resolve) => {
      held.push(resolve);
      tell({ kind: 'progress', accepted, holding: held.length });
    });
  }
  await sleep(random() * LONGEST_PAUSE);
}

function losing(to: string): boolean {
  const times = (lost.get(to) ?? 0) + 1;
  if (times > LOST_AT_MOST) return false;
  lost.set(to, times);
  return true;
}

function release(): void {
  hold = null;
  for (const letGo of held.splice(0)) letGo();
}

/** Everything that a killed sender had handed over is recorded then. */
async function whenQuiet(): Promise<void> {
  while (inHand > 0 || server.openConnections > 0) await sleep(5);
}

function tell(message: FromServer): void {
  if (process.connected) process.send?.(message);
}
