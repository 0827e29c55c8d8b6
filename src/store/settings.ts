import { sql } from 'kysely';
import type { Database } from './database.js';
import type { SettingStore } from './store.js';

export function settingStore({ db }: Database): SettingStore {
  return {
    async get(name) {
      const row = await db
        .selectFrom('settings')
        .select('value')
        .where('name', '=', name)
        .executeTakeFirst();
      return row?.value ?? null;
    },

    async getOrSet(name, value) {
      await db
        .insertInto('settings')
        .values({ name, value })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute();
      const row = await db
        .selectFrom('settings')
        .select('value')
        .where('name', '=', name)
        .executeTakeFirstOrThrow();
      return row.value;
    },

    async set(name, value) {
      await db
        .insertInto('settings')
        .values({ name, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute();
    },

    async raise(name, value) {
      await sql`
        insert into settings (name, value) values (${name}, ${String(value)})
        on conflict (name) do update set value = excluded.value
        where cast(settings.value as bigint) < ${value}`.execute(db);
    },
  };
}
