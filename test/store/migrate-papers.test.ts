import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.js';
import { type TempDir, tempDir } from '../support/program.js';
import { MovableClock } from './clock.js';
import { paper } from './contract/dialect.js';
import { makeOldStore } from './old-store.js';

const DAY = '2026-03-02';

let folder: TempDir;
let file: string;

beforeEach(() => {
  folder = tempDir();
  file = join(folder.path, 'paperboy.db');
});
afterEach(() => folder.dispose());

/** A store of the version before papers had records, with three papers in it. */
function storeOfBefore(): Promise<void> {
  return makeOldStore(
    file,
    '0003',
    `
    insert into papers values
      ('2603.00001', 'A lantern for every harbour in the dark', 'Light.', null, '["Ada Lovelace"]', 'A lab',
        '2026-03-01', 'https://huggingface.co/papers/2603.00001', null, null, null, '["lamps"]'),
      ('cs/0112017', 'Old', 'Old.', 'Short.', '[]', null, null, 'https://huggingface.co/papers/cs/0112017',
        null, null, null, '[]'),
      ('unlisted', 'Never listed', '', null, '[]', null, null, 'https://example.org/', null, null, null, '[]');
    insert into listings values ('2603.00001', 'huggingface', '${DAY}'),
      ('2603.00001', 'huggingface', '2026-03-03'), ('cs/0112017', 'huggingface', '${DAY}');
    insert into signals values ('2603.00001', 'huggingface', 1000, 5, 1, 3),
      ('2603.00001', 'huggingface', 2000, 4, 1, null), ('cs/0112017', 'huggingface', 1000, 0, 0, null);
    insert into editions values (7, 'daily', '${DAY}', 'frozen', 1, 2, null, null, 1);
    insert into edition_papers values (7, 1, '2603.00001', '{"id":"2603.00001","title":"As it was"}')`,
  );
}

test('papers of before come along, with their listings and signals, and are joined from now on', async () => {
  await storeOfBefore();
  const store = await openStore({ kind: 'sqlite', file }, new MovableClock());
  try {
    expect(store.migrated).toContain('0006_merge');
    const lantern = {
      ...paper('2603.00001', {
        title: 'A lantern for every harbour in the dark',
        ...{ abstract: 'Light.', organisation: 'A lab', publishedOn: '2026-03-01', pdfUrl: null },
        ...{ keywords: ['lamps'], signal: { upvotes: 4, comments: 1, codeStars: null } },
      }),
      sources: ['huggingface'],
    };
    const listed = await store.papers.listedOn(DAY);
    expect(listed.find(({ id }) => id === lantern.id)).toEqual(lantern);
    expect(listed.find(({ id }) => id === 'cs/0112017')).toMatchObject({ arxivId: 'cs/0112017' });
    expect(await store.papers.listedOn('2026-03-03')).toEqual([lantern]);
    expect((await store.papers.find('2603.00001'))?.origins).toMatchObject({
      title: 'huggingface',
      keywords: 'huggingface',
    });

    const known = await store.editions.byId(7);
    const [snapshot] = (await store.editions.withPapers(known)).papers;
    expect(snapshot).toMatchObject({ title: 'As it was', categories: [], withdrawn: false });

    // A feed that knows the title alone tells of the same paper.
    const { signal: _, ...told } = { ...lantern, arxivId: null, id: 'x', abstract: 'Other.' };
    await store.papers.saveListing('feed', '2026-03-04', [{ paper: told, signal: null }]);
    expect(await store.papers.listedOn('2026-03-04')).toEqual([
      { ...lantern, sources: ['feed', 'huggingface'] },
    ]);
  } finally {
    await store.close();
  }
});

test('papers are found again under ids that are written otherwise now', async () => {
  await storeOfBefore();
  const database = new SQLite(file);
  const before = ['math.GT/0309136', 'cs/0112017v2', 'blog-1'];
  for (const id of before) {
    database
      .prepare(
        `insert into papers values (?, ?, '', null, '[]', null, null, 'u', null, null, null, '[]')`,
      )
      .run(id, `Paper ${id}`);
    database.prepare(`insert into listings values (?, 'huggingface', '2026-03-01')`).run(id);
    database.prepare(`insert into edition_papers values (7, ?, ?, '{}')`).run(10 + id.length, id);
  }
  database.close();
  const store = await openStore({ kind: 'sqlite', file }, new MovableClock());
  try {
    const now = ['math/0309136', 'cs/0112017', 'blog-1'];
    const listed = now.map((id) => ({
      paper: { ...paper(id), arxivId: id === 'blog-1' ? null : id, title: `Paper ${id}` },
      signal: null,
    }));
    await store.papers.saveListing('huggingface', '2026-03-05', listed);
    const days = { from: '2026-03-05', to: '2026-03-05' };
    expect(await store.editions.carriedOutside(days, now)).toEqual(new Set(now));
  } finally {
    await store.close();
  }
});

test('years of papers come along in one go', async () => {
  await storeOfBefore();
  const database = new SQLite(file);
  database.exec(`
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 6000)
    insert into papers select '2401.' || (10000 + i), 'Paper ' || i, '', null, '[]', null, null, 'u', null,
      null, null, '[]' from n;
    insert into listings select id, 'huggingface', '2024-01-02' from papers where id like '2401.%';
    insert into signals select id, 'huggingface', 1000, 1, 0, null from papers where id like '2401.%';`);
  database.close();
  // Work that grows with the square of them would take minutes.
  const store = await openStore({ kind: 'sqlite', file }, new MovableClock());
  expect(await store.papers.listedOn('2024-01-02')).toHaveLength(6_000);
  await store.close();
});
