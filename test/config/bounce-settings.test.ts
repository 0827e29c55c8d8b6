import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { faultsOf } from './wrong-settings.js';

describe('BOUNCE_ADDRESS', () => {
  test.each([
    ['bounces@example.org', 'bounces+', 'example.org', 'bounces@example.org'],
    ['Bounces@Example.ORG', 'Bounces+', 'example.org', 'Bounces@example.org'],
    ['bounces-*@example.org', 'bounces-', 'example.org', 'bounces@example.org'],
    ['bounces=*@example.org', 'bounces=', 'example.org', 'bounces@example.org'],
    ['bounce*@example.org', 'bounce', 'example.org', 'bounce@example.org'],
    ['papers+b-*@example.org', 'papers+b-', 'example.org', 'papers+b@example.org'],
    ['*@bounces.example.org', '', 'bounces.example.org', null],
    [
      'bounces@bücher.example',
      'bounces+',
      'xn--bcher-kva.example',
      'bounces@xn--bcher-kva.example',
    ],
    ['bounces@laptop', 'bounces+', 'laptop', 'bounces@laptop'],
  ])('%s has its key behind "%s"', (text, prefix, domain, plain) => {
    const { bounceAddress, bounceVerp } = loadConfig({ BOUNCE_ADDRESS: text });
    expect([bounceAddress, bounceVerp]).toEqual([{ prefix, domain, plain }, true]);
  });

  test.each([
    'bounces',
    '@example.org',
    'bounces@',
    'a*b@example.org',
    '**@example.org',
    'bounces@*.example.org',
    'Bounces <bounces@example.org>',
    'a b@example.org',
    'bounces..x@example.org',
    'a@b@example.org',
    'bounces@example.org\r\nRCPT TO:<x@y>',
    '"a b"@example.org',
  ])('%j is none', (text) => {
    expect(faultsOf({ BOUNCE_ADDRESS: text })).toMatch(
      /BOUNCE_ADDRESS is .*, but must be an addr/s,
    );
  });

  test('leaves room for the longest key', () => {
    const fits = (letters: number) => ({ BOUNCE_ADDRESS: `${'b'.repeat(letters)}*@example.org` });
    expect(loadConfig(fits(35)).bounceAddress?.prefix).toHaveLength(35);
    expect(faultsOf(fits(36))).toContain('at most 35 letters before the key');
  });

  test.each([
    ['bounces@example.org', 'papers@example.org', 0],
    ['*@bounces.example.org', 'papers@example.org', 0],
    ['bounces@example.org', 'papers@news.example.org', 0],
    ['bounces@a.co.uk', 'papers@b.co.uk', 1],
    ['bounces@example.net', 'papers@example.org', 1],
    ['', 'papers@example.org', 0],
  ])('%s is told to be of another organisation than %s: %i', (address, sender, count) => {
    const { warnings } = loadConfig({ BOUNCE_ADDRESS: address, MAIL_FROM: sender });
    expect(warnings.filter((one) => one.startsWith('BOUNCE_ADDRESS is at'))).toHaveLength(count);
  });
});
