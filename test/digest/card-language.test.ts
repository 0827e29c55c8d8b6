import { expect, test } from 'vitest';
import { rated } from '../papers/rated.js';
import { digestOf, editionOf } from './editions.js';

test('a card names the language of a title and a text in another script than the mail', () => {
  const papers = [
    rated('2603.00001', {}, { title: '大语言模型', abstract: '本文提出一种方法。' }),
    rated(
      '2603.00002',
      {},
      { title: '拡散モデル', abstract: 'In English.', summary: '画像を作る。' },
    ),
    rated('2603.00003', {}, { title: 'Plain words', abstract: 'In English.' }),
    rated('2603.00004', {}, { title: '강화 학습', abstract: '새로운 방법을 제안한다.' }),
  ];
  const { html } = digestOf(editionOf(papers));
  const languageBefore = (text: string) =>
    /\blang="?([\w-]+)"?/.exec(
      /<(?:h\d|p)[^>]*>(?:<a[^>]*>)?$/.exec(html.slice(0, html.indexOf(text)))?.[0] ?? '',
    )?.[1];
  expect(languageBefore('大语言模型</a>')).toBe('zh');
  expect(languageBefore('本文提出一种方法。</p>')).toBe('zh');
  expect(languageBefore('拡散モデル</a>')).toBe('ja');
  expect(languageBefore('画像を作る。</p>')).toBe('ja');
  expect(languageBefore('강화 학습</a>')).toBe('ko');
  expect(languageBefore('새로운 방법을 제안한다.</p>')).toBe('ko');
  expect(languageBefore('Plain words</a>')).toBeUndefined();
  expect(languageBefore('In English.</p>')).toBeUndefined();
});
