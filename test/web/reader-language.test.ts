import { afterEach, beforeEach, expect, test } from 'vitest';
import { catalogueOf } from '../support/languages.js';
import { openSite, type Site } from './site.js';

const EMAIL = 'ada@reader.test';
let site: Site;
beforeEach(async () => {
  site = await openSite({ texts: catalogueOf() });
});
afterEach(() => site.close());

const ada = async () => (await site.store.subscribers.findByEmail(EMAIL)) ?? expect.fail('nobody');
const notices = () =>
  site.rows()['notices'] as { id: number; kind: string; language: string | null }[];

async function confirm(): Promise<void> {
  const { id: subscriberId, round } = await ada();
  const noticeId = notices()[0]?.id ?? expect.fail('no notice');
  const expiresAt = site.clock.now() + 3_600_000;
  const token = site.tokens.confirm({ subscriberId, round, expiresAt, noticeId });
  expect((await site.post(`/confirm/${token}`)).statusCode).toBe(200);
}

async function ownPage(): Promise<string> {
  const { id, links } = await ada();
  return `/preferences/${site.tokens.preferences(id, links)}`;
}

test.each(['form', 'JSON'])(
  'asked for by %s: the mail has it, the reader once they confirm',
  async (way) => {
    const send = way === 'form' ? site.post : site.postJson;
    await send('/subscribe', { email: EMAIL, language: 'de_AT' });
    expect((await ada()).language).toBeNull();
    expect(notices()).toMatchObject([{ kind: 'confirm', language: 'de' }]);
    await confirm();
    expect((await ada()).language).toBe('de');
  },
);

test('of the page that asks counts where none is chosen', async () => {
  const ask = (language: string) =>
    site.app.inject({
      method: 'POST',
      url: '/subscribe',
      headers: { accept: 'text/html', 'accept-language': 'pt-BR,pt;q=0.9,en;q=0.5' },
      payload: { email: EMAIL, language },
    });
  await ask('');
  expect(notices()).toMatchObject([{ kind: 'confirm', language: 'pt-BR' }]);
  expect((await ada()).language).toBeNull();
  await confirm();
  expect((await ada()).language).toBe('pt-BR');
});

test('not asked for: the site’s own, and whatever that will be', async () => {
  await site.post('/subscribe', { email: EMAIL, language: '' });
  expect(notices()).toMatchObject([{ language: 'en' }]);
  await confirm();
  expect((await ada()).language).toBeNull();
});

test('that the site does not write in is refused in a sentence', async () => {
  const { statusCode, body } = await site.postJson('/subscribe', { email: EMAIL, language: 'nl' });
  expect([statusCode, JSON.parse(body).error.code]).toEqual([400, 'bad_preferences']);
  expect(body).toContain('is not a language of this site; choose en, de, pt-BR, zh-CN, ja.');
  expect(site.rows()['subscribers']).toEqual([]);
});

test('of a reader goes before what somebody else asks for', async () => {
  const { id } = await site.subscriber(EMAIL, 'active');
  await site.store.subscribers.savePreferences(id, { language: 'ja' });
  await site.post('/subscribe', { email: EMAIL, language: 'de' });
  expect(notices()).toMatchObject([{ kind: 'preferences', language: 'ja' }]);
  expect((await ada()).language).toBe('ja');
  await site.post(await ownPage(), { do: 'renew' });
  expect(notices().map(({ language }) => language)).toEqual(['ja', 'ja']);
});

test('is chosen on the reader’s page, and given up there', async () => {
  await site.subscriber(EMAIL, 'active');
  const url = await ownPage();
  const selected = async () =>
    /<option value="([^"]*)"[^>]* selected>(?:Deutsch|English|日本語)/.exec(
      (await site.get(url)).body,
    )?.[1];
  expect(await selected()).toBeUndefined();
  expect((await site.post(url, { language: 'de' })).body).toContain('Saved.');
  expect([(await ada()).language, await selected()]).toEqual(['de', 'de']);
  // What is left out stays as it is.
  await site.post(url, { hour: '7' });
  expect((await ada()).language).toBe('de');
  const wrong = await site.post(url, { language: 'Klingon' });
  expect([wrong.statusCode, (await ada()).language]).toEqual([400, 'de']);
  expect(wrong.body).toContain('id="language-error"');
  await site.post(url, { language: '' });
  expect((await ada()).language).toBeNull();
});

test('that the site has given up stays until another is chosen', async () => {
  const { id } = await site.subscriber(EMAIL, 'active');
  await site.store.subscribers.savePreferences(id, { language: 'fr' });
  const url = await ownPage();
  expect((await site.get(url)).body).toMatch(/<option value="fr"[^>]* selected>Français/);
  expect((await site.post(url, { language: 'fr' })).statusCode).toBe(200);
  expect((await ada()).language).toBe('fr');
  // The mail is in one that there is.
  await site.post('/subscribe', { email: EMAIL });
  expect(notices()).toMatchObject([{ language: 'en' }]);
});

test('is in what a reader can have of theirs', async () => {
  const { id } = await site.subscriber(EMAIL, 'active');
  await site.store.subscribers.savePreferences(id, { language: 'pt-BR' });
  await site.post('/subscribe', { email: EMAIL });
  const data = JSON.parse((await site.get(`${await ownPage()}/export`)).body);
  expect(data).toMatchObject({
    subscriber: { language: 'pt-BR' },
    notices: [{ language: 'pt-BR' }],
  });
});
