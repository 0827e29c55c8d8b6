import { tmpdir } from 'node:os';
import { type Measured, run } from '../kit/measure.js';
import type { Sink } from '../kit/sink.js';
import { need } from '../kit/tools.js';

/**
 * Postfix's own load generator: one mail, made once, over connections that stay open. Nothing that
 * has to make mails can be faster.
 * @throws Skipped
 */
export async function smtpSource(
  sink: Sink,
  { mails, connections, octets }: { mails: number; connections: number; octets: number },
): Promise<Measured & { rate: number }> {
  const command = need('smtp-source', 'postfix');
  const size = ['-l', String(octets), '-m', String(mails)];
  const args = ['-d', '-s', String(connections), ...size, '-f', 'papers@example.org'];
  const measured = await run(command, [...args, `127.0.0.1:${sink.port}`], { cwd: tmpdir() });
  return { ...measured, rate: mails / measured.wallSeconds };
}
