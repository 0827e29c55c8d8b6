import { afterEach, beforeEach, expect, test } from 'vitest';
import { previewDigest } from '../../src/digest/preview.js';
import { readPicture } from '../../src/pictures/read-picture.js';
import { createTokens } from '../../src/subscribers/tokens.js';
import { makeEdition, SECRET, templates } from '../delivery/harness.js';
import { drawPng } from '../pictures/drawn.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { catalogues, plainSite } from '../support/words.js';

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

async function preview(mails: boolean) {
  const { store, clock } = temp;
  const words = { messages: catalogues.for(null), site: plainSite(), templates: await templates() };
  const rest = {
    tokens: createTokens(SECRET),
    thumbnails: { mails },
    ranking: {},
    today: () => '',
  };
  const deps = { ...store, clock, ...words, ...rest } as unknown as Parameters<
    typeof previewDigest
  >[0];
  return previewDigest(deps, { day: undefined, weekly: false, subscriber: null });
}

test('a preview shows the picture of now in its file and counts it, and settles nothing', async () => {
  const { store } = temp;
  const edition = await makeEdition(store);
  const wanted = { paperId: '2603.00001', url: 'https://cdn.example/a.png', tries: 0 };
  const picture = await readPicture(await drawPng(800, 400));
  await store.pictures.save(wanted, picture, 1);
  const [without, with_] = [await preview(false), await preview(true)];
  expect(without.html).not.toContain('<img');
  const data = `src="data:image/jpeg;base64,${picture.large.body.toString('base64')}"`;
  expect(with_.html).toContain(data);
  expect(with_.html).not.toContain('cid:');
  expect(with_.size).toBeGreaterThan(without.size + picture.large.body.length);
  expect(await store.pictures.settled(edition.id)).toBeNull();
  // What is settled holds, whatever the setting says.
  await store.pictures.settle(edition.id, false);
  expect((await preview(true)).size).toBe(without.size);
});
