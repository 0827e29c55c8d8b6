import { sql } from 'kysely';
import type { LedgerDatabase } from './database.js';
import type { HeldTime } from './outbox-table.js';
import { DOMAIN } from './set-aside.js';

/** Rule 6: held time does not count towards the day, within three days of when it was due. */
export function deliveryHeldTime({ now, rules }: LedgerDatabase): HeldTime {
  const { expiresAfter, heldAtMost } = rules;
  // Holds of several routes, or of one and a domain, overlap: each span counts from where those
  // before it have ended.
  const held = sql`coalesce((
    select sum(x.until - case when x.before > x.since then x.before else x.since end)
    from (
      select h.since, h.until, max(h.until) over (
        order by h.since, h.id rows between unbounded preceding and 1 preceding) as before
      from (
        select id, case when since > m.due_at then since else m.due_at end as since,
          coalesce(until, ${now()}) as until
        from holds where domain = '' or domain = (
          select ${DOMAIN} from subscribers as s where s.id = m.subscriber_id)) as h
      where h.until > h.since) as x
    where x.before is null or x.until > x.before), 0)`;
  const wasHeld = sql<boolean>`(m.expires_at > m.due_at + ${expiresAfter})`;
  return {
    extended: sql<number>`(
      select m.due_at + case when y.held > ${heldAtMost - expiresAfter}
        then ${heldAtMost} else ${expiresAfter} + y.held end
      from (select ${held} as held) as y)`,
    wasHeld,
    // Of several editions that wait for one reader because they were held, the newest goes; those
    // before it are old news also once it has gone.
    superseded: sql<boolean>`(
      ${wasHeld} and m.unclaimed_state <> 'uncertain' and exists (
        select 1 from deliveries as other
        join editions as newer on newer.id = other.edition_id
        join editions as older on older.id = m.edition_id
        where other.subscriber_id = m.subscriber_id and newer.date > older.date
          and (other.state in ('accepted', 'uncertain') or (other.ended_at is null and other.due_at <= ${now()}))))`,
  };
}
