import { type RawBuilder, type Selectable, sql } from 'kysely';
import { addDays } from '../base/day.js';
import { type Edition, type EditionPaper, headline } from '../editions/edition.js';
import type { EditionStore } from '../editions/edition-store.js';
import { texts } from './batch.js';
import { curationStore } from './curations.js';
import { type Database, inTransaction } from './database.js';
import { dropStale } from './freezing.js';
import { alsoKnownAs, idsOfSame } from './same-papers.js';
import type { Tables } from './tables.js';

/** How many titles stand for an edition in a list. */
const TOP_TITLES = 3;

export function editionStore(database: Database): EditionStore {
  const { db } = database;
  const readable = () => db.selectFrom('editions').selectAll().where('count', '>', 0);

  return {
    ...curationStore(database),

    saveDraft: (kind, date, papers, pickedAt, basis) =>
      inTransaction(database, async (inner) => {
        const { db } = inner;
        const ranked = JSON.stringify(basis?.ranked ?? papers.map(({ id }) => id));
        const fields = { picked_at: pickedAt, count: papers.length, ranked };
        const row = await db
          .insertInto('editions')
          .values({ kind, date, state: 'draft', ...fields, revision: 1 })
          .onConflict((conflict) => {
            const draft = conflict
              .columns(['kind', 'date'])
              .doUpdateSet((eb) => ({ ...fields, revision: eb('editions.revision', '+', 1) }))
              .where('editions.state', '=', 'draft');
            return basis ? draft.where('editions.revision', '=', basis.revision) : draft;
          })
          .returningAll()
          .executeTakeFirst();
        if (!row) return null;
        await db.deleteFrom('edition_papers').where('edition_id', '=', row.id).execute();
        for (const [index, paper] of papers.entries()) {
          await db
            .insertInto('edition_papers')
            .values({
              edition_id: row.id,
              rank: index + 1,
              paper_id: paper.id,
              snapshot: JSON.stringify(paper),
            })
            .execute();
        }
        if (kind === 'daily') await dropFromLaterDrafts(inner, row);
        return toEdition(row);
      }),

    freeze: (id, frozenAt) =>
      inTransaction(database, async (inner) => {
        const { numUpdatedRows } = await inner.db
          .updateTable('editions')
          .set({ state: 'frozen', frozen_at: frozenAt })
          .where('id', '=', id)
          .where('state', '=', 'draft')
          .executeTakeFirstOrThrow();
        const leftOut = numUpdatedRows > 0n ? await dropStale(inner, id) : [];
        return { edition: await byId(inner, id), leftOut };
      }),

    byId: (id) => byId(database, id),

    async find(date, kind = 'daily') {
      const row = await db
        .selectFrom('editions')
        .selectAll()
        .where('date', '=', date)
        .where('kind', '=', kind)
        .executeTakeFirst();
      return row ? toEdition(row) : null;
    },

    async withPapers(edition) {
      const rows = await db
        .selectFrom('edition_papers')
        .select('snapshot')
        .where('edition_id', '=', edition.id)
        .orderBy('rank')
        .execute();
      return { ...edition, papers: rows.map((row) => JSON.parse(row.snapshot) as EditionPaper) };
    },

    async newest(pickedBefore) {
      let query = readable()
        .where('kind', 'in', ['daily', 'sample'])
        .orderBy('kind')
        .orderBy('date', 'desc');
      if (pickedBefore !== undefined) {
        query = query
          .where('kind', '=', 'daily')
          .where((eb) => eb.or([eb('state', '=', 'frozen'), eb('picked_at', '<=', pickedBefore)]));
      }
      const row = await query.executeTakeFirst();
      return row ? toEdition(row) : null;
    },

    async schedule(id, sendAt) {
      await db
        .updateTable('editions')
        .set({ send_at: sendAt })
        .where('id', '=', id)
        .where('send_at', 'is', null)
        .execute();
    },

    async toPlan(now) {
      const rows = await readable()
        .where('send_at', '<=', now)
        .where('planned_at', 'is', null)
        .orderBy('date')
        .orderBy('kind')
        .execute();
      return rows.map(toEdition);
    },

    async markPlanned(id, now) {
      await db.updateTable('editions').set({ planned_at: now }).where('id', '=', id).execute();
    },

    async list({ before, limit }) {
      let query = readable().where('kind', '=', 'daily').orderBy('date', 'desc').limit(limit);
      if (before !== undefined) query = query.where('date', '<', before);
      const editions = (await query.execute()).map(toEdition);
      return Promise.all(
        editions.map(async (edition) => {
          const rows = await db
            .selectFrom('edition_papers')
            .select('snapshot')
            .where('edition_id', '=', edition.id)
            .orderBy('rank')
            .limit(TOP_TITLES)
            .execute();
          const titles = rows.map((row) => headline(JSON.parse(row.snapshot) as EditionPaper));
          return { ...edition, titles };
        }),
      );
    },

    async months() {
      const month = sql<string>`substr(date, 1, 7)`;
      return readable()
        .clearSelect()
        .where('kind', '=', 'daily')
        .select((eb) => [month.as('month'), eb.fn.countAll<number>().as('editions')])
        .groupBy(month)
        .orderBy('month', 'desc')
        .execute();
    },

    async neighbours(date) {
      const daily = readable().where('kind', '=', 'daily');
      const previous = await daily
        .where('date', '<', date)
        .orderBy('date', 'desc')
        .executeTakeFirst();
      const next = await daily.where('date', '>', date).orderBy('date').executeTakeFirst();
      return { previous: previous?.date ?? null, next: next?.date ?? null };
    },

    async carriedOutside({ from, to }, paperIds) {
      if (paperIds.length === 0) return new Set();
      const rows = await db
        .selectFrom('edition_papers')
        .innerJoin('editions', 'editions.id', 'edition_papers.edition_id')
        .select('edition_papers.paper_id')
        .distinct()
        .where('edition_papers.paper_id', 'in', idsOfSame(texts(database.dialect, paperIds)))
        .where('editions.kind', '=', 'daily')
        .where((eb) =>
          eb.or([
            eb('editions.date', '<', from),
            eb('editions.date', '>', to).and('editions.state', '=', 'frozen'),
          ]),
        )
        .execute();
      const carried = await alsoKnownAs(
        database,
        rows.map((row) => row.paper_id),
      );
      return new Set(paperIds.filter((id) => carried.has(id)));
    },

    async sharing(id) {
      const rows = await db
        .selectFrom('edition_papers')
        .select('edition_id')
        .distinct()
        .where('paper_id', 'in', idsOfSame(editionPapers(id)))
        .where('edition_id', '<>', id)
        .orderBy('edition_id')
        .execute();
      return rows.map((row) => row.edition_id);
    },

    async weekliesNear(date, days) {
      const rows = await db
        .selectFrom('editions')
        .select('id')
        .where('kind', '=', 'weekly')
        .where('date', '>=', addDays(date, -days))
        .where('date', '<=', addDays(date, days))
        .where('date', '<>', date)
        .orderBy('id')
        .execute();
      return rows.map((row) => row.id);
    },
  };
}

function editionPapers(editionId: number): RawBuilder<unknown> {
  return sql`(select paper_id as id from edition_papers where edition_id = ${editionId})`;
}

async function byId({ db }: Database, id: number): Promise<Edition> {
  const row = await db
    .selectFrom('editions')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return toEdition(row);
}

/** A day picked after the days that follow it takes its papers out of their drafts. */
async function dropFromLaterDrafts(
  { db, dialect }: Database,
  { id, date }: Selectable<Tables['editions']>,
): Promise<void> {
  // Held until this is done, so that none is frozen meanwhile: a frozen edition never changes.
  const later = await db
    .selectFrom('editions')
    .select('id')
    .where('kind', '=', 'daily')
    .where('state', '=', 'draft')
    .where('date', '>', date)
    .orderBy('date')
    .modifyEnd(dialect.forUpdate)
    .execute();
  if (later.length === 0) return;
  const repeated = await db
    .deleteFrom('edition_papers')
    .where(
      'edition_id',
      'in',
      later.map((edition) => edition.id),
    )
    .where('paper_id', 'in', idsOfSame(editionPapers(id)))
    .returning('edition_id')
    .execute();
  for (const edition of new Set(repeated.map((row) => row.edition_id))) {
    await db
      .updateTable('editions')
      .set((eb) => ({
        revision: eb('revision', '+', 1),
        count: eb
          .selectFrom('edition_papers')
          .select((rows) => rows.fn.countAll<number>().as('count'))
          .where('edition_id', '=', edition),
      }))
      .where('id', '=', edition)
      .execute();
  }
}

function toEdition(row: Selectable<Tables['editions']>): Edition {
  return {
    id: row.id,
    kind: row.kind,
    date: row.date,
    state: row.state,
    pickedAt: row.picked_at,
    frozenAt: row.frozen_at,
    sendAt: row.send_at,
    count: row.count,
    note: row.note,
    changedAt: Math.max(row.picked_at, row.changed_at ?? 0),
  };
}
