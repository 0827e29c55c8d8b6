import { afterEach, beforeEach, expect, test } from 'vitest';
import { found } from '../../store/contract/dialect.js';
import { startSmtp } from '../../support/smtp.js';
import { enqueueNotice } from '../harness.js';
import { returnPaths } from '../inbound/desk.js';
import { Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

test('each mail has a return path of its own, by which its row is found', async () => {
  const smtp = post.opened(await startSmtp());
  const [ada] = await post.plan(3);
  await enqueueNotice(post.store, found(ada), 'preferences', post.clock.now());
  await post.run({ port: smtp.port, returnPaths });
  const senders = smtp.received.map(({ from }) => from);
  expect(new Set(senders).size).toBe(4);
  const keys = senders.map((from) => found(returnPaths.readAddress(from)));
  expect(keys.filter(({ kind }) => kind === 'n')).toHaveLength(1);
  for (const [n, { kind, id }] of keys.entries()) {
    const mail = found(await post.store.reports.lockMail({ kind: kind === 'n' ? 'n' : 'd', id }));
    expect(smtp.received[n]?.to).toEqual([mail.email]);
  }
});

test('a mail that is repeated has the same envelope and the same octets', async () => {
  const smtp = post.opened(await startSmtp({ dropAt: { stage: 'dot', times: 1 } }));
  await post.plan(1);
  await post.run({ port: smtp.port, returnPaths });
  const [first, second] = smtp.attempts;
  expect(smtp.attempts).toHaveLength(2);
  expect(second?.from).toBe(first?.from);
  expect(second?.raw.equals(found(first).raw)).toBe(true);
});
