import { type RawBuilder, sql } from 'kysely';
import {
  FIRST_GAP,
  FORGET_AFTER,
  FREE_GAP,
  LONGEST_GAP,
  LONGEST_PAUSE,
  PAUSE_GAPS,
  type Paces,
  QUIET,
  type SlowedDomain,
  type TurnsAsked,
  type TurnsGiven,
} from '../delivery/pace.js';
import { giveTurns } from '../delivery/turns.js';
import type { Database } from './database.js';

/** How often turns are asked for again that another sender was quicker to take. */
const MAX_TRIES = 10;
/** A pace that nobody has used for so many milliseconds is the same as none. */
const UNUSED = 3_600_000;

/** Turns that are to be taken, unless somebody else has taken some since they were looked at. */
interface Move {
  asked: TurnsAsked;
  given: TurnsGiven;
  nextTurn: number;
  previous: number;
}

export function paceStore(database: Database): Paces {
  const { db, now } = database;
  return {
    async take(asked) {
      const given: TurnsGiven[] = [];
      let open = asked;
      for (let tries = 1; open.length > 0; tries++) {
        const moves: Move[] = [];
        for (const move of await plan(database, open)) {
          if (move.given.count === 0 || move.given.gap === 0) given.push(move.given);
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

    async takeOfDay(day, wanted, cap) {
      for (let rest = Math.min(wanted, cap); rest > 0; ) {
        const written = await sql<{ count: number }>`
          insert into sent_days (day, count) values (${day}, ${rest})
          on conflict (day) do update set count = sent_days.count + excluded.count
          where sent_days.count + excluded.count <= ${cap}
          returning count`.execute(db);
        if (written.rows.length > 0) return rest;
        rest = Math.min(rest, cap - (await ofDay(database, day)));
      }
      return 0;
    },

    async addToDay(day, count) {
      await sql`
        insert into sent_days (day, count) values (${day}, ${Math.max(count, 0)})
        on conflict (day) do update set count = case
          when sent_days.count + ${count} > 0 then sent_days.count + ${count} else 0 end`.execute(
        db,
      );
    },

    ofDay: (day) => ofDay(database, day),

    async look() {
      const { rows } = await sql<{ now: number; domain: string | null } & SlowedRow>`
        select x.now, s.domain, s.gap, s.paused_until, s.steady_since
        from (select ${now()} as now) as x left join slowed_domains as s on 1 = 1`.execute(db);
      const slowed: SlowedDomain[] = [];
      for (const row of rows) {
        if (row.domain === null) continue;
        slowed.push({
          domain: row.domain,
          gap: row.gap,
          pausedFor: Math.max(0, row.paused_until - row.now),
          steadyFor: row.now - row.steady_since,
        });
      }
      return { now: rows[0]?.now ?? 0, slowed };
    },

    async slow(domain, { begunAgo, gap }) {
      const first = Math.min(Math.max(FIRST_GAP, gap * 2), LONGEST_GAP);
      const firstPause = Math.min(Math.ceil((first * PAUSE_GAPS) / 1_000), LONGEST_PAUSE);
      const halved = atMost(sql`s.gap * 2`, LONGEST_GAP);
      const pause = atMost(sql`s.gap * ${2 * PAUSE_GAPS} / 1000`, LONGEST_PAUSE);
      const [firstUntil, until] = [sql`${now()} + ${firstPause}`, sql`${now()} + ${pause}`];
      await sql`
        insert into slowed_domains as s (domain, gap, slowed_at, paused_until, steady_since)
        values (${domain}, ${first}, ${now()}, ${firstUntil}, ${firstUntil})
        on conflict (domain) do update
        set gap = ${halved}, slowed_at = ${now()}, paused_until = ${until}, steady_since = ${until}
        where s.paused_until <= ${now()} and s.slowed_at <= ${now()} - ${begunAgo}`.execute(db);
    },

    async ease(domain, { gap }) {
      const quiet = sql`domain = ${domain} and steady_since + ${QUIET} <= ${now()}`;
      await sql`
        delete from slowed_domains
        where ${quiet} and gap / 2 <= ${Math.max(FREE_GAP, gap)}`.execute(db);
      await sql`
        update slowed_domains set gap = gap / 2, steady_since = ${now()} where ${quiet}`.execute(
        db,
      );
    },

    async forget() {
      await sql`delete from slowed_domains
        where steady_since <= ${now()} - ${FORGET_AFTER}`.execute(db);
      await sql`delete from paces where next_turn <= (${now()} - ${UNUSED}) * 1000`.execute(db);
    },
  };
}

function atMost(value: RawBuilder<unknown>, most: number): RawBuilder<unknown> {
  return sql`(case when ${value} < ${most} then ${value} else ${most} end)`;
}

interface SlowedRow {
  gap: number;
  paused_until: number;
  steady_since: number;
}

interface PaceRow {
  name: string;
  now: number;
  next_turn: number | null;
  slowed_gap: number | null;
  paused_until: number | null;
}

/** What could be taken, as far as one can see. */
async function plan({ db, now, dialect }: Database, open: readonly TurnsAsked[]): Promise<Move[]> {
  const names = sql`(
    select value ->> 'name' as name from ${dialect.jsonEach(open.map(({ name }) => ({ name })))})`;
  const { rows } = await sql<PaceRow>`
    select x.name, ${now()} as now, p.next_turn, s.gap as slowed_gap, s.paused_until
    from ${names} as x
    left join paces as p on p.name = x.name
    left join slowed_domains as s on s.domain = x.name`.execute(db);
  const found = new Map(rows.map((row) => [row.name, row]));
  return open.flatMap((asked) => {
    const row = found.get(asked.name);
    return row ? [moveOf(asked, row)] : [];
  });
}

function moveOf(asked: TurnsAsked, row: PaceRow): Move {
  const { name, wanted, urgent = false } = asked;
  const gap = Math.max(asked.gap, row.slowed_gap ?? 0);
  const previous = row.next_turn ?? 0;
  if (gap === 0) {
    const given = { name, count: wanted, first: 0, gap, next: 0 };
    return { asked, given, nextTurn: previous, previous };
  }
  const at = row.now * 1000;
  const notBefore = (row.paused_until ?? 0) * 1000;
  const turns = giveTurns({ now: at, next: previous, gap, wanted, notBefore, urgent });
  const next = turns.count === 0 ? turns.first : turns.next;
  return {
    asked,
    given: { name, count: turns.count, first: turns.first - at, gap, next: next - at },
    nextTurn: turns.next,
    previous,
  };
}

/**
 * Takes the turns in one conditional write: each name only if its next turn is still the one that
 * was looked at.
 */
async function write({ db, dialect }: Database, moves: readonly Move[]): Promise<Set<string>> {
  if (moves.length === 0) return new Set();
  const rows = moves.map(({ given, nextTurn, previous }) => {
    return { name: given.name, nextTurn, previous };
  });
  // In the order of the names, so that two senders can't wait for each other.
  const written = await sql<{ name: string }>`
    insert into paces (name, next_turn, previous)
    select value ->> 'name', cast(value ->> 'nextTurn' as bigint),
      cast(value ->> 'previous' as bigint)
    from ${dialect.jsonEach(rows)} where true order by 1
    on conflict (name) do update set next_turn = excluded.next_turn, previous = excluded.previous
    where paces.next_turn = excluded.previous
    returning name`.execute(db);
  return new Set(written.rows.map(({ name }) => name));
}

async function ofDay({ db }: Database, day: string): Promise<number> {
  const row = await db
    .selectFrom('sent_days')
    .select('count')
    .where('day', '=', day)
    .executeTakeFirst();
  return row?.count ?? 0;
}
