import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { excerpt, toSought } from '../../../src/search/highlight.js';
import { parseSearch } from '../../../src/search/query.js';
import { type Dialect, worlds } from './dialect.js';
import { A, B, ids, list, search, type Texts } from './searching.js';

const OTHER = {
  title: 'Something else',
  abstract: '別の論文 其他 다른 논문',
  authors: ['Ann Other'],
};

/** What every kind of database must find where words are not split by spaces, or not spelled alike. */
export function searchWordsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('search finds', () => {
    test.each<[what: string, texts: Texts, finds: string[], not: string[]]>([
      [
        'Chinese without spaces, as any part of it',
        { title: '大语言模型的强化学习', abstract: '本文提出一种新的训练方法，在图像上进行实验。' },
        [
          ...['大语言模型', '语言', '模型', '型', '大语言模型 强化学习', '"语言模型"', '图像 方法'],
          ...[
            '大语言 模型',
            '学习 -视频',
            '大语*',
            '训练方法，在图像',
            '「强化学习」',
            '语言　模型',
          ],
          ...['大语言模型的强化学习', '＂强化学习＂', '学习 －视频', '《强化学习》'],
        ],
        ['型模', '语模', '学习 -语言', '学习 －型', '"学习强化"', '大模型', '图象', '-学习 模型'],
      ],
      [
        'Japanese, kana of half width and full width',
        { title: '拡散モデルによる画像生成', abstract: 'ガウス過程とデータ拡張、ﾃﾞｰﾀｾｯﾄを使う。' },
        [
          ...[
            '拡散モデル',
            '拡散ﾓﾃﾞﾙ',
            'モデル',
            'ﾓﾃﾞﾙ',
            'ガウス',
            'ｶﾞｳｽ',
            'カ\u3099ウス',
            'データセット',
          ],
          ...['データ・拡張', '画像　生成', '"による画像"', '過程', 'を', 'モデ*'],
        ],
        ['カウス', 'モテル', 'テータ', 'もでる', '生成画像', 'データ -ｶﾞｳｽ'],
      ],
      [
        'Korean with spaces and without, and however its syllables are put together',
        { title: '강화 학습을 이용한 거대언어모델', abstract: '우리는 새로운 방법을 제안한다.' },
        [
          ...['강화 학습', '강화학습', '학습', '거대 언어 모델', '언어모델', '거대언어*', '법'],
          ...['강화학습'.normalize('NFD'), '"강화 학습을"', '강화 -이미지'],
        ],
        ['학습 강화 -학습', '"학습 강화"', '강화모델', '강화 -학습', '습학'],
      ],
      [
        'Latin words beside such characters',
        { title: 'LLM大模型综述：基于Transformer的3D生成', abstract: 'BERTを用いた分類' },
        [
          ...['LLM大模型', 'LLM 大模型', 'llm', 'ＬＬＭ大模型', 'transformer'],
          ...['transformers', '3D生成', '３Ｄ', 'bert', 'BERT を用いた', '"基于Transformer的"'],
        ],
        ['大模型LLM', 'll', 'LLM模型', 'trans的'],
      ],
      [
        'characters beyond the first plane, and other forms of the same',
        { title: '𠮷野家の葛\u{E0100}城', abstract: '㈱の⼈工 ﾊﾝｸﾞﾙ 豈' },
        ['𠮷野家', '𠮷', '葛城', '葛\u{E0101}城', '株の人工', '㈱', 'ハングル', '豈', '豈'],
        ['吉野家', '野𠮷'],
      ],
      [
        'letters that are no letter and an accent',
        {
          title: 'Straße nach Łódź: the Ørsted–Þór model',
          abstract: 'Œuvre of an Æther, with Đorđe, Aydın and ŉ.',
          authors: ['Łukasz Kaiser', 'Søren Ǿdegård', 'Guðmundur Ævar'],
        },
        [
          ...['strasse', 'STRASSE', 'straße', 'lodz', 'łódź', 'orsted', 'ØRSTED', 'thor', 'þór'],
          ...['oeuvre', 'œuvre', 'aether', 'æther', 'dorde', 'đorđe', 'aydin', 'aydın', 'stras*'],
          ...['author:lukasz', 'author:łukasz', 'author:soren', 'author:odegard', 'author:ødegård'],
          ...['author:"gudmundur aevar"', '"strasse nach lodz"', '"orsted thor"'],
        ],
        ['strase', 'author:strasse', 'kaiser -lukasz', 'kaiser -author:Łukasz'],
      ],
      [
        'forms of letters that Unicode calls compatible',
        { title: 'Ｄｉｆｆｕｓｉｏｎ and ﬂow in 𝒞 at 10²', abstract: 'A ① № ℓ² norm of ½' },
        [
          'diffusion',
          'ｄｉｆｆｕｓｉｏｎ',
          'flow',
          'ﬂow',
          'C',
          '102',
          'no',
          'l2',
          'ℓ²',
          '½',
          '"１ ２"',
        ],
        ['l', '10'],
      ],
      [
        'words with what is unread in them',
        { title: 'Zero\u00ADshot می\u200Cخواهم re\u2060ward', abstract: 'क\u094D\u200Dष' },
        ['zeroshot', 'ze\u00ADroshot', 'reward', 'می\u200Cخواهم', 'میخواهم', 're\u200Dward'],
        ['zero', 'ward'],
      ],
    ])('%s', async (_what, texts, finds, not) => {
      const here = await world();
      await list(here, { [A]: texts, [B]: OTHER });
      for (const q of finds) expect([q, await ids(here, q)]).toEqual([q, [A]]);
      for (const q of not) expect([q, await ids(here, q)]).toEqual([q, []]);
    });

    test('a summary in such a script, and no other', async () => {
      const here = await world();
      await list(here, {
        [A]: { title: 'A lantern', summary: '新しいランタンの研究 in brief' },
        [B]: { title: 'A kettle', summary: 'A new lantern' },
      });
      expect(await ids(here, 'ランタン')).toEqual([A]);
      expect(await ids(here, '新し')).toEqual([A]);
      expect(await ids(here, 'lantern')).toEqual([A]);
      expect((await search(here, 'ランタン')).papers[0]?.summary).toMatch('ランタン');
    });

    test('new texts in place of those of before', async () => {
      const here = await world();
      await list(here, { [A]: { title: '大语言模型', authors: ['Łukasz'] } });
      await list(here, { [A]: { title: '图像生成', authors: ['Ada'] } });
      expect([await ids(here, '模型'), await ids(here, 'lukasz')]).toEqual([[], []]);
      expect(await ids(here, '图像')).toEqual([A]);
      await list(here, { [A]: { title: 'A kettle', authors: ['Ada'] } });
      expect([await ids(here, '图像'), await ids(here, 'kettle')]).toEqual([[], [A]]);
    });

    test('every part of a text in which scripts are mixed at will, and marks it', async () => {
      const here = await world();
      let papers = 10_000;
      const spaceless = [
        '大',
        '语',
        '模',
        '𠮷',
        'の',
        'モ',
        'デ',
        'ﾃﾞ',
        'ー',
        '강',
        '화',
        '々',
        '〇',
        '㍿',
      ];
      const others = [
        'LLM',
        'ł',
        'ß',
        'é',
        '3',
        'Ｄ',
        '\u200D',
        '①',
        'я',
        'β',
        '-',
        ' ',
        '　',
        '，',
        '。',
      ];
      const unit = fc.constantFrom(...spaceless, ...others);
      await fc.assert(
        fc.asyncProperty(fc.array(unit, { maxLength: 14 }), fc.nat(), async (units, from) => {
          const text = units.join('');
          const id = `2603.${++papers}`;
          await list(here, { [id]: { title: text } });
          // From one of its spaceless characters on, so that no word is cut.
          const starts = [...units.keys()].filter((at) => spaceless.includes(units[at] ?? ''));
          const part = units.slice(starts[from % starts.length]).join('');
          const q = `"${part}"`;
          const { text: query } = parseSearch({ q, from: '', to: '' });
          if (query === null) return;
          const { papers: all } = await here.store.search.findPapers(query, {
            offset: 0,
            limit: 99,
          });
          const marked = excerpt(text, toSought(query.all), 300).some((piece) => piece.marked);
          expect([q, all.some((one) => one.id === id), marked]).toEqual([q, true, true]);
        }),
        { numRuns: 40 },
      );
    });
  });
}
