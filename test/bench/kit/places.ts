import { timezones } from '../../../src/base/timezones.js';

/**
 * SQL, for SQLite and PostgreSQL, that makes `count` active subscribers who live in all the zones
 * there are and want their digest at all hours: more different groups than any real list has.
 */
export function readersEverywhere(count: number): string {
  const zones = timezones();
  const zone = zones.map((name, place) => `when ${place} then '${name}'`).join(' ');
  return `
    insert into subscribers (email, email_key, state, round, timezone, hour, frequency, length,
      topics, keywords, created_at, active_since)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
    select 'everywhere' || i || '@mail.test', 'everywhere' || i || '@mail.test', 'active', 1,
      case i % ${zones.length} ${zone} end, (i / 7) % 24, 'daily', 20, '[]', '[]', 0, 0
    from n`;
}
