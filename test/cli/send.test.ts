import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryCounts } from '../../src/delivery/delivery.js';
import { createTokens } from '../../src/subscribers/tokens.js';
import { type Desk, isOneJsonLine, openDesk, SECRET_KEY, sentences } from './desk.js';

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

const NONE: DeliveryCounts & { held: null } = {
  planned: 0,
  accepted: 0,
  deferred: 0,
  refused: 0,
  uncertain: 0,
  skipped: 0,
  bounced: 0,
  held: null,
};

async function edition(day: string): Promise<void> {
  await desk.json(['fetch', '--date', day]);
  await desk.json(['pick', '--date', day]);
}

async function readers(...names: string[]): Promise<void> {
  const file = desk.file(
    'readers.csv',
    `email\n${names.map((name) => `${name}@reader.test\n`).join('')}`,
  );
  await desk.json(['subscribers', 'import', file, '--confirmed']);
}

describe('send', () => {
  test('delivers an edition to all, answers its counts, and repeats nothing', async () => {
    await edition('2026-03-02');
    await readers('ada', 'bob', 'cy');
    const first = await desk.run(['send', '--date', '2026-03-02', '--now', '--json']);
    expect([first.code, isOneJsonLine(first)]).toEqual([0, true]);
    expect(first.json()).toEqual({ ...NONE, accepted: 3 });
    expect(sentences(first)).toEqual([]);
    expect(await desk.json(['send', '--date', '2026-03-02', '--now'])).toEqual({
      ...NONE,
      accepted: 3,
    });
    const addresses = desk.smtp.received.map(({ to }) => to.join()).sort();
    expect(addresses).toEqual(['ada@reader.test', 'bob@reader.test', 'cy@reader.test']);
  });

  test('greets by an address literal and names the list after its sender where the site is an address', async () => {
    await edition('2026-03-02');
    await readers('ada');
    const greetings: string[] = [];
    desk.smtp.hooks.onMail = (_from, { hostNameAppearsAs }) => {
      greetings.push(String(hostNameAppearsAs));
      return undefined;
    };
    const env = { PUBLIC_URL: 'http://192.168.1.10:3000', MAIL_FROM: 'papers@example.org' };
    expect((await desk.run(['send', '--now'], { env })).code).toBe(0);
    expect(greetings).toEqual(['[192.168.1.10]']);
    expect(desk.smtp.received.map(({ headers }) => headers.get('list-id'))).toEqual([
      '<digest.example.org>',
    ]);
  });

  test('for people it says so in a sentence', async () => {
    await edition('2026-03-02');
    expect((await desk.run(['send'])).stdout).toBe('There is nobody to send it to.\n');
    await readers('ada');
    expect((await desk.run(['send'])).stdout).toBe('1 accepted.\n');
  });

  test('leaves those whose hour has not come, unless it is to be now', async () => {
    await edition('2026-03-02');
    const hour = (new Date().getUTCHours() + 3) % 24;
    const file = desk.file(
      'later.csv',
      `email,hour\nlater@reader.test,${hour}\nat-once@reader.test,\n`,
    );
    await desk.json(['subscribers', 'import', file, '--confirmed']);
    const sent = await desk.run(['send', '--json']);
    expect([sent.code, sent.json()]).toEqual([0, { ...NONE, planned: 1, accepted: 1 }]);
    expect(desk.smtp.received.map(({ to }) => to.join())).toEqual(['at-once@reader.test']);
    expect(await desk.json(['send', '--now'])).toEqual({ ...NONE, accepted: 2 });
  });

  test('leaves a fresh draft to its editor for FREEZE_AFTER minutes, unless it is to be now', async () => {
    await edition('2026-03-02');
    await readers('ada');
    const env = { FREEZE_AFTER: '30' };
    const { code, stdout } = await desk.run(['send'], { env });
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^The edition is a draft until .*; --now sends it at once\.\n$/),
    ]);
    expect(desk.smtp.received).toEqual([]);
    const { code: sent } = await desk.run(['send', '--now'], { env });
    expect([sent, desk.smtp.received.length]).toEqual([0, 1]);
  });

  test('says which edition is missing and how to get it', async () => {
    const none = await desk.run(['send']);
    const day = await desk.run(['send', '--date', '2026-03-02', '--json']);
    expect([none.code, none.stdout, day.code, day.stdout]).toEqual([1, '', 1, '']);
    expect(sentences(none)[0]).toMatch(/^paperboy: There is no edition yet; run "paperboy fetch"/);
    expect(sentences(day)[0]).toBe(
      'paperboy: There is no edition of 2026-03-02; run "paperboy pick --date 2026-03-02" first.',
    );
  });

  test('refused recipients are no failure', async () => {
    await edition('2026-03-02');
    await readers('ada', 'gone');
    desk.smtp.hooks.onRcpt = (address) =>
      address.startsWith('gone') ? { code: 550, text: '5.1.1 no such user' } : undefined;
    const { code, json } = await desk.run(['send', '--now', '--json']);
    expect([code, json()]).toEqual([0, { ...NONE, accepted: 1, refused: 1 }]);
  });

  test('makes no mail for an edition without papers', async () => {
    await desk.json(['fetch', '--date', '2026-03-01']);
    await desk.json(['pick', '--date', '2026-03-01']);
    await readers('ada');
    const { code, json } = await desk.run(['send', '--date', '2026-03-01', '--now', '--json']);
    expect([code, json()]).toEqual([0, NONE]);
    expect(desk.rows('select * from deliveries')).toEqual([]);
  });
});

describe('run', () => {
  test('fetches, picks and sends the newest day', async () => {
    await readers('ada');
    const result = await desk.run(['run', '--now', '--json']);
    expect([result.code, isOneJsonLine(result)]).toEqual([0, true]);
    expect(result.json()).toEqual({
      date: '2026-03-04',
      fetched: { huggingface: { listed: 5, stored: 5, dropped: [] } },
      picked: { date: '2026-03-04', state: 'draft', papers: 5, changed: true, repeated: 0 },
      ...NONE,
      accepted: 1,
    });
  });

  test('a failing source fails it before anything is sent', async () => {
    await readers('ada');
    desk.source.fail('html');
    const result = await desk.run(['run', '--date', '2026-03-02', '--now', '--json']);
    expect([result.code, result.stdout, desk.smtp.received]).toEqual([1, '', []]);
    expect(sentences(result)).toHaveLength(1);
  });
});

describe('preview', () => {
  beforeEach(() => edition('2026-03-02'));

  test('writes both parts of the digest as it would go out', async () => {
    const result = await desk.run([
      'preview',
      '--date',
      '2026-03-02',
      '--out',
      'digest.html',
      '--json',
    ]);
    expect([result.code, isOneJsonLine(result)]).toEqual([0, true]);
    const facts = result.json<{ subject: string; bytes: number }>();
    expect(facts).toEqual({
      date: '2026-03-02',
      subject: expect.stringMatching(/^Lanternfish/),
      papers: 7,
      bytes: expect.any(Number),
      out: 'digest.html',
    });
    expect(facts.bytes).toBeLessThan(90_000);
    const html = readFileSync(join(desk.path, 'digest.html'), 'utf8');
    const text = readFileSync(join(desk.path, 'digest.txt'), 'utf8');
    for (const part of [html, text]) {
      expect(part).toContain('Lanternfish: Streaming Speech Translation with Bounded Memory');
      expect(part).not.toMatch(/\uFDD0/);
    }
    expect(desk.rows("select state from editions where date = '2026-03-02'")).toEqual([
      { state: 'draft' },
    ]);
  });

  test('without a file writes the HTML to standard output, for the newest edition', async () => {
    const { code, stdout } = await desk.run(['preview']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^<!doctype html>/i)]);
  });

  test('for one reader holds their number of papers, and links that work only if asked for', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed', '--length', '5']);
    const { html, text, papers } = await desk.json<{ html: string; text: string; papers: number }>([
      'preview',
      '--email',
      'ADA@reader.test',
    ]);
    expect(papers).toBe(5);
    for (const part of [html, text]) {
      for (const purpose of ['unsubscribe', 'preferences']) {
        expect(part).toContain(`${desk.site}/${purpose}/only-in-their-mail`);
        expect(part.replaceAll('only-in-their-mail', '')).not.toMatch(
          new RegExp(`/${purpose}/[\\w-]+`),
        );
      }
    }
    await desk.json(['subscribers', 'renew-links', 'ada@reader.test']);
    const asked = await desk.json<{ html: string }>([
      ...['preview', '--email', 'ada@reader.test', '--links'],
    ]);
    const [, token = ''] = /\/unsubscribe\/([\w-]{16,})/.exec(asked.html) ?? [];
    expect(createTokens(SECRET_KEY.split(/, ?/)).readUnsubscribe(token)).toEqual({
      ...{ subscriberId: expect.any(Number), links: 1 },
    });
    expect(desk.smtp.received).toEqual([]);
  });

  test.each([
    [
      'an address that is not known',
      ['--email', 'eve@reader.test'],
      'eve@reader.test is not a subscriber.',
    ],
    ['a day without an edition', ['--date', '2026-03-04'], 'There is no edition of 2026-03-04'],
    [
      'a file that can not be written',
      ['--out', 'no/such/dir.html'],
      "no/such/dir.html can't be written",
    ],
  ])('%s fails in one sentence', async (_what, args, sentence) => {
    const result = await desk.run(['preview', ...args, '--json']);
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(sentences(result)).toEqual([expect.stringContaining(sentence)]);
    expect(existsSync(join(desk.path, 'no'))).toBe(false);
  });
});

test('migrate makes the store once and is done at once after that', async () => {
  rmSync(join(desk.path, 'paperboy.db'));
  const first = await desk.run(['migrate', '--json']);
  expect([first.code, isOneJsonLine(first)]).toEqual([0, true]);
  expect(first.json<{ applied: string[] }>().applied).toContain('0001_initial');
  expect((await desk.run(['migrate'])).stdout).toBe('The store is up to date.\n');
  expect(await desk.json(['migrate'])).toEqual({ applied: [] });
});
