import { afterEach, beforeEach, expect, test } from 'vitest';
import { VERSION } from '../../src/base/version.js';
import type { Finding } from '../../src/jobs/doctor/doctor.js';
import { type DnsServer, startDns } from '../support/dns.js';
import { type Desk, openDesk, sentences } from './desk.js';

let desk: Desk;
let dns: DnsServer;
beforeEach(async () => {
  desk = await openDesk();
  dns = await startDns({
    'example.org': { mx: [[10, 'mail.example.org']], txt: ['v=spf1 +all'] },
    '_dmarc.example.org': { txt: ['v=DMARC1; p=none'] },
  });
});
afterEach(async () => {
  await desk.close();
  await dns.close();
});

const FROM = { MAIL_FROM: 'Papers <papers@example.org>' };

test('finds out what mailboxes look up, with remedies and records to paste', async () => {
  const { code, stdout } = await desk.run(['doctor', '--dns', dns.address], { env: FROM });
  expect(code).toBe(1);
  const lines = stdout.split('\n');
  expect(lines).toContain(
    'ok    sender: example.org is in the DNS, and takes mail at mail.example.org',
  );
  const at = lines.indexOf(
    'FAIL  spf: "+all" lets everybody on earth send as example.org, so mailboxes trust none of it',
  );
  expect(lines.slice(at + 1, at + 3)).toEqual([
    '      do: end it with ~all',
    '      record: example.org TXT "v=spf1 ~all"',
  ]);
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^warn {2}helo: the mail server of the relay smtp calls itself smtp\.test,/,
    ),
  );
  expect(dns.asked).toContain('TXT _dmarc.example.org');
});

test('gives remedies and records as JSON', async () => {
  const { json } = await desk.run(['doctor', '--json', '--dns', dns.address], { env: FROM });
  const { findings } = json<{ findings: Finding[] }>();
  expect(findings).toContainEqual({
    ...{ subject: 'spf', ok: false },
    told: '"+all" lets everybody on earth send as example.org, so mailboxes trust none of it',
    remedy: 'end it with ~all',
    record: 'example.org TXT "v=spf1 ~all"',
  });
});

test('asks no name server without --dns', async () => {
  const { stdout } = await desk.run(['doctor'], { env: FROM });
  expect(stdout).not.toMatch(/^.{4} {2}(spf|dkim s|dmarc|sender|helo|public url):/m);
  expect(stdout).toMatch(/^ok {4}clock: agrees with that of 127\.0\.0\.1:/m);
});

test('says in one line that no name server answers', async () => {
  await dns.close();
  const { stdout } = await desk.run(['doctor', '--dns', dns.address], { env: FROM });
  dns = await startDns();
  expect(stdout).toMatch(/^FAIL {2}dns: no name server answers \(no name server there\)/m);
  expect(stdout).not.toMatch(/^.{4} {2}(spf|dkim \S+|dmarc|sender|helo|reverse dns|bounces):/m);
});

test.each(['ns.example.org', '9.9.9', '9.9.9.9:99999', '[::1'])(
  'takes no name server like %s',
  async (server) => {
    const result = await desk.run(['doctor', '--dns', server], { env: FROM });
    expect([result.code, sentences(result).join()]).toEqual([
      2,
      expect.stringContaining('the IP address of a name server'),
    ]);
  },
);

test('finds itself at PUBLIC_URL, and nobody else can ask', async () => {
  await desk.serve({ TRUST_PROXY: 'on' });
  const run = async (env: Record<string, string>) => {
    const { stdout } = await desk.run(['doctor', '--dns', dns.address], {
      env: { ...FROM, ...env },
    });
    return stdout.split('\n').filter((line) => /(public url|trust proxy):/.test(line));
  };
  expect(await run({ PUBLIC_URL: desk.site, TRUST_PROXY: 'on' })).toEqual([
    'FAIL  public url: localhost is an address of this machine or network: readers elsewhere can open no link',
    `ok    public url: ${desk.site} leads to this Paperboy, ${VERSION}`,
    'FAIL  trust proxy: whoever asks may write any address into X-Forwarded-For and is taken for it, so limits by address hold nobody',
  ]);
  expect(
    (await run({ PUBLIC_URL: desk.site, SECRET_KEY: 'another secret of tests' })).join(),
  ).toContain(`a Paperboy ${VERSION} answers at ${desk.site}, but it has another SECRET_KEY`);
  expect((await run({ PUBLIC_URL: desk.source.url })).join()).toContain(
    `something else than Paperboy answers at ${desk.source.url}`,
  );
  const stranger = await fetch(`${desk.site}/reflection/abc.def`, {
    headers: { accept: 'text/html' },
  });
  const nowhere = await fetch(`${desk.site}/nowhere/abc.def`, { headers: { accept: 'text/html' } });
  expect([stranger.status, await stranger.text()]).toEqual([404, await nowhere.text()]);
});
