import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSearch } from '../../../src/search/query.js';
import { type Dialect, worlds } from './dialect.js';
import { A, B, C, DAY, hostile, ids, list, search, type Texts } from './searching.js';

/** What every kind of database must find. */
export function searchContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('search', () => {
    test('finds nothing in an empty store', async () => {
      expect(await search(await world(), 'anything')).toEqual({
        papers: [],
        count: 0,
        more: false,
      });
    });

    test.each<[what: string, texts: Texts, finds: string[], not: string[]]>([
      [
        'words in title, abstract and authors, in any case',
        { title: 'Lantern maps', abstract: 'We sort ledgers.', authors: ['Ada Lovelace'] },
        ['lantern', 'LEDGERS', 'lovelace', 'maps ada sort', 'Lantern -harbour'],
        ['harbour', 'lantern harbour', 'lantern -maps', '-author:ada maps'],
      ],
      [
        'words by their stems',
        { title: 'Training diffusion models', abstract: 'It learned policies.' },
        ['train', 'trained model', 'learning', 'policy', '"diffusion model"'],
        ['diffuse policymaker', 'learnt'],
      ],
      [
        'phrases',
        { title: 'A compass', abstract: 'The state of the art of maps, in two steps.' },
        ['"state of the art"', '"two steps"', '"maps in two"'],
        ['"art of the state"', '"steps two"', '"compass the state"', 'compass -"two steps"'],
      ],
      [
        'phrases only where all of their words stand in a row',
        { title: 'Old maps of ports', abstract: 'Maps fold. Fold maps that were old maps.' },
        ['"old maps of"', '"maps fold"', 'old-map*', 'fold-maps-tha*', 'ports -"maps ports"'],
        [
          '"old maps fold"',
          '"maps of ports fold"',
          'old-port*',
          'old-maps-fol*',
          'ports -"old maps"',
        ],
      ],
      [
        'what hyphens join, as a phrase and apart',
        { title: 'GPT-4 and state-of-the-art self-play' },
        ['gpt-4', 'gpt 4', '"self play"', 'state-of-the-art', 'play'],
        ['gpt4', 'gpt-5', '4-gpt', 'selfplay'],
      ],
      [
        'accents, however they are written',
        { authors: ['Zoë Brânză', 'Håkon Núñez'], title: 'Poincare\u0301 maps' },
        ['zoe branza', 'Zoe\u0308', 'hakon', 'poincaré', 'POINCARE', 'author:NÚÑEZ'],
        ['zo', 'author:poincare'],
      ],
      [
        'other scripts',
        { title: 'β-流 для моделей', abstract: '拡散モデル uses 模型' },
        ['β', 'для', 'МОДЕЛЕЙ', '模型', '拡散モデル'],
        ['α', 'модел'],
      ],
      [
        'numbers and what stands at them',
        { title: '3D maps, 2e5 steps, top-1 of v2.1 at 70B' },
        ['3d', '2e5', 'top-1', 'v2.1', '70b', '"steps top 1"'],
        ['4d', '7b', 'v2.2'],
      ],
      [
        'beginnings of words, when asked to',
        { title: 'Quantisation of maps' },
        ['quanti*', 'quant* maps'],
        ['quant', 'quantum*'],
      ],
      [
        'authors alone',
        { title: 'Ada learns', authors: ['Grace Hopper', 'Li Wei'] },
        ['author:hopper', 'author:"grace hopper"', 'author:wei ada', 'author: grace'],
        ['author:ada', 'author:"hopper grace"', 'author:hopper -author:wei'],
      ],
      [
        'markup and code as the words in them',
        { title: '<think> \\textbf{bold} user@example.org https://example.org/a_b?c=d #tag' },
        ['think', 'bold', 'user@example.org', 'example.org/a_b', '#tag', 'b'],
        ['textbold'],
      ],
    ])('finds %s', async (_what, texts, finds, not) => {
      const here = await world();
      await list(here, { '2603.00001': texts, '2603.00002': { title: 'Something else' } });
      for (const q of finds) expect([q, await ids(here, q)]).toEqual([q, ['2603.00001']]);
      for (const q of not) expect([q, await ids(here, q)]).toEqual([q, []]);
    });

    test('shows whose title has it all first, then what has more of it', async () => {
      const here = await world();
      const filler = 'and some more words about things that are quite different from it. ';
      await list(here, {
        '2603.00001': { title: 'Kettles', abstract: `A lantern. ${filler.repeat(5)}` },
        '2603.00002': { title: 'Lanterns', abstract: filler },
        '2603.00003': { title: 'Kettles', abstract: `A lantern, a lantern, a lantern.` },
      });
      expect(await ids(here, 'lantern')).toEqual(['2603.00002', '2603.00003', '2603.00001']);
    });

    test('shows the newest of equals first', async () => {
      const here = await world();
      await list(here, { [B]: { title: 'Lantern' } }, '2026-03-03');
      await list(here, { [C]: { title: 'Lantern' } }, '2026-03-04');
      await list(here, { [A]: { title: 'Lantern' } }, '2026-03-02');
      expect(await ids(here, 'lantern')).toEqual([C, B, A]);
    });

    test('keeps to days, both of them included', async () => {
      const here = await world();
      const days = ['1999-12-31', '2026-03-02', '2026-03-03', '2026-03-04'];
      for (const [n, day] of days.entries()) {
        await list(here, { [`2603.0000${n}`]: { title: 'Lantern' } }, day);
      }
      const between = async (from: string, to: string) =>
        (await search(here, 'lantern', { from, to })).papers.map(({ listedOn }) => listedOn);
      expect(await between('2026-03-03', '')).toEqual(['2026-03-04', '2026-03-03']);
      expect(await between('', '2026-03-02')).toEqual(['2026-03-02', '1999-12-31']);
      expect(await between('2026-03-03', '2026-03-03')).toEqual(['2026-03-03']);
      expect(await between('2027-01-01', '')).toEqual([]);
      expect(await between('0001-01-01', '9999-12-31')).toHaveLength(4);
    });

    test('tells of each paper what a list shows', async () => {
      const here = await world();
      await list(here, { '2603.00001': { title: 'Lantern', authors: ['Ada', 'Bob'] } });
      const expected = {
        id: '2603.00001',
        title: 'Lantern',
        abstract: '',
        summary: null,
        authors: ['Ada', 'Bob'],
        organisation: null,
        url: 'https://huggingface.co/papers/2603.00001',
        pdfUrl: 'https://arxiv.org/pdf/2603.00001',
        listedOn: DAY,
      };
      expect((await search(here, 'lantern')).papers).toEqual([{ ...expected, edition: null }]);
      await here.edition('2026-03-04');
      await here.edition('2026-03-03');
      const carried = { ...expected, edition: '2026-03-03' };
      expect((await search(here, 'lantern')).papers).toEqual([carried]);
      expect(await here.store.search.findById('2603.00001')).toEqual(carried);
      expect(await here.store.search.findById('2603.00002')).toBeNull();
    });

    test('turns pages that show every paper once', async () => {
      const here = await world();
      const papers = Array.from({ length: 45 }, (_, n) => [
        `2603.${10_000 + n}`,
        { title: 'Lantern' },
      ]);
      await list(here, Object.fromEntries(papers));
      const seen: string[] = [];
      for (const offset of [0, 20, 40, 60]) {
        const page = await search(here, 'lantern', { offset, limit: 20 });
        expect(page.count).toBe(offset === 60 ? 0 : 45);
        expect(page.more).toBe(false);
        seen.push(...page.papers.map(({ id }) => id));
      }
      expect(seen.sort()).toEqual(papers.map(([id]) => id).sort());
    });
  });

  test('search looks at the newest of very many, finds rare phrases of common words, and says so', async () => {
    const here = await world();
    await list(here, { [A]: { abstract: 'Where harbour lantern stand so.' } }, '2026-03-01');
    const many = Array.from({ length: 1_600 }, (_, n) => [
      `2603.${10_000 + n}`,
      { abstract: n % 3 === 0 ? 'A lantern harbour.' : 'Lanterns in a harbour.' },
    ]);
    await list(here, Object.fromEntries(many), '2026-03-02');
    await list(here, { [B]: { title: 'A lantern of old' } }, '2020-01-01');
    const both = await search(here, 'lantern', { limit: 20 });
    expect([both.papers[0]?.id, both.papers.length, both.count, both.more]).toEqual([
      ...[B, 20, 300, true],
    ]);
    expect(await ids(here, '"harbour lantern"')).toEqual([A]);
    expect((await search(here, '"lantern harbour"')).more).toBe(true);
    expect((await search(here, 'lantern', { to: '2026-03-01' })).count).toBe(2);
  });

  test.each([
    { titled: 299, others: 0, count: 299, more: false },
    { titled: 300, others: 0, count: 300, more: false },
    { titled: 301, others: 0, count: 300, more: true },
    { titled: 1, others: 299, count: 300, more: false },
    { titled: 1, others: 300, count: 300, more: true },
    { titled: 300, others: 1, count: 300, more: true },
  ])('search shows of $titled titles and $others others $count', async (papers) => {
    const here = await world();
    const some = (length: number, id: number, texts: Texts) =>
      list(here, Object.fromEntries(Array.from({ length }, (_, n) => [`2603.${id + n}`, texts])));
    await some(papers.others, 20_000, { abstract: 'A lantern.' });
    await some(papers.titled, 10_000, { title: 'Lanterns' });
    const { count, more, papers: found } = await search(here, 'lantern', { limit: 400 });
    expect([count, more]).toEqual([papers.count, papers.more]);
    expect(found.filter(({ title }) => title === 'Lanterns').length).toBe(
      Math.min(papers.titled, 300),
    );
    expect(found).toHaveLength(count);
    expect((await search(here, 'lantern', { offset: 280, limit: 40 })).papers).toHaveLength(
      count - 280,
    );
  });

  test('search stands whatever is typed', async () => {
    const here = await world();
    await list(here, { [A]: { title: 'Lantern' } });
    await fc.assert(
      fc.asyncProperty(hostile, async (q) => {
        const { text, arxivId } = parseSearch({ q: q.slice(0, 400), from: '', to: '' });
        if (text !== null) await here.store.search.findPapers(text, { offset: 0, limit: 20 });
        if (arxivId !== null) await here.store.search.findById(arxivId);
      }),
      { numRuns: 150 },
    );
  });
}
