import type { Day } from '../base/day.js';
import type { MergedPaper, Origins } from '../papers/merge.js';
import type { RatedPaper } from '../papers/paper.js';
import { type PaperStore, SUGGESTED } from '../papers/paper-store.js';
import type { VoteObservation } from '../papers/rising.js';
import { texts } from './batch.js';
import { type Database, inTransaction } from './database.js';
import { ingestStore } from './listings.js';
import { rated, toPaper } from './rated-papers.js';
import { todaysIds } from './same-papers.js';

export function paperStore(database: Database): PaperStore {
  return {
    ingesting: (work) =>
      inTransaction(database, async (inner) => {
        await inner.dialect.alone(inner.db, 'records');
        return work(ingestStore(inner));
      }),
    listedOn: (day) => listedFrom(database, day, day),
    listedFrom: (from, to) => listedFrom(database, from, to),
    voteObservations: (from, to) => loadVotes(database, from, to),
    byIds: (ids) => loadByIds(database, ids),
    todaysIds: (ids) => todaysIds(database, ids),
    find: (id) => find(database, id),
    newestListedDay: (last) => newestListedDay(database, last),
  };
}

function loadVotes({ db }: Database, from: Day, to: Day): Promise<VoteObservation[]> {
  return db
    .selectFrom('signals')
    .select(['paper_id as paperId', 'source', 'day', 'observed_at as observedAt', 'upvotes'])
    .where('day', '>=', from)
    .where('day', '<=', to)
    .execute();
}

async function find({ db }: Database, id: string): Promise<MergedPaper | null> {
  const row = await db
    .selectFrom('papers')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb('id', '=', id),
        eb('id', 'in', eb.selectFrom('records').select('paper_id').where('key', '=', id)),
      ]),
    )
    .executeTakeFirst();
  return row ? { paper: toPaper(row), origins: JSON.parse(row.origins) as Origins } : null;
}

async function loadByIds(database: Database, ids: readonly string[]): Promise<RatedPaper[]> {
  if (ids.length === 0) return [];
  const known = database.db.selectFrom('papers').select('id as paper_id');
  return rated(database, known.where('id', 'in', texts(database.dialect, ids)));
}

async function newestListedDay({ db }: Database, last?: Day): Promise<Day | null> {
  const row = await db
    .selectFrom('listings')
    .select((eb) => eb.fn.max('day').as('day'))
    .where('source', '<>', SUGGESTED)
    .$if(last !== undefined, (query) => query.where('day', '<=', last ?? ''))
    .executeTakeFirst();
  return row?.day ?? null;
}

async function listedFrom(database: Database, from: Day, to: Day): Promise<RatedPaper[]> {
  const listed = database.db.selectFrom('listings').select('paper_id').distinct();
  return rated(database, listed.where('day', '>=', from).where('day', '<=', to));
}
