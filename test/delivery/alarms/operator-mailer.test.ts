import { createHash, generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openAlarms } from '../../../src/delivery/alarms/alarms.js';
import { OperatorMailer } from '../../../src/delivery/alarms/operator-mailer.js';
import { routeAllOver } from '../../../src/delivery/sending/routes.js';
import { createDkimSigner } from '../../../src/mail/dkim.js';
import { smtpServer } from '../../../src/mail/smtp/smtp.js';
import { HOUR, MINUTE } from '../../store/clock.js';
import { type SmtpOptions, type SmtpStub, startSmtp } from '../../support/smtp.js';
import { composer, FROM, SECRET, silent } from '../harness.js';
import { Post } from '../post.js';

const OPERATOR = 'ops@operator.example';
const ALARM = {
  code: 'disk',
  subject: 'The disk is nearly full',
  text: 'Sätze mit Umlauten.\n.\nFrom here on nothing can be sent.\n\n\n',
};

let post: Post;
const stubs: SmtpStub[] = [];
beforeEach(async () => {
  post = await Post.open();
});
afterEach(async () => {
  await post.close();
  for (const stub of stubs.splice(0)) await stub.close();
});

async function start(options: SmtpOptions = {}): Promise<SmtpStub> {
  const stub = await startSmtp(options);
  stubs.push(stub);
  return stub;
}

async function raise(recipients: readonly string[] = [OPERATOR], code = 'disk'): Promise<void> {
  const alarms = openAlarms({
    store: post.store,
    recipients,
    siteName: 'Paperboy',
    logger: silent,
  });
  await alarms.raise({ ...ALARM, code });
}

interface Relay {
  port: number;
  auth?: { user: string; pass: string };
}

function mailer(relays: readonly Relay[], worker = 'one', made = post.composer): OperatorMailer {
  const names = relays.map((_, n) => `relay${n}`);
  return new OperatorMailer({
    operatorMails: post.store.operatorMails,
    composer: async () => made,
    routes: relays.map(({ port, auth }, n) => {
      const smtp = { host: '127.0.0.1', port, secure: false, ignoreTLS: true };
      const server = smtpServer({ ...smtp, ...(auth && { auth }) }, 'papers.example.org');
      return { name: names[n] ?? '', server };
    }),
    routing: routeAllOver(names),
    holds: post.store.holds,
    envelopeFrom: FROM.address,
    worker,
    clock: post.clock,
    logger: silent,
  });
}

const deliver = (relays: readonly Relay[], worker?: string) =>
  mailer(relays, worker).deliver(new AbortController().signal);

describe('a mail to the operator', () => {
  test('says what happened and since when, in plain text, to each of them', async () => {
    const stub = await start();
    await raise([OPERATOR, 'second@operator.example']);
    await deliver([stub]);
    await deliver([stub]);
    expect(stub.received.map(({ from, to }) => [from, to.join()])).toEqual([
      [FROM.address, OPERATOR],
      [FROM.address, 'second@operator.example'],
    ]);
    const [mail] = stub.received;
    expect(mail?.headers.get('subject')).toBe('[Paperboy] The disk is nearly full');
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail?.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(mail?.messageId).toMatch(/^<o1\.[0-9a-f]{16}@example\.org>$/);
    expect(mail?.text).toMatch(
      /^Sätze mit Umlauten\.\n\.\nFrom here on nothing can be sent\.\n+Since: \d{4}-\d\d-\d\dT[\d:.]+Z\n$/,
    );
  });

  test('is signed like all others', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const sign = createDkimSigner({
      domain: 'example.org',
      keys: [{ selector: 's1', privateKey: pem }],
    });
    const stub = await start();
    await raise();
    const made = await composer(post.store, { sign, secret: SECRET });
    await mailer([stub], 'one', made).deliver(new AbortController().signal);
    const raw = stub.received[0]?.raw.toString('latin1') ?? '';
    const body = raw.slice(raw.indexOf('\r\n\r\n') + 4);
    // RFC 6376 §3.4.4, relaxed.
    const relaxed = body
      .replace(/[ \t]+(?=\r\n)/g, '')
      .replace(/[ \t]+/g, ' ')
      .replace(/(?:\r\n)*$/, '\r\n');
    const hash = createHash('sha256').update(relaxed, 'latin1').digest('base64');
    expect(raw.slice(0, raw.indexOf('\r\n\r\n'))).toContain(`bh=${hash};`);
  });

  test('waits out trouble, and is the same when it comes', async () => {
    const stub = await start({ onData: () => ({ code: 451, text: '4.3.0 Later' }) });
    await raise();
    await deliver([stub]);
    await deliver([stub]);
    expect(stub.attempts).toHaveLength(1);
    stub.hooks.onData = undefined;
    post.clock.advance(MINUTE);
    await deliver([stub]);
    expect(stub.received).toHaveLength(1);
    const [first, second] = stub.attempts.map(({ raw }) => raw.toString());
    expect(second).toBe(first);
  });

  test('is sent again after a crash, and after a reply that was lost', async () => {
    const stub = await start();
    await raise();
    await post.store.operatorMails.claim('died', 1, MINUTE);
    await deliver([stub]);
    expect(stub.received).toEqual([]);
    post.clock.advance(MINUTE);
    stub.dropAt('dot', 1);
    await deliver([stub]);
    post.clock.advance(MINUTE);
    await deliver([stub]);
    expect(stub.received.map(({ to }) => to.join())).toEqual([OPERATOR]);
    expect(new Set(stub.attempts.map(({ messageId }) => messageId)).size).toBe(1);
  });

  test('goes over the next relay where the first one is away or has something against us', async () => {
    const stub = await start();
    const denies = await start({
      onRcpt: () => ({ code: 554, text: '5.7.1 Relay access denied' }),
    });
    await raise();
    await deliver([{ port: 1 }, denies, stub]);
    expect(stub.received).toHaveLength(1);
  });

  test('that its own server refuses is given up, and raises no alarm', async () => {
    const stub = await start({ onRcpt: () => ({ code: 550, text: '5.1.1 No such user' }) });
    await raise();
    await deliver([stub]);
    post.clock.advance(HOUR);
    stub.hooks.onRcpt = undefined;
    await deliver([stub]);
    expect(stub.attempts).toEqual([]);
    expect(await post.store.alarmStore.open()).toMatchObject([{ code: 'disk' }]);
  });

  test('goes while everything is held, but never gets the server to ban us', async () => {
    const stub = await start({ auth: { user: 'papers', pass: 'right' } });
    const held = { route: 'relay0', domain: '', code: 'quota' as const, reply: '452 Quota' };
    await post.store.holds.hold(held, MINUTE);
    await raise();
    const auth = { user: 'papers', pass: 'right' };
    await deliver([{ port: stub.port, auth }]);
    expect(stub.received).toHaveLength(1);
    for (let n = 0; n < 9; n++) await raise([OPERATOR], `more ${n}`);
    const before = stub.connections;
    await deliver([{ port: stub.port, auth: { user: 'papers', pass: 'wrong' } }]);
    expect(stub.connections - before).toBe(5);
  });
});

test('an alarm without anybody to tell is kept all the same', async () => {
  await raise([]);
  expect(await post.store.alarmStore.open()).toMatchObject([{ code: 'disk' }]);
  expect(await post.store.operatorMails.claim('one', 9, MINUTE)).toEqual([]);
});
