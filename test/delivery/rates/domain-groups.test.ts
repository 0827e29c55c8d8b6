import SQLite from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DOMAIN_GROUPS, toDomainGroup } from '../../../src/delivery/rates/domain-groups.js';

describe('the group of a domain', () => {
  test.each([
    ['gmail', 'gmail.com googlemail.com'],
    ['microsoft', 'outlook.com outlook.de hotmail.co.uk live.nl live.com.mx msn.com hotmail.fr'],
    [
      'yahoo',
      'yahoo.com yahoo.de yahoo.co.uk yahoo.com.br ymail.com rocketmail.com aol.com att.net',
    ],
    ['yahoo-japan', 'yahoo.co.jp'],
    ['apple', 'icloud.com me.com mac.com'],
    ['mail.ru', 'mail.ru bk.ru inbox.ru list.ru'],
    ['yandex', 'yandex.ru yandex.com yandex.com.tr ya.ru'],
    ['gmx', 'gmx.de gmx.net gmx.at gmx.com web.de mail.com'],
    ['qq', 'qq.com foxmail.com'],
    ['netease', '163.com 126.com'],
  ])('%s has %s', (group, domains) => {
    for (const domain of domains.split(' '))
      expect([domain, toDomainGroup(domain)]).toEqual([domain, group]);
  });

  test.each([
    'example.org',
    'notgmail.com',
    'gmail.com.evil.org',
    'yahoo.example',
    'mail.yahoo.com',
    'outlook.12',
    'localhost',
    'google.com',
  ])('%s is one by itself', (domain) => expect(toDomainGroup(domain)).toBe(domain));

  test('is the same by the patterns in SQL', () => {
    const database = new SQLite(':memory:');
    const cases = DOMAIN_GROUPS.map(
      ({ name, patterns }) =>
        `when ${patterns.map((one) => `d like '${one}'`).join(' or ')} then '${name}'`,
    );
    const bySql = database
      .prepare<[string], string>(`select case ${cases.join(' ')} else d end from (select ? as d)`)
      .pluck();
    const label = fc.constantFrom(
      'yahoo',
      'outlook',
      'co',
      'com',
      'de',
      'jp',
      'gmail',
      'mail',
      'ru',
      'live',
      'qq',
      'vip',
      'x',
      'web',
    );
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), (labels) => {
        const domain = labels.join('.');
        expect(bySql.get(domain)).toBe(toDomainGroup(domain));
      }),
    );
    database.close();
  });
});
