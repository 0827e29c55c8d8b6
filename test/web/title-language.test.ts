import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attribute, elementText, tags, textOf } from './markup.js';
import { openSite, pickPapers, type Site } from './site.js';

const CHINESE = 'LLM大模型综述';
const JAPANESE = '拡散モデルによる画像生成';

let site: Site;
beforeAll(async () => {
  site = await openSite();
  await pickPapers(site, '2026-03-04', [
    { title: CHINESE, abstract: '本文提出一种新的训练方法。', authors: ['王小明'] },
    { title: JAPANESE, abstract: 'Written in English.', summary: '画像を作る。' },
    { title: '강화 학습', abstract: 'Written in English.' },
    { title: 'Plain words', abstract: 'Written in English.', authors: ['Łukasz Kaiser'] },
  ]);
});
afterAll(() => site.close());

/** Of the titles, whose language is named. */
function languages(html: string, name: string): (string | undefined)[] {
  return tags(html, name)
    .filter((tag) => attribute(tag, 'dir') === 'auto')
    .map((tag) => attribute(tag, 'lang'));
}

const marks = (html: string) => [...html.matchAll(/<mark>(.*?)<\/mark>/g)].map(([, text]) => text);
const search = async (q: string) => (await site.get(`/search?${new URLSearchParams({ q })}`)).body;

describe('the language of what is in another script than the page', () => {
  test('is that of titles and texts on the page of an edition', async () => {
    const { body } = await site.get('/papers/2026-03-04');
    const titled = [...languages(body, 'h2'), ...languages(body, 'h3')];
    expect(new Set(titled)).toEqual(new Set(['zh', 'ja', 'ko', undefined]));
    expect(languages(body, 'p')).toEqual(expect.arrayContaining(['zh', 'ja', undefined]));
  });

  test('is that of titles in the archive', async () => {
    const { body } = await site.get('/archive');
    const titled = new Set(languages(body, 'span'));
    expect(titled).toContain('zh');
    expect(textOf(body)).toContain(CHINESE);
  });

  test.each([
    ['大模型', 'zh', ['大模型']],
    ['ﾓﾃﾞﾙ', 'ja', ['モデル']],
    ['강화학습', 'ko', ['강화 학습']],
    ['lukasz', undefined, ['Łukasz']],
    ['训练方法', 'zh', ['训练方法']],
  ])('is that of what %s finds, and it is marked', async (q, lang, marked) => {
    const html = await search(q);
    expect(elementText(html, 'h2')).toBe('1 paper');
    expect(languages(html, 'h3')).toEqual([lang]);
    expect(marks(html)).toEqual(marked);
  });

  test('is that of a summary which alone has what was searched for', async () => {
    const html = await search('作る');
    expect(languages(html, 'p')).toEqual(['ja']);
    expect(marks(html)).toEqual(['作る']);
  });
});
