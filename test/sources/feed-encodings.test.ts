import iconv from 'iconv-lite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FeedDesk, item, openFeeds, rss, TODAY, titles } from './feeding.js';

let desk: FeedDesk;
beforeEach(async () => {
  desk = await openFeeds();
});
afterEach(() => desk.served.close());

// The kind: a feed in whatever encoding, with whatever is said of it; test/http/decode-body.test.ts
// has all of them.
test.each([
  ['iso-8859-1', 'Über Größe', 'text/xml; charset=ISO-8859-1', ''],
  ['iso-8859-1', 'Über Größe', 'text/xml', 'ISO-8859-1'],
  ['windows-1252', '“Über” Größe', 'application/rss+xml', 'windows-1252'],
  ['windows-1251', 'Обучение моделей', 'application/xml', 'windows-1251'],
  ['koi8-r', 'Обучение моделей', 'application/xml; charset=KOI8-R', 'utf-8'],
  ['shift_jis', '大規模言語モデル', 'text/xml', 'Shift_JIS'],
  ['gb18030', '大语言模型', 'text/xml; charset="gb2312"', ''],
  ['utf-16le', 'Über 推理', 'application/xml', 'utf-16'],
  ['utf-8', 'Über 推理', 'application/xml; charset=iso-8859-1', 'utf-8'],
])('a feed in %s has its letters', async (encoding, title, contentType, declared) => {
  const text = rss(item(title)).replace('?>', declared ? ` encoding="${declared}"?>` : '?>');
  desk.bodies.set('/feed', iconv.encode(text, encoding, { addBOM: encoding.startsWith('utf-16') }));
  desk.headers.set('/feed', { 'content-type': contentType });
  expect(titles(await desk.list(TODAY))).toEqual([title]);
  expect(desk.deps.lines).toEqual([]);
});

test('a feed that is not what it says is told', async () => {
  desk.bodies.set('/feed', Buffer.from(rss(item('Größe')), 'latin1'));
  desk.headers.set('/feed', { 'content-type': 'text/xml; charset=utf-8' });
  expect(titles(await desk.list(TODAY))).toEqual(['Größe']);
  expect(desk.deps.lines).toMatchObject([{ level: 'warn', event: 'answer_garbled' }]);
});
