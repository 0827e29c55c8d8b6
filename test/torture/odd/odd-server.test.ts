import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { OddServerProcess } from './odd-server-process.js';
import type { Oddity } from './oddity.js';

const open: { close(): Promise<void> }[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const thing of open.splice(0)) await thing.close();
});

async function server(oddity: Oddity): Promise<OddServerProcess> {
  const started = await OddServerProcess.start({ oddity, seed: 1, tls: false, think: 0 });
  open.push(started);
  return started;
}

/** A client that says all of it at once, and gives what it heard until it was hung up on. */
async function talk({ url }: OddServerProcess, text = ''): Promise<string[]> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  sockets.push(socket);
  let heard = '';
  socket.setEncoding('latin1').on('data', (said: string) => {
    heard += said;
  });
  socket.on('error', () => undefined);
  socket.write(text);
  await new Promise((resolve) => socket.once('close', resolve));
  return heard.split('\r\n').filter((line) => line !== '');
}

const mailTo = (to: string) =>
  `MAIL FROM:<p@x.test>\r\nRCPT TO:<${to}>\r\nDATA\r\nMessage-ID: <${to}>\r\n\r\nHello\r\n.\r\n`;
const codes = (lines: string[]) => lines.map((line) => line.slice(0, 3));
const TAKEN = ['250', '250', '354', '250'];

describe('the odd server', () => {
  test('answers in turn what comes in one packet, and tells what it took', async () => {
    const plain = await server({ kind: 'none' });
    const lines = await talk(plain, `${mailTo('a@x.test')}${mailTo('b@x.test')}QUIT\r\n`);
    expect(codes(lines)).toEqual(['220', ...TAKEN, ...TAKEN, '221']);
    const { uploads, connections, refused, strikes } = await plain.seen();
    expect(uploads).toMatchObject([
      { to: 'a@x.test', messageId: '<a@x.test>', outcome: 'accepted', replyLost: false },
      { to: 'b@x.test', messageId: '<b@x.test>', outcome: 'accepted', replyLost: false },
    ]);
    expect([connections, refused, strikes]).toEqual([1, [], 0]);
  });

  test('closes right behind the 250, and counts a reply as lost that a reset may take away', async () => {
    const closing = await server({ kind: 'close', every: 1, how: 'fin' });
    const lines = await talk(closing, mailTo('a@x.test'));
    expect(codes(lines)).toEqual(['220', ...TAKEN]);
    const resetting = await server({ kind: 'close', every: 1, how: 'rst' });
    await talk(resetting, mailTo('a@x.test'));
    const lost = await Promise.all([closing, resetting].map((one) => one.seen()));
    expect(lost.map(({ uploads }) => uploads[0]?.replyLost)).toEqual([false, true]);
  });

  test.each([
    ['mail', ['220', ...TAKEN, '421']],
    ['rcpt', ['220', ...TAKEN, '250', '421']],
    ['unasked', ['220', ...TAKEN, '421']],
    ['recipients', ['220', ...TAKEN, '250', '452', '503', '221']],
  ] as const)('ends a session at %s after its share of mails', async (how, expected) => {
    const one = await server({ kind: 'session', mails: 1, how });
    // Who is turned away may not go on to the body.
    const second = 'MAIL FROM:<p@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\nQUIT\r\n';
    expect(codes(await talk(one, `${mailTo('a@x.test')}${second}`))).toEqual(expected);
  });

  test('allows so many connections, and one more when one has gone', async () => {
    const one = await server({ kind: 'connections', allowed: 1, how: 'greeting' });
    const first = connect(Number(new URL(one.url).port), '127.0.0.1');
    sockets.push(first);
    await once(first, 'data');
    expect(await talk(one)).toEqual(['421 4.7.0 Too many concurrent connections']);
    first.write('QUIT\r\n');
    await once(first, 'data');
    expect(codes(await talk(one, 'QUIT\r\n'))).toEqual(['220', '221']);
  });

  test('refuses everybody until it is mended', async () => {
    const refusing = await server({ kind: 'refuse', reply: '554 5.7.1 Relay access denied' });
    const ask = 'MAIL FROM:<p@x.test>\r\nRCPT TO:<a@x.test>\r\nQUIT\r\n';
    expect(codes(await talk(refusing, ask))).toEqual(['220', '250', '554', '221']);
    expect(await refusing.seen()).toMatchObject({ refused: ['a@x.test'], strikes: 1 });
    refusing.mend();
    expect(codes(await talk(refusing, ask))).toEqual(['220', '250', '250', '221']);
  });
});
