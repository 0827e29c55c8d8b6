import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BrokenTls, startBrokenTls } from '../../support/broken-tls.js';
import { ROOT } from '../../support/program.js';
import { startSmtp } from '../../support/smtp.js';
import { Post, type RunOptions } from '../post.js';
import { untilTrouble } from './until-trouble.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

const READERS = 8;

describe('a server whose TLS is broken', () => {
  const pem = (name: string) =>
    readFileSync(join(ROOT, 'test/fixtures/tls', `${name}.pem`), 'utf8');
  const certified = (name: string) => ({ tls: { key: pem(name), cert: pem(name) } });

  /** Nothing goes out, not in the clear either, and nothing is changed by trying. */
  async function expectNothingSent(options: RunOptions, trouble: RegExp): Promise<void> {
    await post.plan(READERS);
    const stop = new AbortController();
    const { sender, running } = await untilTrouble(post, options, stop.signal);
    expect(sender.trouble).toMatch(trouble);
    stop.abort();
    await running;
    post.clock.release();
    for (const row of post.mails()) {
      expect(row).toMatchObject({ state: 'planned', attempts: 0, worker: null, lease_until: null });
    }
    const healthy = post.opened(await startSmtp());
    await post.run({ port: healthy.port });
    expect(healthy.received).toHaveLength(READERS);
  }

  const broken: [BrokenTls, RegExp][] = [
    ['hang up', /can't be used: .*(TLS|closed|disconnected|reset)/i],
    ['garbage', /can't be used: .*(wrong version|SSL|TLS)/i],
    ['silence', /can't be used: .*(timed? ?out|no answer in time|timeout)/i],
  ];
  test.each(broken)('after STARTTLS there is %s', async (how, trouble) => {
    const stub = post.opened(await startBrokenTls(how));
    const server = { ignoreTLS: false, connectionTimeout: 300 };
    await expectNothingSent({ port: stub.port, server }, trouble);
    expect(stub.heard).not.toMatch(/MAIL FROM/);
  });

  test.each([
    ['self-signed', 'valid', {}, /self-signed/],
    ['out of date', 'expired', { ca: pem('expired') }, /expired/],
    ['for another name', 'valid', { ca: pem('valid'), servername: 'mail.example.org' }, /altnames/],
  ] as const)('its certificate is %s', async (_what, name, tls, trouble) => {
    const stub = post.opened(await startSmtp(certified(name)));
    await expectNothingSent({ port: stub.port, server: { ignoreTLS: false, tls } }, trouble);
    expect(stub.attempts).toEqual([]);
  });

  test('it speaks none where TLS is to come first', async () => {
    const stub = post.opened(await startSmtp());
    await expectNothingSent({ port: stub.port, server: { secure: true } }, /wrong version|SSL/i);
    expect(stub.attempts).toEqual([]);
  });

  test('it offers none where it is required', async () => {
    const stub = post.opened(await startSmtp());
    await expectNothingSent({ port: stub.port, server: { requireTLS: true } }, /TLS/);
    expect(stub.attempts).toEqual([]);
  });

  test('a sound certificate that is trusted is no trouble', async () => {
    await post.plan(READERS);
    const stub = post.opened(await startSmtp(certified('valid')));
    const server = { ignoreTLS: false, requireTLS: true, tls: { ca: pem('valid') } };
    const sender = await post.run({ port: stub.port, server });
    expect([sender.trouble, stub.received.length]).toEqual([null, READERS]);
  });
});
