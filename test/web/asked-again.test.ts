import { afterEach, beforeEach, expect, test } from 'vitest';
import { attribute, elementText, tags, textOf } from './markup.js';
import { openSite, type Site } from './site.js';

// Whoever is subscribed and types their address again learns by mail how it is, and the page that
// the mail leads to has the button that they want. The site's answer tells nobody anything.

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const kinds = () => (site.rows()['notices'] as { kind: string }[]).map(({ kind }) => kind);

test('a paused reader finds the button to resume at the top of the page, and it works', async () => {
  const { id } = await site.subscriber('ada@reader.test', 'paused');
  await site.post('/subscribe', { email: 'ada@reader.test' });
  expect(kinds()).toEqual(['paused']);
  const url = `/preferences/${site.tokens.preferences(id)}`;
  const { body } = await site.get(url);
  const [first] = [...body.matchAll(/<form[\s\S]*?<\/form>/g)].map(([form]) => form);
  expect(elementText(first ?? '', 'button')).toBe('Resume my digests');
  const [hidden] = tags(first ?? '', 'input');
  expect(hidden?.attributes).toMatchObject({ name: 'do', value: 'resume' });
  expect(attribute(tags(first ?? '', 'form')[0], 'action')).toBe(url);
  expect(textOf(body).indexOf('Paused.')).toBeLessThan(textOf(body).indexOf('Your digest'));
  const resumed = await site.post(url, { do: 'resume' });
  expect(textOf(resumed.body)).toContain('Pause my digests');
  expect(resumed.body).not.toContain('value="resume"');
  expect(await site.store.subscribers.find(id)).toMatchObject({ state: 'active' });
});

test('the answer is the same to the letter, whatever the state', async () => {
  const bodies = new Map<string, string>();
  for (const state of ['pending', 'active', 'paused', 'unsubscribed', 'suppressed'] as const) {
    await site.subscriber('ada@reader.test', state);
    const page = await site.post('/subscribe', { email: 'ada@reader.test' });
    const json = await site.postJson('/subscribe', { email: 'ada@reader.test' });
    bodies.set(state, `${page.statusCode} ${page.body} ${json.statusCode} ${json.body}`);
    await site.close();
    site = await openSite();
  }
  expect(new Set(bodies.values()).size).toBe(1);
});
