import { Readable } from 'node:stream';
import { createTransport } from 'nodemailer';
import { afterEach, describe, expect, test } from 'vitest';
import { type RawSmtpOptions, type RawSmtpStub, startRawSmtp } from './raw-smtp.js';
import { type SmtpOptions, type SmtpStub, startSmtp } from './smtp.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function smtp(options?: SmtpOptions): Promise<SmtpStub> {
  const stub = await startSmtp(options);
  open.push(stub);
  return stub;
}

async function raw(options?: RawSmtpOptions): Promise<RawSmtpStub> {
  const stub = await startRawSmtp(options);
  open.push(stub);
  return stub;
}

function mailer(url: string) {
  const transport = createTransport(url);
  open.push(transport);
  return (more: object = {}) =>
    transport.sendMail({
      from: 'Paperboy <paperboy@paperboy.test>',
      to: 'ada@reader.test',
      subject: 'Grüße: β-Flow',
      text: 'Hello\n.\n..two dots',
      html: '<p>Hello</p>',
      ...more,
    });
}

describe('the SMTP server', () => {
  test('receives a mail and takes it apart', async () => {
    const stub = await smtp();
    await mailer(stub.url)({
      messageId: '<one@paperboy.test>',
      list: { unsubscribe: ['https://p.test/u/1', 'mailto:u@p.test'] },
      headers: {
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        'X-Long': 'word '.repeat(40),
      },
    });
    const [mail] = await stub.waitFor(1);
    expect(mail).toMatchObject({
      from: 'paperboy@paperboy.test',
      to: ['ada@reader.test'],
      subject: 'Grüße: β-Flow',
      html: '<p>Hello</p>',
      messageId: '<one@paperboy.test>',
      listUnsubscribe: ['https://p.test/u/1', 'mailto:u@p.test'],
      listUnsubscribePost: 'List-Unsubscribe=One-Click',
      outcome: 'accepted',
    });
    expect(mail?.text.trim()).toBe('Hello\n.\n..two dots');
    expect(mail?.rawHeaders).toMatch(/^X-Long: .*\r\n word/m);
    expect(mail?.headers.get('x-long')).toBe('word '.repeat(40).trim());
    expect(stub.connections).toBe(1);
  });

  test('waitFor gives the mails that fit, and says what came when none did', async () => {
    const stub = await smtp();
    const send = mailer(stub.url);
    const waiting = stub.waitFor((mail) => mail.to.includes('bob@reader.test'));
    await send();
    await send({ to: 'bob@reader.test' });
    expect((await waiting).map(({ to }) => to)).toEqual([['bob@reader.test']]);
    await expect(stub.waitFor(3, 30)).rejects.toThrow('accepted to bob@reader.test');
  });

  test('hooks choose the replies, word for word', async () => {
    const stub = await smtp({
      onRcpt: (address) =>
        address.startsWith('gone') ? { code: 550, text: '5.1.1 No such person' } : undefined,
      onData: ({ to }) =>
        to.includes('slow@reader.test') ? { code: 451, text: '4.7.1 Try later' } : undefined,
      onMail: (from) => (from === '' ? { code: 550, text: '5.1.8 Who?' } : undefined),
    });
    const send = mailer(stub.url);
    const failure = (more: object) => send(more).catch((error: unknown) => error);
    expect(await failure({ to: 'gone@reader.test' })).toMatchObject({
      responseCode: 550,
      response: '550 5.1.1 No such person',
      command: 'RCPT TO',
    });
    expect(await failure({ to: 'slow@reader.test' })).toMatchObject({
      response: '451 4.7.1 Try later',
      command: 'DATA',
    });
    expect(await failure({ envelope: { from: '', to: 'ada@reader.test' } })).toMatchObject({
      response: '550 5.1.8 Who?',
      command: 'MAIL FROM',
    });
    expect(stub.received).toEqual([]);
    expect(stub.attempts.map(({ outcome }) => outcome)).toEqual(['refused']);
    stub.hooks.onData = undefined;
    await send({ to: 'slow@reader.test' });
    expect(stub.received).toHaveLength(1);
  });

  test('wants the right password', async () => {
    const stub = await smtp({ auth: { user: 'me@p.test', pass: 'p@ss' } });
    await mailer(stub.url)();
    expect(stub.received).toHaveLength(1);
    const wrong = mailer(`smtp://me:wrong@127.0.0.1:${stub.port}`);
    await expect(wrong()).rejects.toMatchObject({ responseCode: 535 });
    await expect(mailer(`smtp://127.0.0.1:${stub.port}`)()).rejects.toMatchObject({
      responseCode: 530,
    });
  });

  test('refuses at the greeting', async () => {
    const stub = await smtp({ greeting: 'refuse' });
    await expect(mailer(stub.url)()).rejects.toMatchObject({ responseCode: 554 });
  });

  test.each(['connect', 'mail', 'rcpt', 'body', 'dot'] as const)(
    'drops at %s once, and only then',
    async (stage) => {
      const stub = await smtp({ dropAt: { stage, times: 1 } });
      const send = mailer(stub.url);
      await expect(send()).rejects.toThrow(/closed|reset|hang up|ECONNRESET/i);
      expect(stub.received).toEqual([]);
      expect(stub.attempts.map(({ outcome }) => outcome)).toEqual(
        stage === 'dot' ? ['dropped'] : [],
      );
      await send();
      expect(stub.received).toHaveLength(1);
      expect(stub.connections).toBe(2);
    },
  );

  test('a mail dropped by onData was read in full', async () => {
    const stub = await smtp({ onData: () => 'drop' });
    await expect(mailer(stub.url)()).rejects.toThrow();
    expect(stub.attempts[0]).toMatchObject({ outcome: 'dropped', html: '<p>Hello</p>' });
  });
});

describe('the scripted SMTP server', () => {
  const failure = (url: string, more?: object) =>
    mailer(url)(more).catch((error: unknown) => error as Record<string, unknown>);

  test('accepts a mail without its dot-stuffing', async () => {
    const stub = await raw();
    await mailer(stub.url)({ html: undefined });
    expect(stub.accepted).toHaveLength(1);
    expect(stub.accepted[0]).toMatchObject({
      from: 'paperboy@paperboy.test',
      to: ['ada@reader.test'],
      outcome: 'accepted',
    });
    expect(stub.accepted[0]?.raw.toString()).toMatch(/Hello\r\n\.\r\n\.\.two dots\r\n$/);
  });

  test('takes several mails over one connection, and pipelining', async () => {
    const stub = await raw({ capabilities: ['PIPELINING', '8BITMIME'] });
    const transport = createTransport({ url: stub.url, pool: true, maxConnections: 1 });
    open.push(transport);
    for (const to of ['a@reader.test', 'b@reader.test']) {
      await transport.sendMail({ from: 'p@p.test', to, text: 'Hello' });
    }
    expect(stub.accepted.map(({ to }) => to)).toEqual([['a@reader.test'], ['b@reader.test']]);
    expect(stub.connections).toBe(1);
  });

  test.each(['greeting', 'ehlo', 'mail', 'rcpt', 'data', 'body', 'dot'] as const)(
    'drops at %s',
    async (stage) => {
      const stub = await raw({ steps: { [stage]: 'drop' } });
      expect(await failure(stub.url)).toBeInstanceOf(Error);
      await stub.waitFor(({ visits }) => visits.some((visit) => visit.stage === stage));
      expect(stub.accepted).toEqual([]);
      expect(stub.attempts.map(({ outcome }) => outcome)).toEqual(
        stage === 'dot' ? ['dropped'] : [],
      );
    },
  );

  test('drops in the body before the client has sent it all', async () => {
    const stub = await raw({ steps: { body: 'drop' } });
    const body = new Readable({ read: () => undefined });
    body.push('From: p@p.test\r\n\r\nThe first half');
    expect(
      await failure(stub.url, { raw: body, envelope: { from: 'p@p.test', to: 'a@r.test' } }),
    ).toBeInstanceOf(Error);
    expect(stub.attempts).toEqual([]);
    expect(body.readableEnded).toBe(false);
  });

  test('stalls, and the next connection is not held up', async () => {
    const stub = await raw({
      steps: { dot: ({ count }) => (count === 1 ? 'stall' : undefined) },
    });
    const stalled = failure(stub.url);
    await stub.waitFor(({ attempts }) => attempts.length === 1);
    await mailer(stub.url)();
    expect(stub.attempts.map(({ outcome }) => outcome)).toEqual(['stalled', 'accepted']);
    await stub.close();
    expect(await stalled).toBeInstanceOf(Error);
  });

  test('says what the script says, and 421 ends the connection', async () => {
    const stub = await raw({
      steps: { rcpt: ({ line }) => (line.includes('gone') ? '550 5.1.1 Gone' : undefined) },
    });
    expect(await failure(stub.url, { to: 'gone@reader.test' })).toMatchObject({
      response: '550 5.1.1 Gone',
    });
    stub.steps.mail = '421 4.3.2 Closing';
    expect(await failure(stub.url)).toMatchObject({ responseCode: 421 });
    expect(stub.accepted).toEqual([]);
    await expect(stub.waitFor(({ accepted }) => accepted.length > 0, 30)).rejects.toThrow('2:mail');
  });
});
