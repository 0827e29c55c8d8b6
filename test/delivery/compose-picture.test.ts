import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planEdition } from '../../src/delivery/planning/plan.js';
import type { Edition } from '../../src/editions/edition.js';
import { readPicture } from '../../src/pictures/read-picture.js';
import { drawPng } from '../pictures/drawn.js';
import { HOUR } from '../store/clock.js';
import { found } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { octets } from '../support/octets.js';
import {
  activeSubscriber,
  claimDelivery,
  composer,
  makeEdition,
  planFor,
  silent,
} from './harness.js';

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

/** A mail of an edition whose first paper has a picture, or its second. */
async function mail(pictured = '2603.00001', { mails = true } = {}) {
  const { store, clock } = temp;
  await keep(pictured, 1);
  const edition = await makeEdition(store);
  await activeSubscriber(store, 'ada@reader.example');
  await plan(edition, mails);
  clock.advance(HOUR);
  return claimDelivery(store);
}

function plan(edition: Edition, mails = true) {
  const { store, clock } = temp;
  const zones = { defaultTimezone: 'UTC', defaultLanguage: 'en' };
  const deps = { ...store, clock, logger: silent, ...zones, thumbnails: { mails } };
  return planEdition(deps, edition, { now: true });
}

async function keep(paperId: string, seed: number): Promise<void> {
  const wanted = { paperId, url: 'https://cdn.example/a.png', tries: 0 };
  await temp.store.pictures.save(wanted, await readPicture(await drawPng(800, 400, seed)), 1);
}

const composed = async (delivery: Awaited<ReturnType<typeof mail>>) =>
  octets(await (await composer(temp.store)).delivery(delivery));

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

test('where mails have none, they are what they were, also when the setting changes', async () => {
  const delivery = await mail('2603.00001', { mails: false });
  const bytes = await composed(delivery);
  expect(bytes.includes('image/jpeg')).toBe(false);
  await temp.store.pictures.settle(delivery.editionId, true);
  expect((await composed(delivery)).equals(bytes)).toBe(true);
});

test('a first digest before planning goes without, always, and keeps it from nobody else', async () => {
  const { store, clock } = temp;
  const edition = await makeEdition(store);
  const early = await activeSubscriber(store, 'early@reader.example');
  await planFor(store, edition, [early], { dueAt: clock.now(), first: 'daily' });
  const firstDigest = await claimDelivery(store);
  const first = await composed(firstDigest);
  // The pictures come, and the others are planned.
  await keep('2603.00001', 1);
  await activeSubscriber(store, 'ada@reader.example');
  await plan(await store.editions.byId(edition.id));
  // By one composer, as in a process: with the same selection, cadence and language.
  const made = await composer(store);
  const other = octets(await made.delivery({ ...(await claimDelivery(store)), first: 'daily' }));
  expect(other.includes('image/jpeg')).toBe(true);
  expect(octets(await made.delivery(firstDigest)).equals(first)).toBe(true);
  expect(first.includes('image/jpeg')).toBe(false);
  // Who confirms later has what all have.
  const late = await activeSubscriber(store, 'late@reader.example');
  await planFor(store, edition, [late], { dueAt: clock.now(), first: 'daily' });
  expect((await composed(await claimDelivery(store))).includes('image/jpeg')).toBe(true);
});
