import { afterEach, describe, expect, test } from 'vitest';
import type { Message } from '../../../src/mail/mime.js';
import { smtpServer } from '../../../src/mail/smtp/smtp.js';
import type { Envelope, SmtpSession } from '../../../src/mail/smtp/smtp-session.js';
import { octets } from '../../support/octets.js';
import { type RawSmtpStub, startRawSmtp } from '../../support/raw-smtp.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

const message: Message = [Buffer.from('Subject: Hello\r\n\r\n'), Buffer.from('one\r\n')];

async function connect(capabilities: string[]): Promise<[RawSmtpStub, SmtpSession]> {
  const stub = await startRawSmtp({ capabilities });
  const server = { host: '127.0.0.1', port: stub.port, secure: false, ignoreTLS: true };
  const session = await smtpServer(server, 'papers.example.org').open(new AbortController().signal);
  open.push(stub, session);
  return [stub, session];
}

const lines = ({ visits }: RawSmtpStub) =>
  visits.filter(({ stage }) => stage === 'mail' || stage === 'rcpt').map(({ line }) => line);

describe.each([[['8BITMIME', 'DSN']], [['PIPELINING', 'DSN', 'SIZE 1000000']]])(
  'a server that offers %s',
  (capabilities) => {
    test('is told the id of the envelope, and to return header fields of failures', async () => {
      const [stub, session] = await connect(capabilities);
      for (const [n, to] of ['ada@reader.example', 'a+b=c@reader.example'].entries()) {
        const envelope: Envelope = { from: 'b+k@example.org', to, envelopeId: `d1${n}key` };
        expect((await session.send(envelope, message)).kind).toBe('accepted');
      }
      // RFC 3461 §4: xtext has no + and no =.
      expect(lines(stub)).toEqual([
        'MAIL FROM:<b+k@example.org> RET=HDRS ENVID=d10key',
        'RCPT TO:<ada@reader.example> NOTIFY=FAILURE ORCPT=rfc822;ada@reader.example',
        'MAIL FROM:<b+k@example.org> RET=HDRS ENVID=d11key',
        'RCPT TO:<a+b=c@reader.example> NOTIFY=FAILURE ORCPT=rfc822;a+2Bb+3Dc@reader.example',
      ]);
      expect(stub.accepted.map(({ raw }) => raw.equals(octets(message)))).toEqual([true, true]);
    });

    test('is told nothing of a mail without an id', async () => {
      const [stub, session] = await connect(capabilities);
      await session.send({ from: 'b@example.org', to: 'ada@reader.example' }, message);
      expect(lines(stub)).toEqual(['MAIL FROM:<b@example.org>', 'RCPT TO:<ada@reader.example>']);
    });
  },
);

test('a server that does not offer it hears nothing of it', async () => {
  const [stub, session] = await connect(['8BITMIME']);
  await session.send({ from: 'b@example.org', to: 'ada@reader.example', envelopeId: 'd' }, message);
  expect(lines(stub)).toEqual(['MAIL FROM:<b@example.org>', 'RCPT TO:<ada@reader.example>']);
});
