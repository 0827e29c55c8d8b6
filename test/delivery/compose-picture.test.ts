import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPicture } from '../../src/pictures/read-picture.js';
import { drawPng } from '../pictures/drawn.js';
import { HOUR } from '../store/clock.js';
import { found } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { octets } from '../support/octets.js';
import { activeSubscriber, claimDelivery, composer, makeEdition, planFor } from './harness.js';

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

/** A mail of an edition whose first paper has a picture, or its second. */
async function mail(pictured = '2603.00001') {
  const { store, clock } = temp;
  await keep(pictured, 1);
  const edition = await makeEdition(store);
  const reader = await activeSubscriber(store, 'ada@reader.example');
  await planFor(store, edition, [reader], { dueAt: clock.now() });
  clock.advance(HOUR);
  return claimDelivery(store);
}

async function keep(paperId: string, seed: number): Promise<void> {
  const wanted = { paperId, url: 'https://cdn.example/a.png', tries: 0 };
  await temp.store.pictures.save(wanted, await readPicture(await drawPng(800, 400, seed)), 1);
}

const composed = async (delivery: Awaited<ReturnType<typeof mail>>, isOn = true) => {
  const { store } = temp;
  const made = await composer(store, isOn ? { pictures: store.pictures } : {});
  return octets(await made.delivery(delivery));
};

test('a digest carries the picture of its first paper, which its HTML shows', async () => {
  const bytes = await composed(await mail());
  const { html, text, attachments } = await simpleParser(bytes, { keepCidLinks: true });
  const [picture] = attachments;
  expect(attachments).toHaveLength(1);
  expect([picture?.contentType, picture?.related]).toEqual(['image/jpeg', true]);
  expect(html).toContain(`src="cid:${picture?.cid}"`);
  expect(html).toContain('alt="Preview of “On the paper 2603.00001”"');
  expect(text).toContain('On the paper 2603.00001');
  const { hash } = found((await temp.store.pictures.sizes(['2603.00001'])).get('2603.00001'));
  const file = found(await temp.store.pictures.file(hash, 'large'));
  expect(picture?.content.equals(file)).toBe(true);
  expect(file.length).toBeLessThanOrEqual(40_000);
  for (const line of bytes.toString('latin1').split('\r\n')) {
    expect(line.length).toBeLessThanOrEqual(998);
    expect(line).not.toMatch(/^\.|[\r\n]/);
  }
});

test('a repeat has the same octets, whatever became of pictures meanwhile', async () => {
  const delivery = await mail();
  const first = await composed(delivery);
  await keep('2603.00002', 9);
  expect((await composed(delivery)).equals(first)).toBe(true);
});

test('a mail that went without one goes without one again', async () => {
  const delivery = await mail('2603.00002');
  const first = await composed(delivery);
  expect(first.includes('multipart/related')).toBe(false);
  await keep('2603.00001', 9);
  expect((await composed(delivery)).equals(first)).toBe(true);
});

test('where mails have none, they are what they were', async () => {
  const delivery = await mail();
  const bytes = await composed(delivery, false);
  expect(bytes.includes('image/jpeg')).toBe(false);
  const { attachments } = await simpleParser(bytes);
  expect(attachments).toEqual([]);
});
