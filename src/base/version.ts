import { readFileSync } from 'node:fs';

/** The version of this program, as package.json has it. */
export const VERSION = loadVersion();

function loadVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(file) as { version: string }).version);
}
