import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { systemClock } from '../../src/base/clock.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { activeSubscriber, makeEdition, planFor } from '../delivery/harness.js';
import type { Desk } from './desk.js';

const fileOf = ({ path }: Desk) => join(path, 'paperboy.db');

/** Works on the store of a desk beside its programs. */
export async function inStore<T>(desk: Desk, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ kind: 'sqlite', file: fileOf(desk) }, systemClock);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Writes into the store of a desk past the program. */
export function writeRows(desk: Desk, sql: string): void {
  const file = new SQLite(fileOf(desk));
  try {
    file.exec(sql);
  } finally {
    file.close();
  }
}

/** Plans the edition of a day for active readers, who are made where there are none. */
export function planned(desk: Desk, date: string, emails: readonly string[], dueAt = 1_000) {
  return inStore(desk, async (store) => {
    const edition = await makeEdition(store, { date, from: Number(date.slice(-2)) * 10 });
    const readers = [];
    for (const email of emails) {
      readers.push(
        (await store.subscribers.findByEmail(email)) ?? (await activeSubscriber(store, email)),
      );
    }
    await planFor(store, edition, readers, { dueAt });
    return edition;
  });
}

/** Ends the delivery of a reader as an attempt would have. */
export function ended(
  desk: Desk,
  email: string,
  {
    state,
    reply,
    at = 2_000,
    route = 'main',
  }: { state: string; reply: string; at?: number; route?: string },
): void {
  const quoted = reply.replaceAll("'", "''");
  writeRows(
    desk,
    `update deliveries set state = '${state}', reply = '${quoted}', ended_at = ${at},
      attempts = 1, route = '${route}'
    where ended_at is null
      and subscriber_id = (select id from subscribers where email = '${email}')`,
  );
}
