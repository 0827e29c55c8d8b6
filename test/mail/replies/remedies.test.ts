import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatFault, toOpeningFault } from '../../../src/mail/replies/opening-fault.js';
import { type OpeningFault, remedyFor } from '../../../src/mail/replies/remedies.js';
import { formatReply } from '../../../src/mail/replies/reply.js';

const SMTP = { host: 'mail.test', port: 587, secure: false };
const SMTPS = { host: 'mail.test', port: 465, secure: true };

const fault = (facts: Partial<OpeningFault>): OpeningFault => ({
  ...{ step: 'connect', ...SMTP, code: null, silent: false, reply: null },
  ...facts,
});

describe('the remedy', () => {
  test.each<[string, Partial<OpeningFault>, RegExp]>([
    ['a name without address', { code: 'ENOTFOUND' }, /no address for mail\.test: check how it/],
    ['DNS that fails', { code: 'EAI_AGAIN' }, /check this machine's DNS$/],
    ['a port where nobody is', { code: 'ECONNREFUSED' }, /nothing listens at port 587: .*465/],
    ['no way', { code: 'ENETUNREACH' }, /check network and firewall$/],
    ['a blocked port 25', { silent: true, port: 25 }, /may block port 25, .* try 587$/],
    ['a TLS port, in the clear', { step: 'greeting', silent: true }, /write smtps:\/\/ .*465/],
    ['one that hangs up', { step: 'greeting' }, /if it speaks TLS at once, write smtps:\/\//],
    [
      'another protocol',
      { step: 'greeting', reply: 'SSH-2.0-x' },
      /no SMTP server: check the port/,
    ],
    ['421 at the greeting', { step: 'greeting', reply: '421 x' }, /no more connections for now$/],
    ['554 at the greeting', { step: 'greeting', reply: '554 x' }, /it refuses this machine/],
    [
      'a port in the clear, with TLS',
      { ...SMTPS, step: 'tls', code: 'ERR_SSL_WRONG_VERSION_NUMBER' },
      /write smtp:\/\/…\?requireTLS=true \(mostly at port 587\)$/,
    ],
    ['a silent handshake', { ...SMTPS, step: 'tls', silent: true }, /write smtp:\/\/…\?requireTLS/],
    ['STARTTLS taken away', { step: 'tls', reply: '502 x' }, /somebody in between takes it away/],
    ['STARTTLS out of order', { step: 'tls', reply: '454 4.7.0 x' }, /its log says why$/],
    ['old TLS', { step: 'tls', code: 'ERR_SSL_UNSUPPORTED_PROTOCOL' }, /older than 1\.2/],
    ['535', { step: 'login', reply: '535 5.7.8 x' }, /^check user and password: .*app password/],
    ['538', { step: 'login', reply: '538 5.7.11 x' }, /wants TLS first: add \?requireTLS=true/],
    ['503 to a login', { step: 'login', reply: '503 x' }, /no login at this port: leave USER/],
    ['454 to a login', { step: 'login', reply: '454 x' }, /try again later$/],
    ['a sender of others', { step: 'sender', reply: '550 5.7.60 x' }, /^check MAIL_FROM: /],
    ['530 at MAIL', { step: 'sender', reply: '530 5.7.0 x' }, /wants a login: put USER:PASSWORD@/],
    ['530 for TLS', { step: 'sender', reply: '530 Must issue a STARTTLS' }, /wants TLS first/],
  ])('for %s', (_what, facts, remedy) => {
    expect(remedyFor(fault(facts))).toMatch(remedy);
  });

  test.each([
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ])('for %s names both ways out, and the price of the second', (code) => {
    const remedy = remedyFor(fault({ step: 'tls', code })) ?? '';
    expect(remedy).toMatch(/NODE_EXTRA_CA_CERTS, or add \?tls\.rejectUnauthorized=false/);
    expect(remedy).toMatch(/anybody in between can then read and change the mail/);
  });

  test('for other certificates lets nobody in between in', () => {
    for (const code of ['ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']) {
      const remedy = remedyFor(fault({ step: 'tls', code }));
      expect(remedy).toMatch(/its certificate is /);
      expect(remedy).not.toContain('rejectUnauthorized');
    }
  });

  test('is none where nothing is known to help', () => {
    expect(remedyFor(fault({ step: 'ehlo', reply: '451 4.3.0 Busy' }))).toBeNull();
    expect(remedyFor(fault({ step: 'sender', reply: '451 4.3.0 Busy' }))).toBeNull();
  });
});

describe('a fault', () => {
  test('is read from what Nodemailer throws', () => {
    const refused = { code: 'ESOCKET', originalCode: 'ECONNREFUSED', command: 'CONN' };
    const error = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:587'), refused);
    expect(toOpeningFault(error, SMTP)).toEqual(fault({ code: 'ECONNREFUSED' }));
    expect(formatFault(toOpeningFault(error, SMTP), error)).toMatch(
      /^connect ECONNREFUSED 10\.0\.0\.1:587; nothing listens at port 587: /,
    );
  });

  test.each([
    [{ timeoutType: 'CONNECT_TIMEOUT' }, 'connect'],
    [{ timeoutType: 'GREETING_TIMEOUT' }, 'greeting'],
    [{ timeoutType: 'SOCKET_TIMEOUT' }, 'ehlo'],
    [{ timeoutType: 'UPGRADE_TIMEOUT' }, 'tls'],
    [{ code: 'EPROTOCOL', response: '554 no', command: 'CONN' }, 'greeting'],
    [{ code: 'EPROTOCOL', response: '550 no', command: 'HELO' }, 'ehlo'],
    [{ code: 'ETLS', response: '502 no', command: 'STARTTLS' }, 'tls'],
    [{ code: 'ESOCKET', originalCode: 'CERT_HAS_EXPIRED' }, 'tls'],
    [{ code: 'EAUTH', response: '535 no', command: 'AUTH PLAIN' }, 'login'],
  ])('with %j is one of the step %s', (fields, step) => {
    expect(toOpeningFault(Object.assign(new Error('x'), fields), SMTP).step).toBe(step);
  });

  test('has OpenSSL’s reason without its file names', () => {
    const fields = { library: 'SSL routines', reason: 'wrong version number', code: 'ESOCKET' };
    const error = Object.assign(new Error('80DC:error:0A00010B:SSL:../deps/x.c:350:\n'), fields);
    expect(formatFault(toOpeningFault(error, SMTPS), error)).toMatch(/^wrong version number/);
  });
});

describe('the words of a server', () => {
  test('are one line, without the codes between', () => {
    expect(formatReply('550-5.7.1 Not\r\n550-5.7.1  you.\r\n550 5.7.1 See x')).toBe(
      '550 5.7.1 Not 5.7.1 you. 5.7.1 See x',
    );
  });

  test('have no control characters, and an end', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1_000 }), (reply) => {
        expect(formatReply(reply)).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]{0,300}$/u);
      }),
    );
  });
});
