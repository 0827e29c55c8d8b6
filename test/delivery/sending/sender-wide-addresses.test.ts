import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HOUR } from '../../store/clock.js';
import { startRawSmtp } from '../../support/raw-smtp.js';
import { leapTo } from '../arrivals.js';
import { makeEdition, planFor } from '../harness.js';
import { Post } from '../post.js';

const WIDE = 'jürgen@reader.example';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

const suppressed = async () => (await post.store.subscribers.counts()).suppressed;
const ends = () => post.mails().map(({ state }) => state);

test('a reader beyond ASCII is refused where the relay can’t, without harm to anybody', async () => {
  const stub = post.opened(await startRawSmtp({ capabilities: ['8BITMIME'] }));
  const readers = await post.planTo(['ada@reader.example', WIDE, 'bob@reader.example']);
  await post.run({ port: stub.port });
  expect(ends()).toEqual(['accepted', 'refused', 'accepted']);
  const [, refused] = post.mails();
  expect(refused?.reply).toMatch(/letters beyond ASCII before the @.*does not offer SMTPUTF8/);
  expect(stub.visits.map(({ line }) => line).join('\n')).not.toContain('jürgen');

  // It is about the relay: however often it happens, the reader stays.
  for (let day = 3; day <= 12; day++) {
    leapTo(post.clock, post.clock.now() + 24 * HOUR);
    const date = `2026-03-${String(day).padStart(2, '0')}`;
    const edition = await makeEdition(post.store, { date, from: day * 10 });
    await planFor(post.store, edition, readers, { dueAt: post.clock.now() });
    await post.run({ port: stub.port });
  }
  expect(ends().filter((state) => state === 'refused')).toHaveLength(11);
  expect(ends().filter((state) => state === 'accepted')).toHaveLength(22);
  expect(await suppressed()).toBe(0);
});

test('a reader beyond ASCII gets the mail where the relay can, addressed as they write it', async () => {
  const stub = post.opened(await startRawSmtp({ capabilities: ['8BITMIME', 'SMTPUTF8'] }));
  await post.planTo([WIDE, 'ada@reader.example']);
  await post.run({ port: stub.port });
  expect(ends()).toEqual(['accepted', 'accepted']);
  const [one, two] = stub.accepted;
  const headers = String(one?.raw).split('\r\n\r\n')[0];
  expect(headers).toContain(`\r\nTo: ${WIDE}\r\n`);
  expect((await simpleParser(one?.raw ?? '')).to).toMatchObject({ text: WIDE });
  const said = stub.visits.filter(({ stage }) => stage === 'mail').map(({ line }) => line);
  expect(said).toEqual([
    'MAIL FROM:<papers@example.org> SMTPUTF8',
    'MAIL FROM:<papers@example.org>',
  ]);
  // All but that one field has seven bits.
  expect(String(one?.raw).replace(WIDE, '')).toMatch(/^\p{ASCII}*$/u);
  expect(String(two?.raw)).toMatch(/^\p{ASCII}*$/u);
});
