import { afterEach, beforeEach, expect, test } from 'vitest';
import { samplePapers } from '../../src/sources/sample/sample.js';
import { type Desk, openDesk } from '../cli/desk.js';
import { elementText, textOf } from '../web/markup.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

async function front(): Promise<string> {
  return textOf(await (await fetch(desk.site, { headers: { accept: 'text/html' } })).text());
}

test('without its source a new Paperboy shows the sample, until a run brings the real thing', async () => {
  desk.source.fail({ status: 503 });
  const server = await desk.serve();
  const sample = samplePapers();
  const shown = await front();
  expect(shown).toContain('Sample edition:');
  expect(shown).toContain('Hugging Face could not be reached');
  for (const { title } of sample.papers.slice(0, 5)) expect(shown).toContain(title);
  const [said] = server.stderr.match(/\{[^\n]*bundled sample edition[^\n]*\}/) ?? [];
  expect(JSON.parse(said ?? '{}')).toMatchObject({
    level: 'warn',
    reason: expect.stringMatching(/answered 503/),
  });

  desk.source.fail(null);
  await desk.json(['run']);
  const real = await front();
  expect(real).toContain('Wednesday 4 March 2026');
  expect(real).not.toContain('Sample edition');
});

test('who confirms while there is only the sample gets it, said to be one', async () => {
  desk.source.fail('reset');
  await desk.serve();
  await fetch(`${desk.site}/subscribe`, {
    method: 'POST',
    body: new URLSearchParams({ email: 'ada@reader.test' }),
  });
  const [notice] = await desk.smtp.waitFor(1, 15_000);
  const [url = ''] = /http:\/\/\S+\/confirm\/\S+/.exec(notice?.text ?? '') ?? [];
  const confirmed = await fetch(url, { method: 'POST', headers: { accept: 'text/html' } });
  expect(elementText(await confirmed.text(), 'h1')).toBe('Your address is confirmed');
  const [, digest] = await desk.smtp.waitFor(2, 15_000);
  for (const part of [textOf(digest?.html ?? ''), digest?.text ?? '']) {
    expect(part).toMatch(/sample edition/i);
  }
});

test('a later start with the source back replaces the sample by itself', async () => {
  desk.source.fail('html');
  const first = await desk.serve();
  expect(await front()).toContain('Sample edition:');
  expect(await first.stop()).toEqual({ code: 0, signal: null });
  desk.source.fail(null);
  await desk.serve();
  expect(await front()).not.toContain('Sample edition');
});
