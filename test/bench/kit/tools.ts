import { existsSync } from 'node:fs';

/** Debian's places, of which root's PATH on other systems lacks some. */
const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The full path of a program, or `null`. */
export function find(tool: string): string | null {
  const path = (process.env['PATH'] ?? '').split(':');
  for (const folder of [...path, ...FOLDERS]) {
    if (folder && existsSync(`${folder}/${tool}`)) return `${folder}/${tool}`;
  }
  return null;
}

/** Thrown by a benchmark that can't run at all on this machine; the message says why. */
export class Skipped extends Error {}

/** @throws Skipped */
export function need(tool: string, debianPackage: string): string {
  const found = find(tool);
  if (found) return found;
  throw new Skipped(`${tool} is not installed (Debian: ${debianPackage})`);
}
