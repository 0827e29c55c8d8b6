import { splitSpans } from './word-spans.js';

/**
 * Tags (BCP 47) of texts by the script of their letters. A script that several languages are written
 * in has the tag of a language that is not known (RFC 5646 §4.1): `und-Cyrl`.
 */
const TAGS: Readonly<Record<string, string>> = {
  ...{ Han: 'zh', Hiragana: 'ja', Katakana: 'ja', Hangul: 'ko', Bopomofo: 'zh' },
  ...{ Greek: 'el', Hebrew: 'he', Thai: 'th', Georgian: 'ka', Armenian: 'hy' },
  ...{ Cyrillic: 'und-Cyrl', Arabic: 'und-Arab', Devanagari: 'und-Deva' },
};
const SCRIPTS = Object.entries(TAGS).map(
  ([script, tag]) => [new RegExp(`\\p{Script=${script}}`, 'u'), tag] as const,
);
const LATIN_ALONE = /^[\x20-\u024F\u2010-\u2027]*$/;
/** More says nothing new of what language a text is in. */
const LOOKED_AT = 1_000;

/**
 * The language of a text in another script than the pages around it, as far as its letters tell;
 * `null` for Latin ones. What most of its words are decides, where a Chinese, Japanese or Korean
 * character is one: `LLM大模型综述` is Chinese, and an English title about `学习` is not.
 */
export function findLanguage(text: string): string | null {
  if (LATIN_ALONE.test(text)) return null;
  const counts = new Map<string, number>();
  let latin = 0;
  for (const { word } of splitSpans(text.slice(0, LOOKED_AT))) {
    const tag = SCRIPTS.find(([letter]) => letter.test(word))?.[1];
    if (tag !== undefined) counts.set(tag, (counts.get(tag) ?? 0) + 1);
    else if (/\p{Script=Latin}/u.test(word)) latin++;
  }
  // Japanese is written in Han as well, by far the most of it in some titles; Chinese has no kana.
  if (counts.has('ja')) add(counts, 'zh', 'ja');
  const [[tag, count] = ['', 0]] = [...counts].sort(([, a], [, b]) => b - a);
  return count > latin ? tag : null;
}

function add(counts: Map<string, number>, from: string, to: string): void {
  counts.set(to, (counts.get(to) ?? 0) + (counts.get(from) ?? 0));
  counts.delete(from);
}
