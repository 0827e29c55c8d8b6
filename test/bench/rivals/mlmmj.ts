import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kit } from '../kit/bench.js';
import { type Measured, run } from '../kit/measure.js';
import type { Mail } from '../kit/paperboy.js';
import type { Sink } from '../kit/sink.js';
import { find, need } from '../kit/tools.js';

/** What mlmmj-make-ml makes below a list's folder; it asks questions, so it is no help here. */
const FOLDERS =
  'incoming queue/discarded archive text subconf unsubconf bounce control moderation subscribers.d digesters.d requeue nomailsubs.d';

/** Makes a library that gives mlmmj-send its sockets without delay, or `null` without a compiler. */
export async function compileNodelay(kit: Kit): Promise<string | null> {
  const compiler = find('cc');
  if (!compiler) return null;
  const cwd = kit.folder();
  const source = fileURLToPath(new URL('nodelay.c', import.meta.url));
  const library = join(cwd, 'nodelay.so');
  await run(compiler, ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl'], { cwd });
  return library;
}

/**
 * mlmmj 1.3's sender with an envelope sender for each recipient (VERP), one after another over one
 * connection, as it always does.
 * @param nodelay the library of `compileNodelay`
 * @throws Skipped
 */
export async function mlmmjSend(
  kit: Kit,
  sink: Sink,
  mail: Mail,
  { mails, nodelay }: { mails: number; nodelay: string | null },
): Promise<Measured & { rate: number }> {
  const command = need('mlmmj-send', 'mlmmj');
  const list = makeList(kit.folder(), sink, mails);
  const file = join(list, 'incoming/mail');
  writeFileSync(file, rawMail(mail));
  const env: Record<string, string> = nodelay ? { LD_PRELOAD: nodelay } : {};
  // Without the archive (-a), version 1.3.0 crashes on VERP.
  const measured = await run(command, ['-L', list, '-m', file, '-D'], { cwd: list, env });
  // Recipients that it could not reach are kept there for another time.
  const left = readdirSync(join(list, 'requeue'));
  if (left.length > 0) throw new Error('mlmmj-send did not reach all recipients.');
  return { ...measured, rate: mails / measured.wallSeconds };
}

function makeList(folder: string, sink: Sink, readers: number): string {
  for (const name of FOLDERS.split(' ')) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'index'), '');
  const control = {
    listaddress: 'papers@example.org',
    owner: 'owner@example.org',
    relayhost: '127.0.0.1',
    smtpport: String(sink.port),
    smtphelo: 'papers.example.org',
    // Above 16 KB it writes line by line otherwise, several times slower.
    memorymailsize: '1000000',
  };
  for (const [name, value] of Object.entries(control)) {
    writeFileSync(join(folder, 'control', name), `${value}\n`);
  }
  const addresses = Array.from({ length: readers }, (_, n) => `reader${n}@mail${n % 100}.test\n`);
  writeFileSync(join(folder, 'subscribers.d/r'), addresses.join(''));
  return folder;
}

/** Octets enough; what they say is nothing to a list manager. */
function rawMail({ octets }: Mail): string {
  const head = 'From: papers@example.org\nTo: papers@example.org\nSubject: Daily Papers\n\n';
  const line = `${'x'.repeat(74)}\n`;
  // Each line end becomes two octets on the wire.
  return head + line.repeat(Math.round((octets - head.length) / (line.length + 1)));
}
