import { readFileSync } from 'node:fs';
import { SMTP_STAGES, type SmtpStage } from '../../../src/mail/replies/reply.js';

/** The stage, what the server says there, and what it means: `us/quota`. */
export type Sample = readonly [stage: SmtpStage, reply: string, meaning: string];

/** The replies of `replies/NAME.txt`, by the headings that they stand under. */
export function loadReplies(name: string): Map<string, Sample[]> {
  const groups = new Map<string, Sample[]>();
  let group: Sample[] = [];
  const text = readFileSync(new URL(`${name}.txt`, import.meta.url), 'utf8');
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('== ')) {
      group = [];
      groups.set(line.slice(3), group);
    } else group.push(toSample(line));
  }
  return groups;
}

function toSample(line: string): Sample {
  const [, name, meaning = '', reply = ''] = /^(\S+) +(\S+) *(.*)$/.exec(line) ?? [];
  const stage = SMTP_STAGES.find((one) => one === name);
  if (stage === undefined) throw new Error(`no stage: ${line}`);
  return [stage, reply.replaceAll('\\n', '\n'), meaning];
}
