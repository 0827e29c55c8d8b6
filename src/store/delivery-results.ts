import { type RawBuilder, sql } from 'kysely';
import type { DeliveryResult } from '../delivery/ledger.js';
import type { Outcome } from '../delivery/outcome.js';
import type { Database, LedgerDatabase } from './database.js';

/**
 * Writes the ends of attempts down. Call it in a transaction.
 * @param extended until when a mail `m` may go that was held
 */
export async function writeResults(
  database: LedgerDatabase,
  table: RawBuilder<unknown>,
  worker: string,
  results: readonly DeliveryResult[],
  extended: RawBuilder<number>,
): Promise<void> {
  const accepted = results.filter(({ outcome }) => outcome.kind === 'accepted');
  // The common end of many mails at once is one statement; the others are rare.
  if (accepted.length > 0) await writeAccepted(database, table, worker, accepted);
  for (const result of results) {
    if (result.outcome.kind !== 'accepted')
      await writeResult(database, table, worker, result, extended);
  }
}

async function writeAccepted(
  { db, now, dialect }: Database,
  table: RawBuilder<unknown>,
  worker: string,
  results: readonly DeliveryResult[],
): Promise<void> {
  const ends = results.map(({ id, outcome }) => ({ id, reply: outcome.reply }));
  await sql`
    update ${table} as m
    set state = 'accepted', ended_at = ${now()}, lease_until = null, reply = v.reply
    from (
      select cast(value ->> 'id' as bigint) as id, value ->> 'reply' as reply
      from ${dialect.jsonEach(ends)}) as v
    where m.id = v.id and ${theirs(worker)}`.execute(db);
}

async function writeResult(
  database: LedgerDatabase,
  table: RawBuilder<unknown>,
  worker: string,
  { id, outcome, retryIn }: DeliveryResult,
  extended: RawBuilder<number>,
): Promise<void> {
  const { db, now } = database;
  const unanswered = ['uncertain', 'unsent', 'held'].includes(outcome.kind);
  const retryAt = retryIn === null ? sql<number>`m.next_at` : sql<number>`(${now()} + ${retryIn})`;
  await sql`
    update ${table} as m
    set lease_until = null, reply = ${outcome.reply}, ${toChanges(database, outcome, retryAt, extended)}
    where m.id = ${id} and ${unanswered ? held(worker) : theirs(worker)}`.execute(db);
}

/** A reply still counts when the lease ran out meanwhile, unless another has taken the mail. */
function theirs(worker: string): RawBuilder<boolean> {
  return sql`m.worker = ${worker} and m.state in ('sending', 'uncertain')`;
}

/**
 * Without a reply there is nothing to add to what the end of a lease has said already, and nothing
 * may be counted twice where an end is written again.
 */
function held(worker: string): RawBuilder<boolean> {
  return sql`m.worker = ${worker} and m.state = 'sending'`;
}

/** The columns that an outcome changes. Of a mail that may have arrived, nothing else is known. */
function toChanges(
  { now, rules }: LedgerDatabase,
  outcome: Outcome,
  retryAt: RawBuilder<number>,
  extended: RawBuilder<number>,
): RawBuilder<unknown> {
  // Held time is worked out only where the day is over by then.
  const inTime = sql`(m.expires_at > ${retryAt} or ${extended} > ${retryAt})`;
  switch (outcome.kind) {
    case 'accepted':
      return sql`state = 'accepted', ended_at = ${now()}`;
    case 'refused':
      // What was refused is the copy, perhaps because the first one is there.
      return sql`
        state = case m.unclaimed_state when 'uncertain' then 'uncertain' else 'refused' end,
        ended_at = ${now()}`;
    case 'deferred':
      return sql`
        state = case
          when m.unclaimed_state = 'uncertain' then 'uncertain'
          when ${inTime} then 'deferred'
          else 'refused' end,
        unclaimed_state = case m.unclaimed_state when 'uncertain' then 'uncertain' else 'deferred' end,
        next_at = ${retryAt},
        ended_at = case when ${inTime} then null else ${now()} end`;
    case 'uncertain':
      return sql`
        state = 'uncertain', unclaimed_state = 'uncertain', next_at = ${retryAt},
        lost_replies = m.lost_replies + ${outcome.cut ? 0 : 1},
        ended_at = case
          when m.lost_replies + ${outcome.cut ? 0 : 1} < ${rules.maxLostReplies} and ${inTime} then null
          else ${now()} end`;
    case 'held':
    case 'unsent':
      return sql`
        state = m.unclaimed_state, attempts = m.attempts - 1, next_at = ${retryAt},
        lost_connections = m.lost_connections + ${outcome.kind === 'unsent' && outcome.lost ? 1 : 0}`;
  }
}
