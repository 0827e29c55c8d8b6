import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { found } from '../store/contract/dialect.js';
import { type ArxivStub, startArxiv } from '../support/arxiv.js';
import { elementText, textOf } from '../web/markup.js';
import { type Desk, openDesk, sentences } from './desk.js';

const DAY = '2026-03-02';
let desk: Desk;
let arxiv: ArxivStub;

beforeEach(async () => {
  arxiv = await startArxiv();
  const env = { EDITED_BY: 'AK and the research community', ARXIV_URL: arxiv.url };
  desk = await openDesk({}, env);
});
afterEach(async () => {
  await desk.close();
  await arxiv.close();
});

interface Shown {
  state: string;
  note: string | null;
  papers: { place: number; id: string; title: string; pinned: boolean; suggestedBy: string[] }[];
  dropped: { id: string; reason: string | null }[];
}

const show = (...more: string[]) => desk.json<Shown>(['edition', 'show', '--date', DAY, ...more]);
const edition = (...args: string[]) => desk.run(['edition', ...args, '--date', DAY]);

async function pickDay(): Promise<string[]> {
  await desk.json(['fetch', '--date', DAY]);
  await desk.json(['pick', '--date', DAY]);
  return (await show()).papers.map(({ id }) => id);
}

/** Where the words stand in a text, in order. */
const inOrder = (text: string, words: readonly string[]) => {
  const places = words.map((word) => text.indexOf(word));
  expect(Math.min(...places)).toBeGreaterThan(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
};

describe('an edition curated by commands', () => {
  test('is shown, previewed, sent and on the web as its editor wants it', async () => {
    const ids = await pickDay();
    const [first = '', second = '', third = '', fourth = ''] = ids;
    const pinned = await edition('pin', `https://arxiv.org/abs/${fourth}v2`);
    expect([pinned.code, pinned.stdout]).toEqual([
      0,
      `${fourth} is pinned; it stands at place 1.\n`,
    ]);
    const told = await edition('drop', second, '--reason', 'an advertisement');
    expect([told.code, told.stdout]).toEqual([0, `${second} is dropped.\n`]);
    expect(told.stderr).toMatch(/"reason":"an advertisement".*"msg":"paper dropped"/);
    await edition('move', third, '--to', '2');
    const note = 'Small models, <b>big</b> ideas.\n\n$x$ & more: \\textbf{read}.';
    expect((await edition('note', note)).code).toBe(0);
    // A fetch and a pick between keep what was done.
    await pickDay();

    const shown = await show();
    expect(shown.papers.slice(0, 3)).toMatchObject([
      { place: 1, id: fourth, pinned: true },
      { place: 2, id: third, pinned: true },
      { place: 3, id: first, pinned: false },
    ]);
    expect(shown).toMatchObject({
      state: 'draft',
      note,
      dropped: [{ id: second, reason: 'an advertisement' }],
    });
    const people = await edition('show');
    expect(people.stdout).toContain('The edition of Monday 2 March 2026: draft, 6 papers');
    expect(people.stdout).toMatch(
      new RegExp(`^ {2}1 {2}${fourth} {2}\\d+ votes? .*\\[pinned\\]$`, 'm'),
    );
    expect(people.stdout).toContain(`${second}  dropped (an advertisement)`);

    const titles = shown.papers.map(({ title }) => title);
    await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
    expect(await desk.json(['send', '--date', DAY, '--now'])).toMatchObject({ accepted: 1 });
    const [mail] = desk.smtp.received;
    const text = found(mail).text.replace(/\s+/g, ' ');
    inOrder(text, [
      'by AK and the research community',
      'Small models, <b>big</b> ideas.',
      ...titles,
    ]);
    expect(text).toContain('$x$ & more: \\textbf{read}.');
    expect(found(mail).html).toContain('Small models, &lt;b&gt;big&lt;/b&gt; ideas.');
    expect(text).not.toContain(second);

    await desk.serve();
    for (const path of ['/', `/papers/${DAY}`]) {
      const page = await (await fetch(new URL(path, desk.site))).text();
      inOrder(textOf(page), [
        'by AK and the research community',
        'Small models, <b>big</b>',
        ...titles,
      ]);
    }
    const atom = await (await fetch(new URL('/feed.atom', desk.site))).text();
    expect(atom).toContain('Small models, &lt;b&gt;big&lt;/b&gt; ideas.');
    expect(atom).toContain('<name>AK and the research community</name>');
    const json = (await (await fetch(new URL('/feed.json', desk.site))).json()) as {
      items: { content_html: string }[];
    };
    expect(json.items[0]?.content_html).toContain('Small models, &lt;b&gt;big&lt;/b&gt; ideas.');
  });

  test('is frozen by hand, says so, and refuses what comes too late', async () => {
    const [first = ''] = await pickDay();
    expect((await edition('freeze')).stdout).toBe(
      'The edition of Monday 2 March 2026 is frozen with 7 papers.\n',
    );
    expect((await edition('freeze', '--json')).json()).toMatchObject({ changed: false });
    for (const args of [
      ['pin', first],
      ['drop', first],
      ['note', 'late'],
      ['note', '--clear'],
    ]) {
      const result = await edition(...args);
      expect([result.code, result.stdout, sentences(result)]).toEqual([
        1,
        '',
        ['paperboy: The edition of Monday 2 March 2026 is frozen: it never changes.'],
      ]);
    }
  });

  test('undoes, and tells in a sentence what it can not do', async () => {
    const [first = '', second = ''] = await pickDay();
    await edition('pin', second);
    expect((await edition('unpin', second)).stdout).toBe(
      `${second} is not pinned any more; it stands at place 2.\n`,
    );
    await edition('drop', first);
    expect((await edition('restore', first)).stdout).toBe(
      `${first} is back; it stands at place 1.\n`,
    );
    await edition('note', 'x');
    await edition('note', '--clear');
    expect(await show()).toMatchObject({ note: null, dropped: [] });
    const wrong: [string[], number, RegExp][] = [
      [['drop', '2603.99999'], 1, /does not hold 2603\.99999/],
      [['pin', '2603.99999'], 1, /No paper 2603\.99999 is in the store/],
      [['pin', first, '--at', '101'], 2, /from 1 to 100, not 101/],
      [['unpin', first], 1, /is not pinned/],
    ];
    for (const [args, code, sentence] of wrong) {
      const result = await edition(...args);
      expect([result.code, sentences(result)]).toEqual([code, [expect.stringMatching(sentence)]]);
    }
    const none = await desk.run(['edition', 'pin', first, '--date', '2026-01-01']);
    expect(sentences(none)).toEqual([
      'paperboy: There is no edition of 2026-01-01; run "paperboy pick --date 2026-01-01" first.',
    ]);
    const weekly = await edition('show', '--weekly');
    expect(sentences(weekly)).toEqual(['paperboy: There is no weekly edition of 2026-03-02.']);
  });

  test('a weekly one is shown, and frozen once it is sent', async () => {
    await pickDay();
    await desk.json([
      'subscribers',
      'add',
      'w@reader.test',
      '--confirmed',
      '--frequency',
      'weekly',
    ]);
    const { papers } = await show();
    const last = found(papers.at(-1));
    await desk.json(['send', '--date', DAY, '--now']);
    const sent = await desk.run(['edition', 'pin', last.id, '--weekly', '--date', DAY]);
    expect(sentences(sent)).toEqual([
      'paperboy: The weekly edition of 2026-03-02 is frozen: it never changes.',
    ]);
    expect((await show('--weekly')).papers).toHaveLength(papers.length);
  });
});

describe('suggestions by commands', () => {
  async function suggest(fields: Record<string, string>): Promise<number> {
    const body = new URLSearchParams(fields);
    return (await fetch(new URL('/suggest', desk.site), { method: 'POST', body })).status;
  }

  test('go from the form to the digest, with thanks', async () => {
    const [first = ''] = await pickDay();
    const paper = { title: 'Sparrow <think>: a paper that people like' };
    const items = JSON.parse(
      readFileSync(join(import.meta.dirname, '../fixtures/huggingface/2026-03-04.json'), 'utf8'),
    ) as { paper: object }[];
    const [item] = items;
    desk.source.setDay('2020-01-01', [
      { ...item, paper: { ...item?.paper, ...paper, id: '2601.00007', upvotes: 0 } },
    ]);
    const serving = await desk.serve({ FREEZE_AFTER: '60' });
    expect(
      await suggest({ link: 'arXiv:2601.00007v3', name: 'Ada <b>L.</b>', comment: 'Do.' }),
    ).toBe(200);
    expect(await suggest({ link: 'https://arxiv.org/pdf/2601.00007', name: 'Bob' })).toBe(200);
    expect(await suggest({ link: '2601.00008' })).toBe(200);
    expect(await suggest({ link: '2601.00009', website: 'https://spam.example' })).toBe(200);

    const metrics = await (await fetch(new URL('/metrics', desk.site))).text();
    expect(metrics).toMatch(/^paperboy_suggestions_pending 2$/m);
    const listed = await desk.run(['suggestions', 'list']);
    expect(listed.stdout).toContain('  1. Ada <b>L.</b>: Do.\n  2. Bob\n');
    expect(listed.stdout).toMatch(/2 pending, 0 accepted, 0 declined\n$/);

    const unknown = await desk.run(['suggestions', 'accept', '2601.00008']);
    expect([unknown.code, sentences(unknown)]).toEqual([
      1,
      [
        'paperboy: No source knows the paper 2601.00008; decline the suggestion, or try again later.',
      ],
    ]);
    const declined = await desk.run(['suggestions', 'decline', '2601.00008', '--reason', 'no']);
    expect(declined.stdout).toBe('The suggestion of 2601.00008 is declined.\n');
    const unsaid = await desk.run(['suggestions', 'accept', '2601.00007']);
    expect([unsaid.code, sentences(unsaid)]).toEqual([
      2,
      [
        'paperboy: 2601.00007 was suggested by 1 Ada <b>L.</b>, 2 Bob; say by their numbers whom the edition names, as --credit 1, or --no-credit.',
      ],
    ]);
    const link = 'https://arxiv.org/abs/2601.00007';
    const accepted = await desk.run(['suggestions', 'accept', link, '--credit', '1, 2']);
    expect([accepted.code, accepted.stdout]).toEqual([
      0,
      `"${paper.title}" (2601.00007) is in the draft of ${DAY} at place 8, suggested by Ada <b>L.</b> and Bob.\n`,
    ]);
    arxiv.papers = [{ id: 'hep-th/9901001', title: 'What only arXiv knows' }];
    expect(await suggest({ link: 'arxiv.org/abs/hep-th/9901001v1' })).toBe(200);
    expect(await desk.json(['suggestions', 'accept', 'hep-th/9901001'])).toEqual({
      ...{ paperId: 'hep-th/9901001', title: 'What only arXiv knows' },
      ...{ day: DAY, credit: [], place: 9 },
    });
    const again = await desk.run(['suggestions', 'accept', '2601.00007', '--no-credit']);
    expect(sentences(again)).toEqual([
      'paperboy: The suggestion of 2601.00007 is accepted already.',
    ]);

    await edition('pin', '2601.00007', '--at', '2');
    expect((await show()).papers.slice(0, 2)).toMatchObject([
      { id: first, suggestedBy: [] },
      { id: '2601.00007', suggestedBy: ['Ada <b>L.</b>', 'Bob'] },
    ]);
    const url = new URL(`/papers/${DAY}`, desk.site);
    // Until it is frozen, the draft is its editor's.
    expect((await fetch(url)).status).toBe(404);
    expect((await edition('freeze')).code).toBe(0);
    const page = await (await fetch(url)).text();
    expect(textOf(page)).toContain('Suggested by Ada <b>L.</b> and Bob');
    expect(elementText(page, 'h1')).toBe('Monday 2 March 2026');
    await serving.stop();
    const preview = await desk.json<{ html: string; text: string }>(['preview', '--date', DAY]);
    expect(preview.text).toContain('Suggested by Ada <b>L.</b> and Bob');
    expect(preview.html).toContain('Suggested by Ada &lt;b&gt;L.&lt;/b&gt; and Bob');
  });

  test('of a paper that the draft has leaves it at its place', async () => {
    const ids = await pickDay();
    const [, second = ''] = ids;
    const serving = await desk.serve({ FREEZE_AFTER: '60' });
    expect(await suggest({ link: second, name: 'Ada' })).toBe(200);
    await serving.stop();
    expect(await desk.json(['suggestions', 'accept', second, '--credit', '1'])).toMatchObject({
      ...{ day: DAY, credit: ['Ada'], place: 2 },
    });
    const { papers } = await show();
    expect(papers.map(({ id }) => id)).toEqual(ids);
    expect(papers[1]?.suggestedBy).toEqual(['Ada']);
  });

  test('a source that is away leaves the suggestion as it was', async () => {
    const serving = await desk.serve();
    await suggest({ link: '2601.00007' });
    await serving.stop();
    desk.source.fail({ status: 503 });
    const result = await desk.run(['suggestions', 'accept', '2601.00007']);
    expect([result.code, sentences(result)]).toEqual([
      1,
      [expect.stringMatching(/^paperboy: 127\.0\.0\.1:\d+ answered 503\.$/)],
    ]);
    expect(await desk.json(['suggestions', 'list'])).toMatchObject({ counts: { pending: 1 } });
    expect(await desk.json(['suggestions', 'decline', '--older-than', '1'])).toEqual({
      ...{ declined: [], reason: null },
    });
    expect(await desk.json(['suggestions', 'decline', '--all', '--reason', 'spam'])).toEqual({
      ...{ declined: ['2601.00007'], reason: 'spam' },
    });
  });
});
