import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kit } from '../kit/bench.js';
import { type Measured, run } from '../kit/measure.js';
import type { Mail } from '../kit/paperboy.js';
import type { Sink } from '../kit/sink.js';

const SCRIPT = fileURLToPath(new URL('nodemailer.js', import.meta.url));

export interface Job {
  mails: number;
  connections: number;
  /** Compiled for each mail. */
  mjml?: string;
  dkim?: { domainName: string; keySelector: string; privateKey: string };
}

/** Sends over Nodemailer's pool; `rate` leaves the start of the process out. */
export async function nodemailerLoop(
  kit: Kit,
  sink: Sink,
  mail: Mail,
  job: Job,
): Promise<Measured & { rate: number }> {
  const cwd = kit.folder();
  const file = join(cwd, 'job.json');
  writeFileSync(file, JSON.stringify({ ...mail, port: sink.port, ...job }));
  const measured = await run(process.execPath, [SCRIPT, file], { cwd });
  return { ...measured, ...(JSON.parse(measured.stdout) as { rate: number }) };
}

/**
 * The digest as MJML that is as cheap to compile as can be: one column, all content raw. With a
 * section and a text for each paper it takes several times as long.
 */
export function asMjml({ html }: Mail): string {
  const [, body = ''] = /<body[^>]*>([\s\S]*)<\/body>/.exec(html) ?? [];
  return `<mjml><mj-body><mj-section><mj-column><mj-raw>${body}</mj-raw></mj-column></mj-section></mj-body></mjml>`;
}
