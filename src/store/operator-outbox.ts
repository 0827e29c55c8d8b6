import { sql } from 'kysely';
import type {
  ClaimedOperatorMail,
  OperatorMail,
  OperatorMailEnd,
  OperatorOutbox,
} from '../delivery/alarms/operator-outbox.js';
import { type Database, inTransaction } from './database.js';

export function operatorOutbox(database: Database): OperatorOutbox {
  return {
    add: (mails, expiresAfter) => add(database, mails, expiresAfter),
    claim: (worker, limit, lease) => claim(database, worker, limit, lease),
    end: (id, worker, how) => end(database, id, worker, how),
    forget: (ms) => forget(database, ms),
  };
}

async function add(
  { db, now, dialect }: Database,
  mails: readonly OperatorMail[],
  expiresAfter: number,
): Promise<void> {
  if (mails.length === 0) return;
  await sql`
    insert into operator_mails (recipient, subject, text, state, created_at, next_at, expires_at)
    select value ->> 'recipient', value ->> 'subject', value ->> 'text', 'planned',
      ${now()}, ${now()}, ${now()} + ${expiresAfter}
    from ${dialect.jsonEach(mails)}`.execute(db);
}

function claim(
  database: Database,
  worker: string,
  limit: number,
  lease: number,
): Promise<ClaimedOperatorMail[]> {
  return inTransaction(database, async ({ db, now, dialect }) => {
    // What may be there already is sent once more at most after its time.
    await sql`
      update operator_mails set state = 'expired', ended_at = ${now()}, lease_until = null
      where ended_at is null and expires_at <= ${now()}
        and (state = 'planned' or lease_until <= ${now()})`.execute(db);
    const { rows } = await sql<ClaimedOperatorMail>`
      with due as materialized (
        select m.id from operator_mails as m
        where m.ended_at is null and m.next_at <= ${now()}
          and (m.state = 'planned' or m.lease_until <= ${now()})
        order by m.next_at, m.id limit ${limit} ${dialect.skipLocked})
      update operator_mails as m
      set state = 'sending', worker = ${worker}, lease_until = ${now()} + ${lease}
      where m.id in (select due.id from due)
      returning id, recipient, subject, text, created_at as "createdAt", attempts`.execute(db);
    return rows.sort((a, b) => a.id - b.id);
  });
}

async function end(
  { db, now }: Database,
  id: number,
  worker: string,
  how: OperatorMailEnd,
): Promise<void> {
  const isOver = how.state !== 'planned';
  const retryIn = how.state === 'planned' ? how.retryIn : 0;
  await sql`
    update operator_mails
    set state = ${how.state}, reply = ${how.reply}, attempts = attempts + 1, lease_until = null,
      next_at = ${now()} + ${retryIn}, ended_at = ${isOver ? now() : null}
    where id = ${id} and worker = ${worker} and state = 'sending'`.execute(db);
}

async function forget({ db, now }: Database, ms: number): Promise<void> {
  await sql`delete from operator_mails where ended_at <= ${now()} - ${ms}`.execute(db);
}
