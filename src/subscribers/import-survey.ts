import { basename } from 'node:path';
import { PaperboyError } from '../base/errors.js';
import { type ListColumns, quote } from './import-columns.js';
import { type ListOptions, readListRows } from './import-rows.js';
import { type Doubt, StandingReader } from './import-standing.js';
import type { Standing } from './import-words.js';

export interface SurveyOptions extends ListOptions {
  statuses: readonly (readonly [word: string, meaning: Standing])[];
}

/** Doubts that are told at once. */
const MOST_DOUBTS = 20;

/**
 * Reads a whole list and finds out whether all that it says of people is understood.
 * @throws PaperboyError `not_read`, `bad_encoding`, `bad_csv`, `bad_usage`, `unknown_status`
 */
export async function surveyList(file: string, options: SurveyOptions): Promise<ListColumns> {
  const doubts = new Map<string, Doubt & { line: number; count: number }>();
  const found: { columns?: ListColumns; reader?: StandingReader } = {};
  const onColumns = (columns: ListColumns) => {
    found.columns = columns;
    found.reader = new StandingReader(columns, basename(file), options.statuses);
  };
  for await (const row of readListRows(file, options, onColumns)) {
    const read = 'fields' in row ? found.reader?.read(row.fields) : undefined;
    if (!read || !('value' in read)) continue;
    const key = read.isColumn ? read.heading : `${read.heading}\n${read.value.toLowerCase()}`;
    const known = doubts.get(key);
    if (known) known.count++;
    else if (doubts.size < MOST_DOUBTS) doubts.set(key, { ...read, line: row.line, count: 1 });
  }
  if (doubts.size > 0) throw notUnderstood(file, [...doubts.values()]);
  if (!found.columns) throw new PaperboyError('bad_csv', `${file} is empty.`);
  return found.columns;
}

function notUnderstood(
  file: string,
  doubts: readonly (Doubt & { line: number; count: number })[],
): PaperboyError {
  const columns = doubts.filter(({ isColumn }) => isColumn);
  const words = doubts.filter(({ isColumn }) => !isColumn);
  const sentences = [`Nothing was imported, since ${file} may say who has left.`];
  const [word] = words;
  if (word) {
    const list = words.map(
      ({ heading, value, line, count }) =>
        `${quote(value)} in the column ${quote(heading)} (${count === 1 ? `line ${line}` : `${count} rows, first line ${line}`})`,
    );
    sentences.push(
      `Nobody knows what it means by ${list.join(', ')}. Say so, each by --status ${quote(`${word.value}=active`)} or =pending, =unsubscribed, =bounced, =complained; or by --ignore-column ${quote(word.heading)} that the column is of something else.`,
    );
  }
  const [column] = columns;
  if (column) {
    const list = columns.map(
      ({ heading, value, line }) => `${quote(heading)} (line ${line} has ${quote(value)})`,
    );
    sentences.push(
      `It may be in ${list.join(', ')}. Say by --column ${quote(`status=${column.heading}`)} that it is, or by --ignore-column ${quote(column.heading)} that it is not.`,
    );
  }
  return new PaperboyError('unknown_status', sentences.join(' '));
}
