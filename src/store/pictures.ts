import { sql } from 'kysely';
import type { Origins } from '../papers/merge.js';
import type {
  FoundPicture,
  PictureSizes,
  PictureStore,
  SettledPictures,
  WantedOf,
} from '../pictures/picture.js';
import { texts } from './batch.js';
import { type Database, inTransaction } from './database.js';
import { editionPapers } from './edition-rows.js';
import { lockPlanning } from './planning-conditions.js';
import type { Tables } from './tables.js';

export function pictureStore(database: Database): PictureStore {
  return {
    wanted: (of, now) => loadWanted(database, of, now),
    save: ({ paperId, url, tries }, { hash, large, small }, at) =>
      saveTry(database, {
        ...{ paper_id: paperId, url, tries: tries + 1, tried_at: at, next_at: null, reason: null },
        ...{ hash, width: large.width, height: large.height },
        ...{ small_width: small.width, small_height: small.height },
        ...{ large: large.body.toString('base64'), small: small.body.toString('base64') },
      }),
    saveFailure: ({ paperId, url, tries, reason, at, nextAt }) =>
      saveTry(database, {
        ...{ paper_id: paperId, url, tries, tried_at: at, next_at: nextAt, reason },
        ...{ hash: null, width: null, height: null, small_width: null, small_height: null },
        ...{ large: null, small: null },
      }),
    sizes: (paperIds) => loadSizes(database, paperIds),
    file: (hash, size) => loadFile(database, hash, size),
    version: (before) => loadVersion(database, before),
    settle: (editionId, withPictures) => settle(database, editionId, withPictures),
    settled: (editionId) => loadSettled(database, editionId),
    forget: (before, limit) => forget(database, before, limit),
  };
}

async function loadWanted(
  { db }: Database,
  { pickedSince, datedFrom, most }: WantedOf,
  now: number,
): Promise<FoundPicture[]> {
  const { rows } = await sql<Omit<FoundPicture, 'source'> & { origins: string }>`
    select p.id as "paperId", p.picture_url as url, p.origins,
      max(case when x.url = p.picture_url then x.tries else 0 end) as tries
    from editions e
      join edition_papers ep on ep.edition_id = e.id
      join papers p on p.id = ep.paper_id
      left join pictures x on x.paper_id = p.id
    where e.picked_at >= ${pickedSince} and e.date >= ${datedFrom} and p.picture_url is not null
      and (x.paper_id is null
        or (x.hash is null and (x.url <> p.picture_url or x.next_at <= ${now})))
    group by p.id, p.picture_url, p.origins
    order by min(ep.rank), p.id
    limit ${most}`.execute(db);
  return rows.map(({ origins, tries, ...wanted }) => {
    const { pictureUrl: source } = JSON.parse(origins) as Origins;
    return { ...wanted, tries: Number(tries), source };
  });
}

async function saveTry({ db }: Database, row: Tables['pictures']): Promise<void> {
  const { paper_id, ...values } = row;
  await db
    .insertInto('pictures')
    .values(row)
    .onConflict((conflict) =>
      conflict.column('paper_id').doUpdateSet(values).where('pictures.hash', 'is', null),
    )
    .execute();
}

async function loadSizes(
  { db, dialect }: Database,
  paperIds: readonly string[],
): Promise<Map<string, PictureSizes>> {
  if (paperIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('pictures')
    .select(['paper_id', 'hash', 'width', 'height', 'small_width', 'small_height'])
    .where('paper_id', 'in', texts(dialect, paperIds))
    .where('hash', 'is not', null)
    .execute();
  return new Map(
    rows.map((row) => [
      row.paper_id,
      {
        hash: row.hash ?? '',
        large: { width: row.width ?? 0, height: row.height ?? 0 },
        small: { width: row.small_width ?? 0, height: row.small_height ?? 0 },
      },
    ]),
  );
}

async function loadFile(
  { db }: Database,
  hash: string,
  size: 'large' | 'small',
): Promise<Buffer | null> {
  const row = await db
    .selectFrom('pictures')
    .select(`${size} as body`)
    .where('hash', '=', hash)
    .limit(1)
    .executeTakeFirst();
  return row?.body ? Buffer.from(row.body, 'base64') : null;
}

/** Both are read from the index alone. */
async function loadVersion({ db }: Database, before: number): Promise<string> {
  const row = await db
    .selectFrom('pictures')
    .select((eb) => [eb.fn.countAll<number>().as('pictures'), eb.fn.max('tried_at').as('newest')])
    .where('hash', 'is not', null)
    .where('tried_at', '<', before)
    .executeTakeFirstOrThrow();
  return `${row.pictures} ${row.newest}`;
}

async function settle(database: Database, editionId: number, withPictures: boolean): Promise<void> {
  if (await loadSettled(database, editionId)) return;
  await inTransaction(database, async (inner) => {
    const { db } = inner;
    // Nobody plans meanwhile: deliveries that are there already are those that it can see.
    await lockPlanning(inner);
    const { newest } = await db
      .selectFrom('deliveries')
      .select((eb) => eb.fn.max('id').as('newest'))
      .where('edition_id', '=', editionId)
      .executeTakeFirstOrThrow();
    const hashes = withPictures ? await loadHashes(inner, editionId) : [];
    // Another process may have been first: what it wrote holds.
    await db
      .insertInto('edition_pictures')
      .values({
        edition_id: editionId,
        after_delivery: Number(newest ?? 0),
        hashes: JSON.stringify(hashes),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

async function loadHashes({ db }: Database, editionId: number): Promise<[string, string][]> {
  const papers = await db
    .selectFrom('pictures')
    .select(['paper_id', 'hash'])
    .where('paper_id', 'in', sql<string>`${editionPapers(editionId)}`)
    .where('hash', 'is not', null)
    .orderBy('paper_id')
    .execute();
  return papers.map(({ paper_id, hash }) => [paper_id, hash ?? '']);
}

async function loadSettled({ db }: Database, editionId: number): Promise<SettledPictures | null> {
  const row = await db
    .selectFrom('edition_pictures')
    .select(['after_delivery', 'hashes'])
    .where('edition_id', '=', editionId)
    .executeTakeFirst();
  if (!row) return null;
  const hashes = new Map(JSON.parse(row.hashes) as [string, string][]);
  return { afterDelivery: Number(row.after_delivery), hashes };
}

/** A weekly edition or one of a later day may show the papers of an older one. */
async function forget({ db }: Database, before: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from pictures where paper_id in (
      select x.paper_id from pictures x
      where x.tried_at < ${before} and not exists (
        select 1 from edition_papers ep join editions e on e.id = ep.edition_id
        where ep.paper_id = x.paper_id and e.picked_at >= ${before})
      limit ${limit})`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
