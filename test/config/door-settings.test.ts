import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { listSettings } from '../../src/config/settings.js';
import { ROOT } from '../support/program.js';

const imap = (BOUNCE_IMAP_URL: string) => loadConfig({ BOUNCE_IMAP_URL }).inboundDoors.mailbox;

describe('BOUNCE_IMAP_URL', () => {
  test('TLS from the first byte, at its port, and what is not said', () => {
    expect(imap('imaps://us%40er:p%2Fa%3Fss@imap.example.net')).toEqual({
      ...{ host: 'imap.example.net', port: 993, secure: true, requireTls: true },
      tls: { rejectUnauthorized: true, servername: null },
      ...{ user: 'us@er', password: 'p/a?ss', mailbox: 'INBOX', moveTo: 'Paperboy' },
    });
  });

  test('STARTTLS is asked for, unless the server is here or the operator says no', () => {
    expect(imap('imap://u:p@imap.example.net')).toMatchObject({ port: 143, requireTls: true });
    expect(imap('imap://u:p@127.0.0.1')).toMatchObject({ secure: false, requireTls: false });
    expect(imap('imap://u:p@imap.example.net?requireTLS=no')).toMatchObject({ requireTls: false });
    expect(imap('imap://u:p@[::1]:1143?requireTLS=on')).toMatchObject({
      ...{ host: '::1', port: 1143, requireTls: true },
    });
  });

  test('a mailbox, where mails go, and what certificate is taken', () => {
    expect(
      imap('imaps://u:p@h/Mail%2FBounces?moveTo=Done&tls.rejectUnauthorized=0&tls.servername=x'),
    ).toMatchObject({
      ...{ mailbox: 'Mail/Bounces', moveTo: 'Done' },
      tls: { rejectUnauthorized: false, servername: 'x' },
    });
    expect(imap('imaps://u:p@h?moveTo=')).toMatchObject({ moveTo: null });
  });

  test.each([
    'imap.example.net',
    'pop3://u:geheim@h',
    'imaps://h',
    'imaps://u@h',
    'imaps://u:geheim@h#x',
    'imaps://u:geheim@h?moveTo=a&moveTo=b',
    'imaps://u:geh?eim@h',
    'imaps://u:geheim%ZZ@h',
    `imaps://u:geheim@h/${'x'.repeat(201)}`,
    'imaps://u:geheim@h?tls.rejectUnauthorized=perhaps',
    'imaps://u:geheim@h/a%0Ab',
  ])('%s is refused, and nothing of it is shown', (url) => {
    const load = () => imap(url);
    expect(load).toThrow(/^The settings have a fault:\n {2}BOUNCE_IMAP_URL is a value that is not/);
    expect(load).not.toThrow(/geh/);
  });
});

describe('the certificate of the listener', () => {
  const file = join(ROOT, 'test/fixtures/tls/valid.pem');

  test('both files or none', () => {
    expect(() => loadConfig({ BOUNCE_TLS_CERT_FILE: file })).toThrow(/go together; one is missing/);
    const both = { BOUNCE_TLS_CERT_FILE: file, BOUNCE_TLS_KEY_FILE: file };
    expect(loadConfig(both).inboundDoors.tls).toEqual({ certFile: file, keyFile: file });
  });

  test('a key of another certificate is told at the start', () => {
    const key = join(ROOT, 'test/fixtures/tls/expired.pem');
    expect(() => loadConfig({ BOUNCE_TLS_CERT_FILE: file, BOUNCE_TLS_KEY_FILE: key })).toThrow(
      /must be a certificate to which the key in BOUNCE_TLS_KEY_FILE belongs/,
    );
  });
});

test('secrets of hooks are not shown', () => {
  const secrets = {
    HOOK_POSTMARK_PASSWORD: 'geheim geheim',
    HOOK_MAILGUN_KEY: 'geheim geheim',
    HOOK_RESEND_SECRET: `whsec_${Buffer.from('geheim geheim geheim').toString('base64')}`,
    HOOK_BREVO_TOKEN: 'geheim geheim',
    HOOK_SPARKPOST_PASSWORD: 'geheim geheim',
  };
  const shown = listSettings(secrets).map(({ value }) => value);
  expect(shown).toEqual(Array(5).fill('(not shown)'));
  expect(loadConfig(secrets).hooks).toMatchObject({ postmark: 'geheim geheim', ses: null });
});

test('several topics of Amazon SNS', () => {
  const topics = [
    'arn:aws:sns:eu-central-1:123456789012:a',
    'arn:aws-cn:sns:cn-north-1:123456789012:b',
  ];
  expect(loadConfig({ HOOK_SES_TOPIC: topics.join(', ') }).hooks.ses).toEqual(topics);
});

test('a way in without BOUNCE_ADDRESS is warned of', () => {
  const { warnings } = loadConfig({ BOUNCE_PORT: '2525' });
  expect(warnings).toEqual([expect.stringContaining('BOUNCE_ADDRESS is not set')]);
  const set = loadConfig({ BOUNCE_PORT: '2525', BOUNCE_ADDRESS: 'bounces@localhost' });
  expect(set.warnings.join()).not.toContain('is not set');
});

describe('BOUNCE_ADDRESS without a way in', () => {
  const BOUNCE_ADDRESS = 'bounces@paperboy.localhost';
  const told = 'BOUNCE_ADDRESS is set, but nothing reads what comes there';

  test('is warned of, and readers are given no address to write to', () => {
    for (const more of [{}, { HOOK_POSTMARK_PASSWORD: 'geheim geheim' }, { BOUNCE_PIPE: 'off' }]) {
      const { warnings, readsBounces } = loadConfig({ BOUNCE_ADDRESS, ...more });
      expect(warnings).toEqual([expect.stringContaining(told)]);
      expect(readsBounces).toBe(false);
    }
  });

  test.each([
    { BOUNCE_PORT: '2525' },
    { BOUNCE_LMTP_PORT: '2424' },
    { BOUNCE_IMAP_URL: 'imaps://u:p@imap.example.net' },
    { BOUNCE_PIPE: 'on' },
  ])('with %o it has one', (way) => {
    const { warnings, readsBounces } = loadConfig({ BOUNCE_ADDRESS, ...way });
    expect([warnings.join().includes(told), readsBounces]).toEqual([false, true]);
  });
});

test('fronts of the listener are addresses and networks', () => {
  const fronts = (text: string) => loadConfig({ BOUNCE_FRONTS: text }).inboundDoors.fronts;
  expect(fronts('10.0.0.0/8, 192.0.2.7  fd00::/8')).toEqual([
    '10.0.0.0/8',
    '192.0.2.7',
    'fd00::/8',
  ]);
  for (const wrong of ['loopback', '10.0.0', '10.0.0.0/', 'fd00::/129', ',', '0x7f.1']) {
    expect(() => fronts(wrong)).toThrow(/BOUNCE_FRONTS is .* must be addresses or networks/);
  }
});
