import { sql } from 'kysely';
import type { Hold } from '../delivery/sending/holds.js';
import { grantSlots } from '../delivery/throttle/gcra.js';
import { FORGET_AFTER, type Throttle } from '../delivery/throttle/throttle.js';
import type { SlotGrant, SlotRequest, ThrottleStore } from '../delivery/throttle/throttle-store.js';
import type { Database } from './database.js';

/** How often slots are asked for again that another sender was quicker to take. */
const MAX_TRIES = 10;
/** A pace that nobody has used for so many milliseconds is the same as none. */
const UNUSED = 3_600_000;

/** Slots that are to be taken, unless somebody else has taken some since they were looked at. */
interface Move {
  asked: SlotRequest;
  given: SlotGrant;
  nextSlot: number;
  previous: number;
}

export function throttleStore(database: Database): ThrottleStore {
  const { db, now } = database;
  return {
    async take(asked) {
      const given: SlotGrant[] = [];
      let open = asked;
      for (let tries = 1; open.length > 0; tries++) {
        const moves: Move[] = [];
        for (const move of await plan(database, open)) {
          if (move.given.count === 0 || move.given.interval === 0) given.push(move.given);
          else moves.push(move);
        }
        const taken = await write(database, moves);
        const lost = moves.filter((move) => !taken.has(move.given.name));
        given.push(...moves.filter((move) => !lost.includes(move)).map((move) => move.given));
        if (tries === MAX_TRIES) {
          given.push(...lost.map((move) => ({ ...move.given, count: 0 })));
          break;
        }
        open = lost.map((move) => move.asked);
      }
      return given;
    },

    async takeOfDay(day, route, wanted, cap) {
      for (let rest = Math.min(wanted, cap); rest > 0; ) {
        const written = await sql<{ count: number }>`
          insert into sent_days (day, route, count) values (${day}, ${route}, ${rest})
          on conflict (day, route) do update set count = sent_days.count + excluded.count
          where sent_days.count + excluded.count <= ${cap}
          returning count`.execute(db);
        if (written.rows.length > 0) return rest;
        rest = Math.min(rest, cap - (await ofDay(database, day, route)));
      }
      return 0;
    },

    async addToDay(day, route, count) {
      await sql`
        insert into sent_days (day, route, count) values (${day}, ${route}, ${Math.max(count, 0)})
        on conflict (day, route) do update set count = case
          when sent_days.count + ${count} > 0 then sent_days.count + ${count} else 0 end`.execute(
        db,
      );
    },

    ofDay: (day, route) => ofDay(database, day, route),

    async look() {
      const { rows } = await sql<{ now: number; scope: string | null } & ThrottleRow>`
        select x.now, t.* from (select ${now()} as now) as x
        left join throttles as t on 1 = 1`.execute(db);
      const holds = await db
        .selectFrom('holds')
        .select(['route', 'domain', 'code', 'reply', 'since', 'next_at as nextAt', 'probes'])
        .where('until', 'is', null)
        .orderBy('id')
        .execute();
      return {
        now: rows[0]?.now ?? 0,
        throttles: rows.flatMap((row) => (row.scope === null ? [] : [throttleIn(row)])),
        holds: holds as Hold[],
      };
    },

    async change(scope, step) {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const { rows } = await sql<{ now: number; scope: string | null } & ThrottleRow>`
          select x.now, t.* from (select ${now()} as now) as x
          left join throttles as t on t.scope = ${scope}`.execute(db);
        const [row] = rows;
        if (!row) return false;
        const known = row.scope === null ? null : throttleIn(row);
        const next = step(known, row.now);
        if (next === null || (next === 'free' && known === null)) return false;
        if (await writeThrottle(database, scope, row.revision, next)) return true;
      }
      return false;
    },

    async forget() {
      const long = sql`${now()} - ${FORGET_AFTER}`;
      await sql`delete from throttles where raised_at <= ${long}`.execute(db);
      // Of a domain whose last reader has left, nobody asks any more.
      await sql`
        update holds set until = ${now()}
        where until is null and domain <> '' and since <= ${now()} - ${HOLDS_KEPT}`.execute(db);
      await sql`delete from holds where until <= ${now()} - ${HOLDS_KEPT}`.execute(db);
      await sql`delete from gcra_slots where next_slot <= (${now()} - ${UNUSED}) * 1000`.execute(
        db,
      );
    },
  };
}

/** Held time counts for three days after a mail was due; a week is enough to tell of it. */
const HOLDS_KEPT = 7 * 24 * 3_600_000;

interface ThrottleRow {
  scope: string;
  emission_interval: number;
  ceiling: number;
  backed_off_at: number;
  not_before: number;
  raised_at: number;
  strikes: number;
  connections: number | null;
  revision: number | null;
}

function throttleIn(row: ThrottleRow): Throttle {
  return {
    scope: row.scope,
    interval: row.emission_interval,
    ceiling: row.ceiling,
    backedOffAt: row.backed_off_at,
    notBefore: row.not_before,
    raisedAt: row.raised_at,
    strikes: row.strikes,
    connections: row.connections,
  };
}

/** @param seen the revision of what was read, `null` for nothing. */
async function writeThrottle(
  { db }: Database,
  scope: string,
  seen: number | null,
  next: Throttle | 'free',
): Promise<boolean> {
  if (next === 'free') {
    const gone = await sql`
      delete from throttles where scope = ${scope} and revision = ${seen}`.execute(db);
    return (gone.numAffectedRows ?? 0n) > 0n;
  }
  const { interval, ceiling, backedOffAt, notBefore, raisedAt, strikes, connections } = next;
  const written = await sql`
    insert into throttles as t (scope, emission_interval, ceiling, backed_off_at, not_before, raised_at, strikes,
      connections, revision)
    values (${scope}, ${interval}, ${ceiling}, ${backedOffAt}, ${notBefore}, ${raisedAt}, ${strikes},
      ${connections}, ${(seen ?? 0) + 1})
    on conflict (scope) do update
    set emission_interval = excluded.emission_interval, ceiling = excluded.ceiling, backed_off_at = excluded.backed_off_at,
      not_before = excluded.not_before, raised_at = excluded.raised_at,
      strikes = excluded.strikes, connections = excluded.connections,
      revision = excluded.revision
    where t.revision = ${seen ?? -1}`.execute(db);
  return (written.numAffectedRows ?? 0n) > 0n;
}

interface SlotRow {
  name: string;
  now: number;
  next_slot: number | null;
  throttled_interval: number | null;
  not_before: number | null;
}

/** What could be taken, as far as one can see. */
async function plan({ db, now, dialect }: Database, open: readonly SlotRequest[]): Promise<Move[]> {
  const names = sql`(
    select value ->> 'name' as name from ${dialect.jsonEach(open.map(({ name }) => ({ name })))})`;
  const { rows } = await sql<SlotRow>`
    select x.name, ${now()} as now, p.next_slot, t.emission_interval as throttled_interval, t.not_before
    from ${names} as x
    left join gcra_slots as p on p.name = x.name
    left join throttles as t on t.scope = x.name`.execute(db);
  const found = new Map(rows.map((row) => [row.name, row]));
  return open.flatMap((asked) => {
    const row = found.get(asked.name);
    return row ? [toMove(asked, row)] : [];
  });
}

function toMove(asked: SlotRequest, row: SlotRow): Move {
  const { name, wanted, urgent = false } = asked;
  const interval = Math.max(asked.interval, row.throttled_interval ?? 0);
  const previous = row.next_slot ?? 0;
  if (interval === 0) {
    const given = { name, count: wanted, first: 0, interval, next: 0 };
    return { asked, given, nextSlot: previous, previous };
  }
  const at = row.now * 1000;
  const notBefore = (row.not_before ?? 0) * 1000;
  const slots = grantSlots({ now: at, next: previous, interval, wanted, notBefore, urgent });
  const next = slots.count === 0 ? slots.first : slots.next;
  return {
    asked,
    given: { name, count: slots.count, first: slots.first - at, interval, next: next - at },
    nextSlot: slots.next,
    previous,
  };
}

/**
 * Takes the slots in one conditional write: each name only if its next slot is still the one that
 * was looked at.
 */
async function write({ db, dialect }: Database, moves: readonly Move[]): Promise<Set<string>> {
  if (moves.length === 0) return new Set();
  const rows = moves.map(({ given, nextSlot, previous }) => {
    return { name: given.name, nextSlot, previous };
  });
  // In the order of the names, so that two senders can't wait for each other.
  const written = await sql<{ name: string }>`
    insert into gcra_slots (name, next_slot, previous)
    select value ->> 'name', cast(value ->> 'nextSlot' as bigint),
      cast(value ->> 'previous' as bigint)
    from ${dialect.jsonEach(rows)} where true order by 1
    on conflict (name) do update set next_slot = excluded.next_slot, previous = excluded.previous
    where gcra_slots.next_slot = excluded.previous
    returning name`.execute(db);
  return new Set(written.rows.map(({ name }) => name));
}

async function ofDay({ db }: Database, day: string, route: string): Promise<number> {
  const row = await db
    .selectFrom('sent_days')
    .select('count')
    .where('day', '=', day)
    .where('route', '=', route)
    .executeTakeFirst();
  return row?.count ?? 0;
}
