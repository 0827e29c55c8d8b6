import { describe, expect, test } from 'vitest';
import { type Dialect, worlds } from './dialect.js';
import { A, B, C, ids, list, search, unlist, Z } from './searching.js';

/** What is found must be what the store has by now. */
export function searchUpkeepContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('search keeps up', () => {
    test('with new texts', async () => {
      const here = await world();
      await list(here, { [A]: { title: 'Lantern', abstract: 'Harbours.' } });
      await list(here, { [A]: { title: 'Kettle', abstract: '' } });
      expect(await ids(here, 'lantern')).toEqual([]);
      expect(await ids(here, 'kettle harbour')).toEqual([A]);
    });

    test('with new titles, which come first', async () => {
      const here = await world();
      const long = Array.from({ length: 2_000 }, (_, nth) => `w${nth}`).join(' ');
      const texts = { title: 'Kettle', abstract: `A lantern. ${long}` };
      await list(here, { [A]: texts, [B]: { title: 'Kettle', authors: ['Ada Lantern'] } });
      expect(await ids(here, 'lantern')).toEqual([B, A]);
      await list(here, { [A]: { ...texts, title: 'Lantern' } });
      expect(await ids(here, 'lantern')).toEqual([A, B]);
      await list(here, { [A]: texts });
      expect(await ids(here, 'lantern')).toEqual([B, A]);
    });

    test('with the first day for which a paper was listed', async () => {
      const here = await world();
      const day = async () => (await search(here, 'lantern')).papers.map((one) => one.listedOn);
      await list(here, { [A]: { title: 'Lantern' } }, '2026-03-03');
      await list(here, { [A]: { title: 'Lantern' } }, '2026-03-04');
      expect(await day()).toEqual(['2026-03-03']);
      await list(here, { [A]: { title: 'Lantern' } }, '2026-03-02');
      expect(await day()).toEqual(['2026-03-02']);
      await here.execute(`delete from listings where day = '2026-03-02'`);
      expect(await day()).toEqual(['2026-03-03']);
    });

    test('with papers that become one, and that go', async () => {
      const here = await world();
      await list(here, { [A]: { title: 'Lantern' } }, '2026-03-02');
      await list(here, { [B]: { title: 'Lantern two' } }, '2026-03-04');
      await here.execute(`update listings set paper_id = '${B}' where paper_id = '${A}'`);
      const { papers } = await search(here, 'lantern');
      expect(papers.map(({ id, listedOn }) => [id, listedOn])).toEqual([[B, '2026-03-02']]);
      await unlist(here);
      expect(await ids(here, 'lantern')).toEqual([]);
      await list(here, { [B]: { title: 'Lantern two' } });
      await unlist(here);
      await here.execute('delete from papers');
      await list(here, { [C]: { title: 'Lantern three' } });
      expect(await ids(here, 'lantern')).toEqual([C]);
    });

    test('with papers that get another id', async () => {
      const here = await world();
      await list(here, { [A]: { title: 'Lantern' } });
      await unlist(here);
      await here.execute(`update papers set id = '${Z}'`);
      await list(here, { [Z]: { title: 'Lantern' } });
      expect(await ids(here, 'lantern')).toEqual([Z]);
    });
  });
}
