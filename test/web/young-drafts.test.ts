import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/base/logger.js';
import { freezeEdition } from '../../src/editions/freeze.js';
import { attribute, elementText, tags, textOf } from './markup.js';
import { openSite, pickPaper, type Site } from './site.js';

// With FREEZE_AFTER a fresh draft belongs to its editor alone. Readers see the edition before it,
// through whatever door they come, until it is frozen or has had its time.

const [BEFORE, DAY] = ['2026-03-03', '2026-03-04'];
const FRESH = 'A fresh paper';
const MINUTE = 60_000;
const DOORS = ['/', '/archive', `/archive?before=2026-03-10`, '/feed.atom', '/feed.json'];

let site: Site;
async function open(freezeAfter: number): Promise<void> {
  site = await openSite({ freezeAfter });
  await pickPaper(site, BEFORE, { title: 'An older paper' });
  const { id } = (await site.store.editions.find(BEFORE)) ?? expect.fail('none');
  await freeze(id);
  await pickPaper(site, DAY, { title: FRESH });
}

const freeze = (id: number) =>
  freezeEdition(
    { editions: site.store.editions, logger: createLogger('silent') },
    id,
    site.clock.now(),
  );

/** Where the fresh draft shows. */
async function seenAt(): Promise<string[]> {
  const seen: string[] = [];
  for (const door of DOORS) {
    const { body } = await site.get(door);
    if (body.includes(FRESH) || body.includes(DAY)) seen.push(door);
  }
  if ((await site.get(`/papers/${DAY}`)).statusCode === 200) seen.push('its page');
  const neighbour = (await site.get(`/papers/${BEFORE}`)).body;
  if (neighbour.includes(DAY)) seen.push('the edition before');
  const found = (await site.get('/search?q=fresh')).body;
  if (tags(found, 'a').some((tag) => attribute(tag, 'href') === `/papers/${DAY}`)) {
    seen.push('search');
  }
  return seen;
}

const EVERYWHERE = [...DOORS, 'its page', 'the edition before', 'search'];

describe('a fresh draft', () => {
  beforeEach(() => open(30));
  afterEach(() => site.close());

  test('is nowhere to be seen, and the one before stands in its place', async () => {
    expect(await seenAt()).toEqual([]);
    const home = textOf((await site.get('/')).body);
    expect(home).toContain('An older paper');
    const { statusCode, body } = await site.get(`/papers/${DAY}`);
    expect([statusCode, elementText(body, 'h1')]).toEqual([404, 'No edition of that day']);
  });

  test('shows everywhere after its time, though nothing was written since', async () => {
    await seenAt();
    site.clock.time += 30 * MINUTE - 1;
    expect(await seenAt()).toEqual([]);
    site.clock.time += 1;
    expect(await seenAt()).toEqual(EVERYWHERE);
  });

  test('shows everywhere once it is frozen', async () => {
    await seenAt();
    const { id } = (await site.store.editions.find(DAY)) ?? expect.fail('none');
    await freeze(id);
    expect(await seenAt()).toEqual(EVERYWHERE);
  });

  test('has its time again when it is picked again', async () => {
    site.clock.time += 20 * MINUTE;
    await pickPaper(site, DAY, { title: FRESH });
    site.clock.time += 20 * MINUTE;
    expect(await seenAt()).toEqual([]);
    site.clock.time += 10 * MINUTE;
    expect(await seenAt()).toEqual(EVERYWHERE);
  });

  test('is not behind the form that comes back, nor what a first digest is of', async () => {
    const { body } = await site.post('/subscribe', { email: 'nobody' });
    expect(body).not.toContain(FRESH);
    const { id: subscriberId, round } = await site.subscriber('ada@reader.test', 'pending');
    const expiresAt = site.clock.now() + MINUTE;
    const token = site.tokens.confirm({ subscriberId, round, expiresAt });
    const confirmed = await site.post(`/confirm/${token}`);
    expect(confirmed.body).toContain(`/papers/${BEFORE}`);
    expect(await site.store.editions.find(DAY)).toMatchObject({ state: 'draft' });
    expect(await seenAt()).toEqual([]);
  });

  test('of a week is its editor’s too', async () => {
    const { editions } = site.store;
    const edition = (await editions.find(DAY)) ?? expect.fail('none');
    const { papers } = await editions.withPapers(edition);
    await editions.saveDraft('weekly', DAY, papers, site.clock.now());
    expect((await site.get(`/papers/${DAY}/week`)).statusCode).toBe(404);
    site.clock.time += 30 * MINUTE;
    expect((await site.get(`/papers/${DAY}/week`)).statusCode).toBe(200);
  });
});

describe('on a new site', () => {
  beforeEach(async () => {
    site = await openSite({ freezeAfter: 30 });
  });
  afterEach(() => site.close());

  test('the sample shows until the first edition does', async () => {
    await pickPaper(site, DAY, { title: FRESH });
    const { editions } = site.store;
    const edition = (await editions.find(DAY)) ?? expect.fail('none');
    const [paper] = (await editions.withPapers(edition)).papers;
    const sample = [{ ...(paper ?? expect.fail('none')), title: 'A sample' }];
    expect(textOf((await site.get('/')).body)).toContain('The first edition is being prepared');
    await editions.saveDraft('sample', '2026-03-01', sample, site.clock.now());
    expect(textOf((await site.get('/')).body)).toContain('A sample');
    expect((await site.get('/papers/2026-03-01')).statusCode).toBe(200);
    site.clock.time += 30 * MINUTE;
    expect(textOf((await site.get('/')).body)).toContain(FRESH);
  });
});

describe('without FREEZE_AFTER', () => {
  beforeEach(() => open(0));
  afterEach(() => site.close());

  test('a draft shows at once, also one of a clock that is ahead', async () => {
    expect(await seenAt()).toEqual(EVERYWHERE);
    site.clock.time -= 60 * MINUTE;
    expect(await seenAt()).toEqual(EVERYWHERE);
  });
});
