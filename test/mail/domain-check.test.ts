import { Resolver } from 'node:dns/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { DomainCheck } from '../../src/mail/domain-check.js';
import { type DnsName, type DnsServer, startDns } from '../support/dns.js';

const WORLD: Record<string, DnsName> = { 'gmail.com': { mx: [[5, 'mx.google.com']] } };

const open: DnsServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function look(names: Record<string, DnsName>, clock = systemClock) {
  const server = await startDns(names);
  open.push(server);
  const openResolver = () => {
    const resolver = new Resolver({ timeout: 200, tries: 1 });
    resolver.setServers([server.address]);
    return resolver;
  };
  return { server, check: new DomainCheck({ openResolver, clock }) };
}

describe('a domain', () => {
  test.each<[string, DnsName, string | null]>([
    ['with a mail exchanger', { mx: [[10, 'mx.reader.org']] }, null],
    [
      'with several',
      {
        mx: [
          [10, 'mx.reader.org'],
          [20, 'mx2.reader.org'],
        ],
      },
      null,
    ],
    ['with an address alone (RFC 5321 §5.1)', { a: ['192.0.2.1'] }, null],
    ['with neither, which exists', {}, null],
    ['that takes no mail (RFC 7505)', { mx: [[0, '.']] }, 'null_mx'],
    [
      'with the root among others',
      {
        mx: [
          [0, '.'],
          [10, 'mx.reader.org'],
        ],
      },
      null,
    ],
    ['that does not exist', null, 'no_domain'],
    ['whose server fails', 'fails', null],
    ['whose server is silent', 'silent', null],
  ])('%s', async (_what, name, fault) => {
    const { check } = await look({ ...WORLD, 'reader.org': name });
    expect(await check.findFault('reader.org')).toBe(fault);
  });

  test('exists if its address does, though its server denies the other type', async () => {
    const { check, server } = await look({ ...WORLD, 'reader.org': null });
    const get = server.names.get.bind(server.names);
    // The first question is for MX.
    server.names.get = (name) =>
      name === 'reader.org' && server.asked.length > 1 ? { a: ['192.0.2.1'] } : get(name);
    expect(await check.findFault('reader.org')).toBeNull();
  });

  test.each<[string, Record<string, DnsName>]>([
    ['denies all the world', {}],
    [
      'fails for all the world',
      { 'gmail.com': 'fails', 'outlook.com': 'fails', 'yahoo.com': 'fails' },
    ],
    ['knows of no mail anywhere', { 'gmail.com': {}, 'outlook.com': {}, 'yahoo.com': {} }],
  ])('is not taken to be missing by the word of a resolver that %s', async (_what, world) => {
    const { check } = await look(world);
    expect(await check.findFault('reader.org')).toBeNull();
  });

  test('is missing if one of the others is known', async () => {
    const { check } = await look({
      'gmail.com': 'fails',
      'yahoo.com': { mx: [[1, 'mx.yahoo.com']] },
    });
    expect(await check.findFault('reader.org')).toBe('no_domain');
  });

  test.each(['reader.test', 'mail.lan', 'host.internal', 'nas.home.arpa', 'a.example', 'b.local'])(
    '%s of a closed network is not looked up',
    async (name) => {
      const { check, server } = await look(WORLD);
      expect(await check.findFault(name)).toBeNull();
      expect(server.asked).toEqual([]);
    },
  );

  test('is looked up once for all who ask, and again later', async () => {
    let time = 0;
    const clock = { ...systemClock, steady: () => time };
    const { check, server } = await look(
      { ...WORLD, 'reader.org': { mx: [[1, 'mx.reader.org']] } },
      clock,
    );
    await Promise.all([check.findFault('reader.org'), check.findFault('reader.org')]);
    expect(server.asked).toEqual(['MX reader.org']);
    time += 11 * 60_000;
    await check.findFault('reader.org');
    expect(server.asked).toHaveLength(2);
  });

  test('is given up on after two seconds, whatever the resolver does', async () => {
    const asleep: number[] = [];
    let cancelled = 0;
    const never = () => new Promise<never>(() => undefined);
    const check = new DomainCheck({
      openResolver: () => ({
        ...{ resolveMx: never, resolve4: never, resolve6: never },
        cancel: () => cancelled++,
      }),
      clock: {
        steady: () => 0,
        sleep: async (ms) => {
          asleep.push(ms);
        },
      },
    });
    expect(await check.findFault('reader.org')).toBeNull();
    expect([asleep, cancelled]).toEqual([[2_000], 1]);
  });
});
