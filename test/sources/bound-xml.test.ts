import { parseFeed } from 'feedsmith';
import { describe, expect, test } from 'vitest';
import { boundXml } from '../../src/sources/feeds/bound-xml.js';

const read = (xml: string | null) => parseFeed(xml ?? '');

describe('a feed that is in order says the same once it is bounded', () => {
  test.each([
    [
      'Atom',
      `<?xml version="1.0" encoding="utf-8"?><?xml-stylesheet href="x.xsl"?><!-- c -->
      <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>t</title><id>i</id>
      <entry><id>a</id><title type="html"><![CDATA[A <b>bold</b> &amp; one]]></title>
      <link href="https://x.example/1?a=1&amp;b=2"/><content type="xhtml">
      <div xmlns="http://www.w3.org/1999/xhtml"><p>One <br/> two &#8217; <img src="x" alt="a > b"/></p></div>
      </content><author><name>Ada</name></author></entry></feed>`,
    ],
    [
      'Atom with a prefix',
      `<atom:feed xmlns:atom="http://www.w3.org/2005/Atom"><atom:title>t</atom:title><atom:id>i</atom:id>
      <atom:entry><atom:id>a</atom:id><atom:title>A</atom:title><atom:link href="/1"/></atom:entry></atom:feed>`,
    ],
    [
      'RSS with HTML in all forms',
      `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
      xmlns:media="http://search.yahoo.com/mrss/"><channel><title>t</title><image><title>x</title></image>
      <item><title>Of &lt;think&gt; tokens &amp; more</title><description>&lt;p&gt;One&lt;/p&gt;</description>
      <content:encoded><![CDATA[<p>Two <items>x</items></p>]]></content:encoded>
      <author>a@b.example (Ada)</author><media:content url="x"><media:title>m</media:title></media:content></item>
      <item><title>Of <think> tokens</title><description><p>One<p>Two<br>Three</description></item></channel></rss>`,
    ],
  ])('%s', (_what, xml) => {
    expect(read(boundXml(xml))).toEqual(read(xml));
  });
});

test.each([
  ['a tag without end as its root', `<rss ${'a="b" '.repeat(20_000)}></rss>`],
  ['all that is open at its end', `<rss><channel>${'<a>'.repeat(200)}</rss>`],
])('what has %s has no shape', (_what, xml) => {
  expect(boundXml(xml)).toBeNull();
});

test('what comes behind the document is none of it', () => {
  expect(boundXml('<rss><a>1</a></rss><rss><b/></rss>')).toBe('<rss><a>1</a></rss>');
});
