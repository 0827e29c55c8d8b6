import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import { readItem } from '../../src/sources/huggingface/huggingface-item.js';
import { hostile } from '../text/hostile.js';
import { toShape } from '../web/markup.js';
import { digestOf, editionOf, mailOf } from './editions.js';

function digestWith(texts: Record<'title' | 'summary' | 'short' | 'name' | 'lab', string>) {
  const read = readItem({
    paper: {
      id: '2603.99001',
      title: `T ${texts.title}`.slice(0, 2_000),
      summary: `A ${texts.summary}`,
      ai_summary: `S ${texts.short}`,
      authors: [{ name: `N ${texts.name}` }],
      organization: { name: `O ${texts.lab}` },
      upvotes: 3,
    },
    numComments: 0,
  });
  if ('reason' in read) throw new Error(read.reason);
  const { paper, signal } = read.listed;
  if (signal === null) throw new Error('no signal');
  return { paper, digest: digestOf(editionOf([{ ...paper, signal }])) };
}

test('whatever a source says, a digest has the elements of its template and no others', async () => {
  const plain = { title: 'a', summary: 'a', short: 'a', name: 'a', lab: 'a' };
  const parse = async (texts: typeof plain) => {
    const { paper, digest } = digestWith(texts);
    const mail = await simpleParser(mailOf(digest), { skipTextToHtml: true });
    return { paper, mail, html: mail.html || '' };
  };
  const expected = toShape((await parse(plain)).html);
  const texts = fc.record({
    ...{ title: hostile, summary: hostile, short: hostile, name: hostile, lab: hostile },
  });
  await fc.assert(
    fc.asyncProperty(texts, async (said) => {
      const { paper, mail, html } = await parse(said);
      expect(toShape(html)).toEqual(expected);
      expect(html).not.toMatch(/href="(?!https?:)/i);
      expect(mail.subject).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u200B]/u);
      expect(mail.subject?.startsWith('T')).toBe(true);
      expect([...mail.headers.keys()]).not.toContain('bcc');
      // The text part says the title as it is, folded.
      const fold = (text: string) => text.replace(/\s+/g, '');
      expect(fold(mail.text ?? '')).toContain(fold(paper.title).slice(0, 60));
      expect(mail.text).not.toMatch(/[\p{Bidi_Control}\u200B]/u);
    }),
    { numRuns: 150 },
  );
}, 60_000);
