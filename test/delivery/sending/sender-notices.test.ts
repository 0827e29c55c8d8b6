import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type SmtpStub, startSmtp } from '../../support/smtp.js';
import { enqueueNotice } from '../harness.js';
import { Post } from '../post.js';

let post: Post;
const open: { close(): unknown }[] = [];
beforeEach(async () => {
  post = await Post.open();
  // Only the server takes time.
  post.clock.hold();
});
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
  await post.close();
});

/** A server that takes so long for its nth mail, from 1 on, by the clock of the store. */
async function smtp(timeFor: (nth: number) => number): Promise<SmtpStub> {
  let nth = 0;
  const stub = await startSmtp({
    parse: false,
    onData: () => {
      post.clock.advance(timeFor(++nth));
      return undefined;
    },
  });
  open.push(stub);
  return stub;
}

describe('a notice', () => {
  test('does not wait for all that was claimed while the server was fast', async () => {
    const stub = await smtp((nth) => (nth < 10 ? 1 : 600));
    const [reader] = await post.plan(60);
    if (!reader) throw new Error('nobody was planned for');
    stub.hooks.onRcpt = async () => {
      if (stub.received.length === 9) {
        await enqueueNotice(post.store, reader, 'preferences', post.clock.now());
      }
      return undefined;
    };
    await post.run({ port: stub.port });
    expect(stub.received).toHaveLength(61);
    const place = stub.received.findIndex(({ to }, nth) => nth > 0 && to[0] === reader.email);
    expect(place).toBeLessThan(13);
  });
});
