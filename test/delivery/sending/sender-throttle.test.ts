import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MINUTE } from '../../store/clock.js';
import type { SmtpOptions } from '../../support/smtp.js';
import { addresses, startTimedSmtp, to } from '../arrivals.js';
import { Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

const smtp = async (options?: SmtpOptions) =>
  post.opened(await startTimedSmtp(post.clock, options));
const states = () => new Set(post.mails().map(({ state }) => state));

test('Gmail’s 421 4.7.28 brings it nothing for ten minutes, and others wait for nothing', async () => {
  const tries: number[] = [];
  let asked = false;
  const stub = await smtp({
    onRcpt: (address) => {
      if (!to('gmail.com')({ to: address })) return undefined;
      tries.push(post.clock.now());
      if (asked) return undefined;
      asked = true;
      const text = '4.7.28 Gmail has detected an unusual rate of unsolicited mail';
      return { code: 421, text };
    },
  });
  const others = addresses('other.example', 60);
  await post.planTo([...addresses('gmail.com', 20), ...others]);
  const begin = post.clock.now();
  await post.run({ port: stub.port, connections: 2 });
  expect(states()).toEqual(new Set(['accepted']));
  const [first = 0] = tries;
  // What was under way when it said so still comes: a mail a connection.
  const early = tries.filter((at) => at - first < 10 * MINUTE);
  expect(early.length).toBeLessThanOrEqual(2);
  const late = stub.arrivals.filter(to('other.example')).map(({ at }) => at - begin);
  expect(Math.max(...late)).toBeLessThan(5 * MINUTE);
});

describe('greylisting for a minute', () => {
  test.each(['4.7.1 Greylisted', '4.7.1 Come back in a moment'])(
    'with %s: all of a domain within three',
    async (text) => {
      const met = new Map<string, number>();
      const stub = await smtp({
        onRcpt: (address) => {
          const first = met.get(address) ?? post.clock.now();
          met.set(address, first);
          return post.clock.now() - first < MINUTE ? { code: 451, text } : undefined;
        },
      });
      await post.planTo(addresses('grey.example', 40));
      const sender = await post.run({ port: stub.port, connections: 4 });
      expect(states()).toEqual(new Set(['accepted']));
      // Tries come after 10, 30, 70 and 150 seconds: one of them is within three minutes.
      for (const { attempts } of post.mails()) expect(attempts).toBeLessThanOrEqual(5);
      expect(sender.status.throttling.throttled).toEqual([]);
    },
  );
});
