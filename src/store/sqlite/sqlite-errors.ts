import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import SQLite from 'better-sqlite3';
import { PaperboyError, toErrorCode, toErrorMessage } from '../../base/errors.js';

/** Turns what opening a file threw into an error with a sentence. */
export function openError(error: unknown, file: string): unknown {
  const driver = driverFault(error);
  if (driver !== null) return new PaperboyError('store_driver', driver, { cause: error });
  if (error instanceof TypeError) return unreachable(file, error);
  return storeError(error, file);
}

/** Turns SQLite's codes for trouble with the file into an error with a sentence. */
export function storeError(error: unknown, file: string): unknown {
  if (!(error instanceof SQLite.SqliteError)) return error;
  const known = SENTENCES.find(([code]) => error.code.startsWith(code));
  if (!known) return error;
  const [, code, sentence] = known;
  return new PaperboyError(
    code,
    sentence.replace('WHY', () => whyNot(file)).replace('FILE', () => file),
    {
      cause: error,
    },
  );
}

const SENTENCES: [prefix: string, code: string, sentence: string][] = [
  ['SQLITE_READONLY', 'store_read_only', 'The store FILE can be read but not writtenWHY.'],
  ['SQLITE_FULL', 'store_full', 'The disk that holds the store FILE is full.'],
  // The index beside the write-ahead log finds no room: what a wholly full disk says first.
  ['SQLITE_IOERR_SHMSIZE', 'store_full', 'The disk that holds the store FILE is full.'],
  ['SQLITE_IOERR', 'store_io', 'The store FILE could not be read or written (disk trouble).'],
  ['SQLITE_CANTOPEN', 'store_unreachable', 'The store FILE can not be openedWHY.'],
  ['SQLITE_BUSY', 'store_busy', 'Another program keeps the store FILE locked.'],
  ['SQLITE_NOTADB', 'store_no_database', 'FILE is not a Paperboy store.'],
  ['SQLITE_CORRUPT', 'store_corrupt', 'The store FILE is damaged; restore a backup.'],
];

export function unreachable(file: string, cause: unknown): PaperboyError {
  const sentence = `The store ${file} can not be opened${whyNot(file)}.`;
  return new PaperboyError('store_unreachable', sentence, { cause });
}

/** What is wrong with the compiled part of better-sqlite3; `null`: nothing. */
function driverFault(error: unknown): string | null {
  const message = toErrorMessage(error);
  const remedy = `run "npm rebuild better-sqlite3" with the Node.js that runs Paperboy (this is ${process.version})`;
  if (/NODE_MODULE_VERSION|did not self-register/.test(message)) {
    return `better-sqlite3 was compiled for another Node.js: ${remedy}.`;
  }
  if (/Could not locate the bindings file/.test(message)) {
    return `better-sqlite3 was not compiled when it was installed: ${remedy}.`;
  }
  if (toErrorCode(error) !== 'ERR_DLOPEN_FAILED') return null;
  return `better-sqlite3 was compiled for another system than this one: ${remedy}.`;
}

/** Why, as far as the permissions say: a folder that is mounted belongs to whoever made it outside. */
function whyNot(file: string): string {
  const uid = process.getuid?.();
  if (uid === undefined) return '';
  const path = resolve(file);
  if (isFolder(path)) return ': it is a folder';
  // Beside the file lies what was written last, so its folder counts as well.
  const closed = findClosed(path) ?? findClosed(dirname(path));
  if (closed === null) return '';
  const { place, owner } = closed;
  const change =
    uid === 0 ? '' : `; give it to this user (chown ${uid} ${place}), or run as uid ${owner}`;
  return `: this process has the uid ${uid} and may not write ${place}, which belongs to uid ${owner}${change}`;
}

/** The file itself or the nearest folder above it that there is, where this process may not write it. */
function findClosed(path: string): { place: string; owner: number } | null {
  for (let place = path; ; place = dirname(place)) {
    try {
      const { uid: owner } = statSync(place);
      // What is no folder has nothing in it; that is told without a reason.
      if (place !== path && !isFolder(place)) return null;
      return mayUse(place) ? null : { place, owner };
    } catch (error) {
      if (toErrorCode(error) === 'ENOTDIR' || place === dirname(place)) return null;
      if (toErrorCode(error) === 'EACCES') continue;
    }
  }
}

function mayUse(place: string): boolean {
  try {
    const through = isFolder(place) ? constants.X_OK : constants.R_OK;
    accessSync(place, constants.W_OK | through);
    return true;
  } catch {
    return false;
  }
}

function isFolder(place: string): boolean {
  try {
    return statSync(place).isDirectory();
  } catch {
    return false;
  }
}
