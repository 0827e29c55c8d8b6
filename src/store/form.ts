import { sql } from 'kysely';
import type { ConfirmedShare, FormStore, ShareOf } from '../subscribers/form/form-store.js';
import type { Database } from './database.js';

/** How often the state is changed again that another process was quicker to change. */
const MAX_TRIES = 10;
/** The row of `settings` that it is in. */
const NAME = 'form';

export function formStore(database: Database): FormStore {
  return {
    readState: () => readState(database),
    changeState: (step) => changeState(database, step),
    spendProof: (id, expiresAt) => spendProof(database, id, expiresAt),
    forgetProofs: async (now) => {
      await database.db.deleteFrom('spent_proofs').where('expires_at', '<=', now).execute();
    },
    confirmedShare: (of) => loadShare(database, of),
  };
}

async function readState({ db }: Database): Promise<string | null> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', NAME)
    .executeTakeFirst();
  return row?.value ?? null;
}

async function changeState(
  database: Database,
  step: (state: string | null) => string | null,
): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const before = await readState(database);
    const after = step(before);
    if (after === null) return;
    const { numAffectedRows = 0n } = await sql`
      insert into settings (name, value) values (${NAME}, ${after})
      on conflict (name) do update set value = excluded.value
      where settings.value = ${before ?? ''}`.execute(database.db);
    if (numAffectedRows > 0n) return;
  }
  throw new Error('The state of the form changes faster than it can be written.');
}

async function spendProof({ db }: Database, id: string, expiresAt: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows = 0n } = await db
    .insertInto('spent_proofs')
    .values({ id, expires_at: expiresAt })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows > 0n;
}

/** Confirmations of strangers that are looked through, by their ids: there is no index by time. */
const LOOKED_THROUGH = 2_000;

async function loadShare(
  { db }: Database,
  { since, before, limit }: ShareOf,
): Promise<ConfirmedShare> {
  const { rows } = await sql<{ sent: number; confirmed: number }>`
    select count(*) as sent, coalesce(sum(x.confirmed), 0) as confirmed from (
      select case when exists (
          select 1 from consents as c
          where c.subscriber_id = n.subscriber_id and c.event = 'confirmed' and c.at >= n.created_at)
        then 1 else 0 end as confirmed
      from (
        select * from notices where kind = 'confirm' and cause in ('stranger', 'crowd')
        order by id desc limit ${LOOKED_THROUGH}) as n
      where n.state = 'accepted'
        and n.ended_at > ${since} and n.ended_at <= ${before}
        and exists (
          select 1 from consents as c
          where c.subscriber_id = n.subscriber_id and c.event = 'requested'
            and c.at = n.created_at and c.via in ('form', 'api'))
      order by n.id desc limit ${limit}) as x`.execute(db);
  const [{ sent, confirmed } = { sent: 0, confirmed: 0 }] = rows;
  return { sent: Number(sent), confirmed: Number(confirmed) };
}
