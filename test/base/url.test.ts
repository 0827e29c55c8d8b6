import { expect, test } from 'vitest';
import { parseUrl } from '../../src/base/url.js';

test('an address with letters beyond ASCII stays one, however often it is asked for', () => {
  const text = 'https://bücher.example/größe';
  const wrong = Array.from({ length: 50_000 }, () => parseUrl(text)?.hostname).filter(
    (host) => host !== 'xn--bcher-kva.example',
  );
  expect(wrong).toEqual([]);
});

test.each([
  ['/new/feed', 'https://a.example/old/', 'https://a.example/new/feed'],
  ['http://', undefined, undefined],
  ['/new', undefined, undefined],
])('%s, seen from %s, is %s', (text, base, expected) => {
  expect(parseUrl(text, base)?.href).toBe(expected);
});
