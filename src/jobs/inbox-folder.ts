import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toErrorCode } from '../base/errors.js';

/** Named after the process, so that the next one knows whether it is still in use. */
const NAME = /^paperboy-inbox-(\d+)-\w+$/;

export interface InboxFolder {
  readonly path: string;
  remove(): void;
}

/**
 * A folder for the mails of the embedded inbox that only this user can look into, as `mkdtemp` makes
 * it. It is gone when the process ends; what a process left that was killed goes now.
 */
export function makeInboxFolder(parent = tmpdir()): InboxFolder {
  removeAbandoned(parent);
  const path = mkdtempSync(join(parent, `paperboy-inbox-${process.pid}-`));
  const remove = () => {
    process.removeListener('exit', remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { path, remove };
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, pid] = NAME.exec(name) ?? [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const path = join(parent, name);
    // Others on this machine may make a folder of that name, or a link to somewhere else.
    if (isOwnFolder(path)) rmSync(path, { recursive: true, force: true });
  }
}

/** In a container, the one before had the same number. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return toErrorCode(error) === 'EPERM';
  }
}

function isOwnFolder(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  const uid = process.getuid?.();
  return stats?.isDirectory() === true && (uid === undefined || stats.uid === uid);
}
