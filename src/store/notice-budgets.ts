import { sql } from 'kysely';
import type {
  BudgetPart,
  BudgetPeriod,
  NoticeBudgets,
} from '../delivery/throttle/notice-budget.js';
import type { Database } from './database.js';

/** How many notices went out in each period. */
export function noticeBudgets(database: Database): NoticeBudgets {
  return {
    takeOfBudget: (period, part, wanted) => takeOfBudget(database, period, part, wanted),
    giveBack: (period, part, count) => giveBack(database, period, part, count),
  };
}

/** What is left is read only to know how many to try for: the write has the condition. */
async function takeOfBudget(
  database: Database,
  period: BudgetPeriod,
  part: BudgetPart,
  wanted: number,
): Promise<number> {
  const most = (used: Used) => Math.min(wanted, leftFor(part, period, used));
  for (let count = most(await loadUsed(database, period.period)); count > 0; ) {
    if (await add(database, period, part, count)) return count;
    // Another sender was quicker.
    count = Math.min(count, most(await loadUsed(database, period.period)));
  }
  return 0;
}

type Used = Record<BudgetPart, number>;

function leftFor(part: BudgetPart, { budget }: BudgetPeriod, used: Used): number {
  const notReaders = used.strangers + used.imports;
  const left = [budget.total - used.readers - notReaders];
  if (part !== 'readers') left.push(budget.notReaders - notReaders);
  if (part === 'imports') left.push(budget.imports - used.imports);
  return Math.max(0, Math.min(...left));
}

async function loadUsed({ db }: Database, period: string): Promise<Used> {
  const row = await db
    .selectFrom('notice_budgets')
    .select(['readers', 'strangers', 'imports'])
    .where('period', '=', period)
    .executeTakeFirst();
  return row ?? { readers: 0, strangers: 0, imports: 0 };
}

/** @returns whether all of them were left */
async function add(
  { db }: Database,
  { period, budget, expiresAt }: BudgetPeriod,
  part: BudgetPart,
  count: number,
): Promise<boolean> {
  const own = (name: BudgetPart) => (name === part ? count : 0);
  const others = sql`b.strangers + b.imports + excluded.strangers + excluded.imports`;
  const mayTake = [
    sql`b.readers + excluded.readers + ${others} <= ${budget.total}`,
    ...(part === 'readers' ? [] : [sql`${others} <= ${budget.notReaders}`]),
    ...(part === 'imports' ? [sql`b.imports + excluded.imports <= ${budget.imports}`] : []),
  ];
  const { rows } = await sql`
    insert into notice_budgets as b (period, readers, strangers, imports, expires_at)
    values (${period}, ${own('readers')}, ${own('strangers')}, ${own('imports')}, ${expiresAt})
    on conflict (period) do update
    set readers = b.readers + excluded.readers, strangers = b.strangers + excluded.strangers,
      imports = b.imports + excluded.imports
    where ${sql.join(mayTake, sql` and `)}
    returning period`.execute(db);
  return rows.length > 0;
}

async function giveBack(
  { db }: Database,
  period: string,
  part: BudgetPart,
  count: number,
): Promise<void> {
  const column = sql.ref(part);
  await sql`
    update notice_budgets set ${column} = case
      when ${column} > ${count} then ${column} - ${count} else 0 end
    where period = ${period}`.execute(db);
}
