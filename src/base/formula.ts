/**
 * What spreadsheets take for the beginning of a formula, also in its full-width form, behind whatever
 * they overlook; and tab and line ends, which begin a new cell in some (OWASP, "CSV Injection").
 */
const FORMULA = /^[\s\p{Cf}']*[=+\-@\t\r\n＝＋－＠]/u;

/** The value of a cell that no spreadsheet computes. `withoutGuard` gives the value back. */
export function guardFormula(value: string): string {
  return FORMULA.test(value) ? `'${value}` : value;
}

/** The value of a cell that `guardFormula`, or a tool with the same habit, has written. */
export function withoutGuard(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell;
}
