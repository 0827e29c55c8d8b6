import { expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import { elementText, textOf } from './markup.js';

/** The page as somebody gets it who reads it again and again. */
const page = async (desk: Desk, path: string) => (await fetch(`${desk.site}${path}`)).text();

/** However slow the machine is just now; how long a page may be old is counted elsewhere. */
const PATIENCE = { timeout: 20_000 };

test('what a command in another process changes shows on pages that have been served', async () => {
  const desk = await openDesk();
  try {
    await desk.json(['fetch', '--date', '2026-03-03']);
    await desk.json(['pick', '--date', '2026-03-03']);
    await desk.serve();
    const front = async () => textOf(await page(desk, '/'));
    expect(await front()).toContain('Tuesday 3 March 2026');

    const note = 'Read the second one first.';
    expect((await desk.run(['edition', 'note', note, '--date', '2026-03-03'])).code).toBe(0);
    await expect.poll(front, PATIENCE).toContain(note);

    await desk.json(['fetch', '--date', '2026-03-04']);
    await desk.json(['pick', '--date', '2026-03-04']);
    await expect.poll(front, PATIENCE).toContain('Wednesday 4 March 2026');
    const archive = await page(desk, '/archive');
    expect(archive).toContain('/papers/2026-03-04');
    const before = await page(desk, '/papers/2026-03-03');
    expect(elementText(before, 'h1')).toBe('Tuesday 3 March 2026');
    expect(before).toContain('rel="next" href="/papers/2026-03-04"');
  } finally {
    await desk.close();
  }
});
