import { statSync } from 'node:fs';
import type { Finding } from './finding.js';

/** What lies beside a store on SQLite while it is in use. */
const BESIDE = ['', '-wal', '-shm'];
const OTHERS = 0o077;

/** The files of a store that others than its owner can read or write, from before they were made private. */
export function examineFiles(storeFile: string | null): Finding[] {
  if (storeFile === null || process.platform === 'win32') return [];
  const open = BESIDE.map((ending) => `${storeFile}${ending}`).filter(isOpen);
  if (open.length === 0) return [];
  const files = open.join(', ');
  const told = `others on this machine can read ${files}, with all addresses and what signs the links: chmod 600 ${open.join(' ')}`;
  return [{ subject: 'store', ok: true, warns: true, told }];
}

function isOpen(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && (stats.mode & OTHERS) !== 0;
}
