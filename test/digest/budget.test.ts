import { generateKeyPairSync } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { createDkimSigner } from '../../src/mail/dkim.js';
import type { RatedPaper } from '../../src/papers/paper.js';
import { escapeHtml } from '../../src/views/escape.js';
import { rated } from '../papers/rated.js';
import { octets, pieces } from '../support/octets.js';
import { digestOf, editionOf, mailOf } from './editions.js';

/** As encoded, header fields and signature included; Gmail clips at 102 KB. */
const LIMIT = 90_000;

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const ed25519 = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const sign = createDkimSigner({
  domain: 'papers.example.org',
  keys: [
    { selector: 'paperboy2026', privateKey },
    { selector: 'paperboy2026e', privateKey: ed25519.privateKey },
  ],
});

const SCRIPTS = {
  Greek: 'Ενισχυτική μάθηση για γλωσσικά μοντέλα, ',
  Chinese: '基於強化學習的大型語言模型推理研究與評測',
  emoji: '👩‍🚀🧪🎉 ',
  markup: '<b>&"quoted"&amp;</b> ',
  English: 'Reinforcement learning for language models. ',
};

function long(script: string, length: number): string {
  return script
    .repeat(Math.ceil(length / script.length))
    .slice(0, length)
    .toWellFormed()
    .trim();
}

function papersOf(count: number, make: (n: number) => RatedPaper): RatedPaper[] {
  return Array.from({ length: count }, (_, n) => make(n));
}

function monstrous(script: string, n: number): RatedPaper {
  const text = long(script, 5_000);
  return rated(
    `2603.${90_000 + n}`,
    { upvotes: 99_999, comments: 9_999, codeStars: 199_999 },
    {
      ...{ title: text, abstract: text, summary: text, organisation: text },
      authors: Array.from({ length: 12 }, () => text),
      codeUrl: `https://code.example/${'a'.repeat(479)}`,
      projectUrl: `https://project.example/${'b'.repeat(476)}`,
    },
  );
}

describe.each(Object.entries(SCRIPTS))(
  'papers in %s with 5,000 characters everywhere',
  (_name, script) => {
    test.each([1, 20, 50, 100])(
      '%i of them fit, and what does not is on the web',
      async (count) => {
        const edition = editionOf(papersOf(count, (n) => monstrous(script, n)));
        const digest = digestOf(edition, { first: 'daily' });
        const whole = octets(await sign(pieces(mailOf(digest))));
        expect(whole.length).toBeLessThanOrEqual(LIMIT);
        expect(digest.shown).toBeGreaterThanOrEqual(Math.min(count, 3));

        const mail = await simpleParser(whole, { skipTextToHtml: true, skipHtmlToText: true });
        for (const part of [mail.html || '', mail.text ?? '']) {
          const shown = edition.papers.filter(({ url }) => part.includes(url));
          expect(shown).toEqual(edition.papers.slice(0, digest.shown));
          const left = count - digest.shown;
          if (left > 0) expect(part).toContain(`and ${left} more on the web`);
          else expect(part).not.toContain('more on the web');
        }
      },
    );
  },
);

test.each(Object.values(SCRIPTS))('the longest note and thanks in %j fit as well', (script) => {
  const papers = papersOf(20, (n) => ({
    ...monstrous(script, n),
    suggestedBy: Array.from({ length: 20 }, () => long(script, 60)),
  }));
  const note = long(script, 1_000);
  const digest = digestOf(editionOf(papers, { note }), { first: 'weekdays' });
  expect(mailOf(digest).length).toBeLessThanOrEqual(LIMIT);
  expect(digest.shown).toBeGreaterThanOrEqual(2);
  expect(digest.html).toContain(escapeHtml(note));
});

describe('an edition of usual papers', () => {
  const usual = (n: number, words: string) =>
    rated(
      `2603.${90_000 + n}`,
      { upvotes: 200 - n, comments: 4, codeStars: 1_250 },
      {
        title: `Method ${n}: ${long(words, 70)}`,
        abstract: long(words, 1_300),
        summary: long(words, 180),
        organisation: 'University of Somewhere',
        authors: ['Ada Lovelace', 'Grace Hopper', 'Emmy Noether', 'Mary Jackson', 'Alan Turing'],
        codeUrl: 'https://github.com/somewhere/method',
      },
    );

  test.each([1, 20, 30])('of %i is shown whole', (count) => {
    const digest = digestOf(editionOf(papersOf(count, (n) => usual(n, SCRIPTS.English))));
    expect(digest.shown).toBe(count);
    expect(mailOf(digest).length).toBeLessThanOrEqual(LIMIT);
  });

  test('shortens abstracts before it leaves papers out', () => {
    const words = SCRIPTS.Greek;
    const digests = [5, 15].map((count) =>
      digestOf(editionOf(papersOf(count, (n) => usual(n, words)))),
    );
    const leads = digests.map(({ text }) => text.indexOf('\n  4. ') - text.indexOf('\n  1. '));
    expect(digests.map(({ shown }) => shown)).toEqual([5, 15]);
    expect(leads[1]).toBeLessThan(leads[0] ?? 0);
  });

  test('that is too large shows as many as fit', () => {
    const all = papersOf(100, (n) => usual(n, SCRIPTS.Chinese));
    const { shown } = digestOf(editionOf(all));
    expect(shown).toBeGreaterThan(3);
    expect(shown).toBeLessThan(100);
    const size = (count: number) => mailOf(digestOf(editionOf(all.slice(0, count)))).length;
    expect(size(shown)).toBeLessThanOrEqual(LIMIT);
    const more = digestOf(editionOf(all), { ids: all.slice(0, shown + 1).map(({ id }) => id) });
    expect(more.shown).toBe(shown);
  });
});
