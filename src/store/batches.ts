/** Far below the parameters that a statement may have: 32,766 on SQLite, 65,535 on PostgreSQL. */
const ROWS = 250;

/** Rows in their order, as many at once as one statement takes. */
export function* batchesOf<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += ROWS) yield rows.slice(start, start + ROWS);
}
