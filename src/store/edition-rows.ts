import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Edition } from '../editions/edition.js';
import type { Database } from './database.js';
import type { Tables } from './tables.js';

export function toEdition(row: Selectable<Tables['editions']>): Edition {
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

export async function editionById({ db }: Database, id: number): Promise<Edition> {
  const row = await db
    .selectFrom('editions')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return toEdition(row);
}

/** The papers of an edition as a query with the column `id`. */
export function editionPapers(editionId: number): RawBuilder<unknown> {
  return sql`(select paper_id as id from edition_papers where edition_id = ${editionId})`;
}
