import { DatabaseError } from 'pg';
import { PaperboyError, toErrorCode, toErrorMessage } from '../../base/errors.js';

/**
 * Turns an error of PostgreSQL, or of the way to it, into one with a sentence; faults of ours stay
 * what they are.
 * @param name the database, as people may see it
 */
export function postgresError(error: unknown, name: string): unknown {
  if (error instanceof DatabaseError) {
    const known = SENTENCES.find(([prefix]) => error.code?.startsWith(prefix));
    if (!known) return error;
    const [, code, sentence] = known;
    const { message } = error;
    return new PaperboyError(code, fill(sentence, { NAME: name, REASON: message }), {
      cause: error,
    });
  }
  if (error instanceof PaperboyError) return error;
  const [code, sentence] = /timeout exceeded when trying to connect/.test(toErrorMessage(error))
    ? ['store_busy', `All connections to the database ${name} are in use.`]
    : ['store_unreachable', `The database ${name} can not be reached (${toReason(error)}).`];
  return new PaperboyError(code, sentence, { cause: error });
}

/** Trying several addresses of a host ends in an error without a message of its own. */
function toReason(error: unknown): string {
  return toErrorMessage(error) || toErrorCode(error) || 'unknown reason';
}

function fill(sentence: string, values: Record<string, string>): string {
  return sentence.replace(/NAME|REASON/g, (name) => values[name] ?? name);
}

/** By the codes of PostgreSQL's appendix A, or their beginnings. */
const SENTENCES: [prefix: string, code: string, sentence: string][] = [
  ['28', 'store_login', 'The database NAME refuses the user or password (REASON).'],
  ['3D000', 'store_no_database', 'There is no database NAME; create it first.'],
  ['42501', 'store_no_permission', 'The user may not do that in the database NAME (REASON).'],
  ['25006', 'store_read_only', 'The database NAME can be read but not written.'],
  ['53100', 'store_full', 'The disk that holds the database NAME is full.'],
  ['53300', 'store_busy', 'The database NAME takes no more connections.'],
  ['53', 'store_busy', 'The database NAME is short of resources (REASON).'],
  ['55P03', 'store_busy', 'Another program keeps the database NAME locked.'],
  ['57014', 'store_busy', 'The database NAME took too long (REASON).'],
  ['57P0', 'store_unreachable', 'The database NAME is stopping or starting (REASON).'],
  ['25P03', 'store_unreachable', 'The database NAME has closed the connection (REASON).'],
  ['08', 'store_unreachable', 'The connection to the database NAME was lost (REASON).'],
  ['58', 'store_io', 'The database NAME could not read or write its files (REASON).'],
  ['XX00', 'store_corrupt', 'The database NAME is damaged (REASON); restore a backup.'],
];
