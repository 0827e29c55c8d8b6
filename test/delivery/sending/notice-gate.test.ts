import { Resolver } from 'node:dns/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import type { FindDomainFault } from '../../../src/delivery/sending/notice-gate.js';
import { DomainCheck } from '../../../src/mail/domain-check.js';
import type { Subscriber } from '../../../src/subscribers/subscriber.js';
import { startDns } from '../../support/dns.js';
import { type SmtpStub, startSmtp } from '../../support/smtp.js';
import { activeSubscriber, enqueueNotice } from '../harness.js';
import { gate, Post } from '../post.js';

let post: Post;
let stub: SmtpStub;
beforeEach(async () => {
  post = await Post.open();
  stub = post.opened(await startSmtp({ parse: false }));
});
afterEach(() => post.close());

/** Somebody who has asked for a confirmation. */
async function asked(email: string): Promise<Subscriber> {
  const subscriber = await post.store.subscribers.request(email, {}, post.clock.now());
  await enqueueNotice(post.store, subscriber, 'confirm', post.clock.now());
  return subscriber;
}

const sentTo = () => stub.received.map(({ to }) => to[0]);

test('an accepted notice is counted as one, apart from digests', async () => {
  await asked('ada@reader.test');
  await post.plan(1);
  await post.run({ port: stub.port });
  expect(stub.received).toHaveLength(2);
  const counts = await post.store.mailCounts.since('2000-01-01', ['reader.test', 'reader.example']);
  const seen = counts.map(({ event, group, mails, count }) => [event, group, mails, count]);
  expect(seen.sort()).toEqual([
    ['accepted', 'reader.example', 'digest', 1],
    ['accepted', 'reader.test', 'notice', 1],
  ]);
});

describe('what waits while its mailbox says never', () => {
  test('is withheld, whatever spelling that was said of; readers get theirs', async () => {
    const reader = await activeSubscriber(post.store, 'ada@reader.test');
    await asked('ada+2@reader.test');
    await asked('bob@reader.test');
    await enqueueNotice(post.store, reader, 'preferences', post.clock.now());
    await post.store.subscribers.suppress({
      ...{ email: 'ada+1@reader.test', reason: 'owner', at: 1, detail: null },
    });
    const { subscribers } = post.store;
    await post.run({
      port: stub.port,
      findRefusing: (emails) => subscribers.findRefusing(emails, ['owner']),
    });
    expect(sentTo().sort()).toEqual(['ada@reader.test', 'bob@reader.test']);
    expect(post.mails('notices').map(({ state }) => state)).toEqual([
      ...['skipped', 'accepted', 'accepted'],
    ]);
  });
});

test.each([
  ['451 4.3.0 at RCPT', 1, 'skipped'],
  ['a reply that was lost', 2, 'accepted'],
])(
  'what was tried before is looked at again, unless it may be out: %s',
  async (what, times, end) => {
    const email = 'ada@reader.test';
    await asked(email);
    const { subscribers } = post.store;
    let tries = 0;
    const never = () =>
      subscribers.suppress({ email: 'ada+1@reader.test', reason: 'owner', at: 1, detail: null });
    if (what.startsWith('451')) {
      stub.hooks.onRcpt = async () => {
        if (++tries > 1) return undefined;
        await never();
        return { code: 451, text: '4.3.0 try again' };
      };
    } else {
      stub.hooks.onData = async () => {
        if (++tries > 1) return undefined;
        await never();
        return 'drop';
      };
    }
    await post.run({
      port: stub.port,
      findRefusing: (emails) => subscribers.findRefusing(emails, ['owner']),
    });
    expect([tries, post.mails('notices').map(({ state }) => state)]).toEqual([times, [end]]);
  },
);

describe('before a first confirmation', () => {
  test('its domain is looked up, and nothing goes to one that takes no mail', async () => {
    const dns = post.opened(
      await startDns({
        'gmail.com': { mx: [[5, 'mx.google.com']] },
        'good.org': { mx: [[5, 'mx.good.org']] },
        'null.org': { mx: [[0, '.']] },
        'broken.org': 'fails',
      }),
    );
    const openResolver = () => {
      const resolver = new Resolver({ timeout: 200, tries: 1 });
      resolver.setServers([dns.address]);
      return resolver;
    };
    const check = new DomainCheck({ openResolver, clock: systemClock });
    for (const name of ['good', 'null', 'gone', 'broken']) await asked(`ada@${name}.org`);
    const sender = await post.run({
      port: stub.port,
      findDomainFault: (domain) => check.findFault(domain),
    });
    expect(sentTo().sort()).toEqual(['ada@broken.org', 'ada@good.org']);
    expect(post.mails('notices').map(({ state, reply }) => [state, reply])).toEqual([
      ['accepted', expect.stringMatching(/^250/)],
      ['skipped', 'the domain takes no mail'],
      ['skipped', 'the domain does not exist'],
      ['accepted', expect.stringMatching(/^250/)],
    ]);
    expect(sender.status.undeliverable).toEqual({ no_domain: 1, null_mx: 1 });
    expect(sender.status.mails.confirm).toMatchObject({ accepted: 2, refused: 0 });
  });

  test('a look-up that takes its time keeps no digest and no other notice waiting', async () => {
    const [reader] = await post.plan(5);
    await asked('ada@slow.org');
    await asked('bob@fast.org');
    if (!reader) throw new Error('nobody was planned for');
    await enqueueNotice(post.store, reader, 'preferences', post.clock.now());
    const slow = gate();
    stub.hooks.onRcpt = async () => {
      // All the rest is out.
      if (stub.received.length === 6) slow.open();
      return undefined;
    };
    const findDomainFault: FindDomainFault = async (domain) => {
      if (domain === 'slow.org') await slow.passed;
      return null;
    };
    await post.run({ port: stub.port, findDomainFault });
    expect(stub.received).toHaveLength(8);
    expect(sentTo().at(-1)).toBe('ada@slow.org');
  });

  test('only then: notices of others, and later tries, are looked up no more', async () => {
    const looked: string[] = [];
    const findDomainFault: FindDomainFault = async (domain) => {
      looked.push(domain);
      return null;
    };
    const [reader] = await post.plan(1);
    if (!reader) throw new Error('nobody was planned for');
    await enqueueNotice(post.store, reader, 'preferences', post.clock.now());
    await asked('ada@good.org');
    let tries = 0;
    stub.hooks.onRcpt = (address) =>
      address === 'ada@good.org' && ++tries === 1
        ? { code: 451, text: '4.3.0 try again' }
        : undefined;
    await post.run({ port: stub.port, findDomainFault });
    expect(sentTo()).toContain('ada@good.org');
    expect([tries, looked]).toEqual([2, ['good.org']]);
  });

  test('what is still being looked up when sending ends is free for the next sender', async () => {
    await asked('ada@slow.org');
    const slow = gate();
    const stop = new AbortController();
    const findDomainFault: FindDomainFault = async () => {
      stop.abort();
      await slow.passed;
      return 'no_domain';
    };
    await post.run({ port: stub.port, findDomainFault, signal: stop.signal });
    expect(post.mails('notices')).toMatchObject([{ state: 'planned', lease_until: null }]);
    slow.open();
    await post.run({ port: stub.port });
    expect(sentTo()).toEqual(['ada@slow.org']);
  });
});
