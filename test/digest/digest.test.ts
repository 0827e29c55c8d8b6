import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { Cards } from '../../src/digest/cards.js';
import { renderDigest } from '../../src/digest/digest.js';
import { escapeHtml } from '../../src/views/escape.js';
import { LEADS, shortAuthors } from '../../src/views/paper-view.js';
import { rated } from '../papers/rated.js';
import { english, plainSite } from '../support/words.js';
import { attribute, tags, textOf } from '../web/markup.js';
import {
  digestOf,
  editionOf,
  fixtureEdition,
  mailOf,
  PREFERENCES,
  PUBLIC_URL,
  templates,
  UNSUBSCRIBE,
} from './editions.js';

const DAYS = ['2026-03-02', '2026-03-03', '2026-03-04'];
const fold = (text: string) => text.replace(/(?:&nbsp;|\s)+/g, ' ').trim();
const hrefs = (html: string) => tags(html, 'a').flatMap((tag) => attribute(tag, 'href') ?? []);
/** Numbers as they are counted, not as they are grouped. */
const numbers = (text: string) => text.replace(/(?<=\d),(?=\d{3})/g, '');
const urlsIn = (text: string) => text.match(/https?:\/\/[^\s)]+/g) ?? [];

/** Both parts of the digest as a reader's mail program has them. */
async function read(digest: ReturnType<typeof digestOf>) {
  const mail = await simpleParser(mailOf(digest), { skipTextToHtml: true, skipHtmlToText: true });
  const html = mail.html || '';
  return { subject: mail.subject, html, seen: fold(textOf(html)), text: mail.text ?? '' };
}

describe('an edition with a note, a byline and thanks', () => {
  const note = 'First & <b>foremost</b>.\n\n{{ site.url }} said: "read".';
  const papers = [
    rated('2603.00001', {}, {}),
    { ...rated('2603.00002'), suggestedBy: ['Ada <i>L.</i>', 'Bob'] },
  ];
  const edition = editionOf(papers, { note });

  test('shows them in both parts as they were typed, above the papers', async () => {
    const deps = {
      templates,
      site: plainSite({ publicUrl: PUBLIC_URL, editedBy: 'AK & friends' }),
    };
    const selection = { papers: papers.map(({ id }) => id), reasons: [] };
    const digest = renderDigest(deps, new Cards(edition, templates, english), selection, null);
    const { html, seen, text } = await read(digest);
    for (const part of [seen, fold(text)]) {
      const places = [
        'by AK & friends',
        'First & <b>foremost</b>.',
        '{{ site.url }} said: "read".',
        'The paper 2603.00001',
        'Suggested by Ada <i>L.</i> and Bob',
      ].map((words) => part.indexOf(words));
      expect(Math.min(...places)).toBeGreaterThan(-1);
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(part.split('Suggested by')).toHaveLength(2);
    }
    expect(text).toMatch(/\n\nFirst & <b>foremost<\/b>\.\n\n\{\{ site/);
    expect(tags(html, 'b').length + tags(html, 'i').length).toBe(0);
  });

  test('has nothing in their place without them', () => {
    const { html, text } = digestOf(editionOf([rated('2603.00001')]));
    for (const part of [html, text])
      expect(part).not.toMatch(/From the editor|Suggested|^by |>by /m);
  });
});

describe.each(DAYS)('the digest of %s', (day) => {
  const edition = fixtureEdition(day);

  test('says of each paper the same in both parts', async () => {
    const { html, seen, text } = await read(digestOf(edition));
    const links = hrefs(html);
    const plain = fold(text);
    for (const { signal, ...paper } of edition.papers) {
      const said = [paper.title, shortAuthors(paper.authors), paper.organisation ?? ''];
      for (const part of [seen, plain]) {
        for (const words of said) expect(part).toContain(words);
      }
      for (const url of [paper.url, paper.pdfUrl, paper.codeUrl, paper.projectUrl]) {
        if (url === null) continue;
        expect(links).toContain(url);
        expect(urlsIn(text)).toContain(url);
      }
      expect(numbers(plain)).toContain(`${signal.upvotes} vote`);
      if (signal.comments > 0) expect(numbers(plain)).toContain(`${signal.comments} comment`);
      if (signal.codeStars) expect(numbers(plain)).toContain(`${signal.codeStars} star`);
    }
  });

  test('has card for card the same words and numbers in both parts', () => {
    const cards = new Cards(edition, templates, english);
    edition.papers.forEach(({ id, signal }, place) => {
      const { html, text } = cards.card(id, place, { leadAbstract: 700, briefText: 320 });
      const card = { html: html.content, text: text.content };
      const seen = numbers(fold(textOf(card.html)));
      const plain = numbers(fold(card.text));
      const paragraphs = [
        ...card.html.matchAll(/<p (?!class="m" style="margin:8px)[^>]*>(.*?)<\/p>/gs),
      ];
      for (const [, words = ''] of paragraphs)
        expect(plain).toContain(numbers(fold(textOf(words))));
      expect(seen.startsWith(`${place + 1} ▲ ${signal.upvotes} `)).toBe(true);
      expect(plain.startsWith(`${place + 1}. `)).toBe(true);
      const [prose = ''] = card.text.split(/\n\s*\d+ votes?/);
      const lines = prose.replace(/^\s*\d+\. /, '').split(/\n\s*\n/);
      for (const words of lines.slice(1)) expect(seen).toContain(numbers(fold(words)));
      for (const [figure] of plain.matchAll(/\b\d+ (?:comment|star)s?/g))
        expect(seen).toContain(figure);
    });
  });

  test('leads to the same places from both parts', async () => {
    const { html, text } = await read(digestOf(edition));
    expect(new Set(urlsIn(text))).toEqual(new Set(hrefs(html)));
    expect(hrefs(html)).toContain(`${PUBLIC_URL}/papers/${day}`);
    for (const link of [UNSUBSCRIBE, PREFERENCES]) {
      expect(hrefs(html).filter((href) => href === link)).toHaveLength(1);
      expect(urlsIn(text).filter((url) => url === link)).toHaveLength(1);
    }
  });

  test('is the same each time', () => {
    const [one, other] = [mailOf(digestOf(edition)), mailOf(digestOf(edition))];
    expect(one.equals(other)).toBe(true);
  });
});

describe('a digest', () => {
  const edition = fixtureEdition('2026-03-02');

  test('keeps its lines of text within 72 columns, but for addresses', async () => {
    const { text } = await read(digestOf(edition));
    const wide = text.split('\n').filter((line) => line.length > 72 && !line.includes('://'));
    expect(wide).toEqual([]);
  });

  test('shows what was selected, in that order, and counts the rest', async () => {
    const ids = edition.papers.map(({ id }) => id).slice(0, 5);
    const digest = digestOf(edition, { ids });
    expect(digest.shown).toBe(5);
    const { text, seen } = await read(digest);
    const places = ids.map((id) => text.indexOf(`https://huggingface.co/papers/${id}`));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places.every((place) => place > 0)).toBe(true);
    for (const part of [seen, fold(text)]) {
      expect(part).toContain('and 2 more on the web');
      expect(part).not.toContain(edition.papers[5]?.title);
    }
  });

  test('welcomes whoever has just confirmed, in both parts, and nobody else', async () => {
    for (const [first, times] of [
      ['daily', 1],
      [null, 0],
    ] as const) {
      const { seen, text } = await read(digestOf(edition, { first }));
      for (const part of [seen, fold(text)]) {
        expect(part.split('Welcome, and thank you for confirming')).toHaveLength(times + 1);
      }
    }
  });

  test.each([
    ['daily', 'the next comes with the next edition.'],
    ['weekdays', 'the next comes with the next edition, Monday to Friday.'],
    ['thursday', 'from now on, the best of the week comes every Thursday.'],
  ] as const)('tells who gets digests %s when the next one comes', async (first, words) => {
    const { seen, text } = await read(digestOf(edition, { first }));
    for (const part of [seen, fold(text)]) {
      expect(part).toContain(`This is your first digest; ${words}`);
    }
    expect(text.split('\n').filter((line) => / digest;/.test(line) && line.length > 72)).toEqual(
      [],
    );
  });

  test('says in both parts when it is the sample', async () => {
    const { seen, text } = await read(digestOf({ ...edition, kind: 'sample' }));
    expect(seen).toContain('Sample edition.');
    expect(fold(text)).toContain('SAMPLE EDITION.');
  });

  test('has what the top paper says as its preview', async () => {
    const { html } = await read(digestOf(edition));
    const body = textOf(html.slice(html.indexOf('<body')));
    expect(body.startsWith(edition.papers[0]?.summary ?? '?')).toBe(true);
  });

  test('gives the abstract to the leads, the others one text each', () => {
    const cards = new Cards(edition, templates, english);
    const id = edition.papers[0]?.id ?? '';
    const [lead, brief] = [LEADS - 1, LEADS].map((place) =>
      cards.card(id, place, { leadAbstract: 700, briefText: 320 }),
    );
    const { summary, abstract } = cards.paper(id);
    for (const part of [fold(textOf(lead?.html.content ?? '')), fold(lead?.text.content ?? '')]) {
      expect(part).toContain(summary);
      expect(part).toContain(abstract.slice(0, 40));
    }
    for (const part of [fold(textOf(brief?.html.content ?? '')), fold(brief?.text.content ?? '')]) {
      expect(part).toContain(summary);
      expect(part).not.toContain(abstract.slice(0, 40));
    }
  });

  test('holds one paper of little, without gaps where something is missing', async () => {
    const bare = rated('2603.99001', { upvotes: 1 }, { abstract: '', authors: [], pdfUrl: null });
    const { subject, html, text } = await read(digestOf(editionOf([bare])));
    expect(subject).toBe('The paper 2603.99001');
    expect(text).toContain('1 vote\n');
    expect(html).toContain('aria-label="1 vote"');
    for (const part of [html, text]) {
      expect(part).not.toMatch(/null|undefined|NaN|\[object|\{\{|\{%|\bPDF\b|\bCode\b|\bProject\b/);
    }
  });
});

describe('text from outside', () => {
  const EVIL = `<script>alert("1")</script> <think> & 'x' {{ paper.id }} {% raw %} &lt;b&gt;`;
  const evil = rated(
    '2603.99001',
    { upvotes: 7, codeStars: 3 },
    {
      ...{ title: EVIL, abstract: EVIL, summary: EVIL, authors: [EVIL], organisation: EVIL },
      codeUrl: `https://a.example/?q="><script>alert(1)</script>&x='y'`,
      projectUrl: 'https://a.example/{{ links.unsubscribe }}',
    },
  );

  test('is text in both parts and in the subject, and nothing else', async () => {
    const edition = editionOf([evil]);
    const { subject, html, seen, text } = await read(digestOf(edition));
    expect(subject).toContain('<script>alert("1")</script> <think>');
    // Title, authors, organisation, summary, abstract; the preview has another.
    expect(seen.split(EVIL).length - 1).toBe(6);
    expect(fold(text).split(EVIL).length - 1).toBe(5);
    expect(tags(html, 'script')).toEqual([]);
    expect(tags(html, 'think')).toEqual([]);
    expect(html).not.toMatch(/<(?:script|think|b)\b/i);
  });

  test('never leaves the attribute that it stands in', async () => {
    const { html } = await read(digestOf(editionOf([evil])));
    expect(hrefs(html)).toContain(evil.codeUrl);
    expect(hrefs(html)).toContain(evil.projectUrl);
    expect(
      tags(html)
        .flatMap((tag) => Object.keys(tag.attributes))
        .filter((name) => /^on/.test(name)),
    ).toEqual([]);
  });
});

test('digests of other selections say what theirs hold and nothing of the others', async () => {
  const edition = fixtureEdition('2026-03-02');
  const cards = new Cards(edition, templates, english);
  const deps = { templates, site: plainSite({ publicUrl: PUBLIC_URL }) };
  const all = edition.papers.map(({ id }) => id);
  const selections = [all.slice(0, 4), all.slice(2, 6), all.slice(0, 4).reverse()];
  const digests = selections.map((papers) =>
    renderDigest(deps, cards, { papers, reasons: [] }, null),
  );
  for (const [index, digest] of digests.entries()) {
    const { html, text, subject } = await read(digest);
    const alone = digestOf(edition, { ids: selections[index] ?? [] });
    expect(subject).toBe(alone.subject);
    expect(mailOf(digest)).toEqual(mailOf(alone));
    expect(html.match(/<a class="t"/g)).toHaveLength(4);
    expect(html.split('<body')[0]).toContain(`<title>${escapeHtml(digest.subject)}</title>`);
    expect(html).not.toContain('\ufdd0');
    expect(text).not.toContain('\ufdd0');
  }
  expect(new Set(digests.map((digest) => mailOf(digest).toString())).size).toBe(3);
});
