import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/jobs/doctor/doctor.js';
import type { FetchReport } from '../../src/sources/fetch.js';
import { type ArxivStub, startArxiv } from '../support/arxiv.js';
import { startHuggingFace } from '../support/huggingface.js';
import { ROOT } from '../support/program.js';
import { type Desk, openDesk, sentences } from './desk.js';

const FIXTURES = join(ROOT, 'test/fixtures/huggingface');
const DAY = '2026-03-02';
const FETCH = ['fetch', '--date', DAY, '--json'];

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({}, { SOURCE_TIMEOUT: '1' });
});
afterEach(() => desk.close());

const stored = () =>
  ['papers order by id', 'listings order by paper_id', 'records order by key'].map((rows) =>
    desk.rows(`select * from ${rows}`),
  );

describe('a day that is known already is left as it is', () => {
  test('when one item of its file is broken: that one is named, and the rest is stored', async () => {
    await desk.json(['fetch', '--date', DAY]);
    const before = stored();
    const [first, ...rest] = desk.source.days.get(DAY) ?? [];
    desk.source.setDay(DAY, [
      { ...(first as object), paper: { id: '2603.00009', title: 7 } },
      ...rest,
    ]);
    const result = await desk.run(FETCH);
    const report = result.json<Record<string, FetchReport>>()['huggingface'];
    expect([result.code, report]).toEqual([
      0,
      { listed: 8, stored: 6, dropped: [{ id: '2603.00009', reason: expect.any(String) }] },
    ]);
    expect(result.stderr).toContain('"id":"2603.00009","reason":"paper ');
    expect(stored()).toEqual(before);
  });

  test('when it is empty', async () => {
    await desk.json(['fetch', '--date', DAY]);
    const before = stored();
    desk.source.setDay(DAY, []);
    const result = await desk.run(FETCH);
    expect([result.code, result.json()]).toEqual([
      0,
      { huggingface: { listed: 0, stored: 0, dropped: [] } },
    ]);
    expect(stored()).toEqual(before);
  });

  test.each([
    ['HTML comes instead of JSON', 'html', /answered text\/html that is not JSON\.$/],
    ['200 MB come', 'huge', /sent more than 4 MB\.$/],
  ] as const)(
    'when %s: exit code 1, one sentence, little memory',
    async (_what, fault, sentence) => {
      await desk.json(['fetch', '--date', DAY]);
      const before = stored();
      const asked = desk.source.requests.length;
      desk.source.fail(fault);
      const result = await desk.run(FETCH, { env: { NODE_OPTIONS: notingMemory() } });
      expect([result.code, result.stdout]).toEqual([1, '']);
      expect(sentences(result)).toEqual([expect.stringMatching(sentence)]);
      expect(desk.source.requests).toHaveLength(asked + 1);
      expect(stored()).toEqual(before);
      expect(memory()).toBeLessThan(400);
      desk.source.fail(null);
      expect((await desk.run(FETCH)).code).toBe(0);
    },
  );

  test('when the body is always cut off, or the source always hangs', async () => {
    await desk.json(['fetch', '--date', DAY]);
    const before = stored();
    const faults = ['cut', 'hang'] as const;
    const results = await Promise.all(
      faults.map(async (fault) => {
        const source = await startHuggingFace({ dir: FIXTURES });
        source.fail(fault);
        const result = await desk.run(FETCH, { env: { HUGGINGFACE_URL: source.url } });
        await source.close();
        return [result.code, result.stdout, sentences(result), source.requests.length];
      }),
    );
    expect(results).toEqual([
      [1, '', [expect.stringMatching(/could not be read \(UND_ERR_SOCKET\)\.$/)], 5],
      [1, '', [expect.stringMatching(/did not answer within 1 s\.$/)], 5],
    ]);
    expect(stored()).toEqual(before);
  });
});

test.each(['cut', 'hang'] as const)('once (%s) costs no paper', async (kind) => {
  desk.source.fail({ kind, times: 1 });
  const fetched = await desk.json<Record<string, FetchReport>>(['fetch', '--date', DAY]);
  expect(fetched['huggingface']).toEqual({ listed: 8, stored: 7, dropped: [] });
});

/** Has the program write, when it ends, how much memory it took at most. */
function notingMemory(): string {
  const script = `process.on('exit',()=>require('node:fs').writeFileSync('memory',String(process.resourceUsage().maxRSS)))`;
  desk.file('memory.cjs', script);
  return '--require ./memory.cjs';
}

/** In megabytes. */
function memory(): number {
  return Number(readFileSync(join(desk.path, 'memory'), 'utf8')) / 1024;
}

describe('doctor', () => {
  let arxiv: ArxivStub;
  beforeEach(async () => {
    arxiv = await startArxiv();
    arxiv.papers = [{ id: '2603.55555', submitted: '2026-02-27T20:00:00Z', title: 'Of arXiv' }];
  });
  afterEach(() => arxiv.close());

  test('asks each source, tells of those that fail, and stores nothing', async () => {
    const env = {
      SOURCES: 'huggingface,arxiv,feed',
      ARXIV_URL: arxiv.url,
      FEED_URLS: 'http://127.0.0.1:9/feed',
    };
    const { code, stdout } = await desk.run(['doctor'], { env });
    const [told = '', settings] = stdout.split('Settings that differ from their defaults:\n');
    expect(settings).toContain('  SOURCES=huggingface,arxiv,feed\n');
    // Tests open the store themselves, with the mask that they were started with.
    const lines = told.trim().split('\n');
    expect([code, lines.filter((line) => !line.startsWith('warn  store: others'))]).toEqual([
      1,
      [
        'ok    settings: in order',
        expect.stringMatching(/^ok {4}site: "Paperboy"; links are #0d5c45 on light ground/),
        expect.stringMatching(/^ok {4}dkim: mails are not signed here/),
        'ok    store: answers',
        expect.stringMatching(/^ok {4}relay smtp: answers at 127/),
        ...Array(4).fill(expect.stringMatching(/^ok {4}relay smtp: /)),
        expect.stringMatching(/^ok {4}rates: of the mails of 7 days, few came back/),
        'ok    source huggingface: 5 on 2026-03-04, its newest day',
        expect.stringMatching(/^ok {4}source arxiv: 1 on 2026-03-03, its newest day$/),
        expect.stringMatching(/^FAIL {2}source feed: .*is not on the public internet/),
        expect.stringMatching(/^ok {4}clock: agrees with that of 127/),
      ],
    ]);
    expect(desk.rows('select id from papers')).toEqual([]);
    const well = await desk.run(['doctor', '--json']);
    const { findings } = well.json<{ findings: Finding[] }>();
    expect([well.code, findings.every(({ ok }) => ok)]).toEqual([0, true]);
    expect(findings).toContainEqual(
      expect.objectContaining({ subject: 'source huggingface', ok: true }),
    );
  });
});
