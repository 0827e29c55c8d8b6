import { PaperboyError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import {
  HARMLESS_COLUMNS,
  LEAVING,
  LEAVING_DETAIL,
  STATUS_COLUMNS,
  STATUS_DETAIL,
  STATUS_LIKE,
  type StatusColumn,
  SWITCH_LIKE,
  TEXT_COLUMNS,
} from './import-headings.js';

/** A name or a word without all that is only a habit of writing. `E-Mail` is `email`. */
export function toKey(text: string): string {
  const letters = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
  // A sign alone is all that there is, like a tick.
  return letters === '' ? text.trim() : letters;
}

/** What the operator says of columns. */
export interface ColumnWishes {
  /** Fields, and the columns that they stand in. */
  columns: readonly [field: string, heading: string][];
  ignored: readonly string[];
}

/** Which column of a list is what. */
export interface ListColumns {
  email: Column;
  /** The columns of the preferences that the list has. */
  preferences: readonly (Column & { field: string })[];
  statuses: readonly (Column & { says: StatusColumn })[];
  /** Columns that may say who has left, and nobody knows. */
  doubtful: readonly (Column & { kind: Doubtful })[];
  /** Columns with no meaning here. */
  others: readonly Column[];
}

export type Doubtful = 'leaving' | 'status' | 'switch';

interface Column {
  /** The name that rows have for its field. */
  column: string;
  /** What stands in the list. */
  heading: string;
  key: string;
}

const NAMES = new Map(
  Object.entries(TEXT_COLUMNS).map(([field, names]) => [field, names.map(toKey)]),
);
const STATUSES = new Map(
  STATUS_COLUMNS.flatMap((says) => says.names.map((name) => [toKey(name), says] as const)),
);
const HARMLESS = new Set(HARMLESS_COLUMNS.map(toKey));
/** What `--column status=NAME` means. */
const STATE = STATUS_COLUMNS.find(({ isState }) => isState);

/** The fields that `--column` takes. */
export const COLUMN_FIELDS: readonly string[] = ['email', 'status', ...[...NAMES.keys()].slice(1)];

/** Whether a column has a meaning, whoever names it so. */
export function isKnownColumn(heading: string): boolean {
  const key = toKey(heading);
  return STATUSES.has(key) || [...NAMES.values()].some((names) => names.includes(key));
}

/**
 * Finds out which column is what, by what the operator says and by the names that are known.
 * @throws PaperboyError `bad_csv`, `bad_usage`
 */
export function resolveColumns(
  file: string,
  columns: readonly string[],
  headings: readonly string[],
  wishes: ColumnWishes,
): ListColumns {
  const all = columns.map((column, index): Column => {
    const heading = headings[index] ?? column;
    return { column, heading, key: toKey(heading) };
  });
  checkHeadings(file, all);
  const ignored = new Set(wishes.ignored.map((name) => findColumn(file, all, name).column));
  const told = wishes.columns.map(([field, name]) => ({ field, of: findColumn(file, all, name) }));
  const taken = new Set([...ignored, ...told.map(({ of }) => of.column)]);
  const free = all.filter(({ column }) => !taken.has(column));

  const texts = new Map<string, Column>();
  for (const [field, names] of NAMES) {
    const column = told.find((one) => one.field === field)?.of ?? findFirst(free, names);
    if (column) texts.set(field, column);
  }
  const email = texts.get('email');
  if (!email) throw withoutEmail(file, all);
  texts.delete('email');
  const isText = new Set([email, ...texts.values()].map(({ column }) => column));
  const rest = free.filter(({ column }) => !isText.has(column));
  const statuses = [
    ...told.flatMap(({ field, of }) =>
      field === 'status' && STATE ? [{ ...of, says: STATE }] : [],
    ),
    ...rest.flatMap((one) => {
      const says = STATUSES.get(one.key);
      return says ? [{ ...one, says }] : [];
    }),
  ];
  const unread = rest.filter(({ key }) => !STATUSES.has(key));
  return {
    email,
    preferences: [...texts].map(([field, column]) => ({ field, ...column })),
    statuses,
    doubtful: unread.flatMap((one) => {
      const kind = readDoubt(one.key);
      return kind ? [{ ...one, kind }] : [];
    }),
    others: unread,
  };
}

function readDoubt(key: string): Doubtful | null {
  if (HARMLESS.has(key)) return null;
  if (LEAVING.test(key)) return LEAVING_DETAIL.test(key) ? null : 'leaving';
  if (STATUS_DETAIL.test(key)) return null;
  if (STATUS_LIKE.test(key)) return 'status';
  return SWITCH_LIKE.test(key) ? 'switch' : null;
}

function findFirst(columns: readonly Column[], names: readonly string[]): Column | undefined {
  for (const name of names) {
    const found = columns.find(({ key }) => key === name);
    if (found) return found;
  }
  return undefined;
}

/** @throws PaperboyError `bad_usage` */
function findColumn(file: string, all: readonly Column[], name: string): Column {
  const wanted = name.trim().toLowerCase();
  const found =
    all.find(({ column, heading }) => column === wanted || heading === name) ??
    all.find(({ key }) => key === toKey(name));
  if (found) return found;
  throw new PaperboyError('bad_usage', `${file} has no column ${quote(name)}. ${listing(all)}`);
}

/** @throws PaperboyError `bad_csv` */
function checkHeadings(file: string, all: readonly Column[]): void {
  const address = all.find(({ heading }) => /\S@\S+\.\S/.test(heading));
  if (!address) return;
  throw new PaperboyError(
    'bad_csv',
    `The first line of ${file} holds the address ${quote(address.heading)} where the names of columns should be. Put a line like "email" above it.`,
  );
}

function withoutEmail(file: string, all: readonly Column[]): PaperboyError {
  return new PaperboyError(
    'bad_csv',
    `The first line of ${file} names no column "email", nor one that is known to mean it. ${listing(all)} Say which one it is, like --column "email=NAME".`,
  );
}

function listing(all: readonly Column[]): string {
  const names = all.slice(0, 40).map(({ heading }) => quote(heading));
  const more = all.length > names.length ? ` and ${all.length - names.length} more` : '';
  return names.length === 0 ? 'It has no columns.' : `Its columns are ${names.join(', ')}${more}.`;
}

/** A text of a list in a sentence. */
export function quote(text: string): string {
  const line = printable(text.slice(0, 200)).trim();
  return `"${line.length > 60 ? `${line.slice(0, 60)}…` : line}"`;
}
