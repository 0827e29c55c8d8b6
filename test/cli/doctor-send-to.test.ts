import { generateKeyPairSync } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../support/program.js';
import { startSmtp } from '../support/smtp.js';
import { type Desk, openDesk, sentences } from './desk.js';

let desk: Desk;
afterEach(() => desk.close());

interface Report {
  accepted: boolean;
  reply: string;
  route: string;
  edition: string;
  messageId: string;
  signatures: number;
  lookFor: string[];
  source: { provider: string; link: string }[];
}

/** All rows of the store. */
function everything({ rows }: Desk): unknown[] {
  const tables = rows<{ name: string }>(
    "select name from sqlite_master where type = 'table' and name not like '%\\_fts%' escape '\\' order by name",
  );
  return tables.map(({ name }) => [name, rows(`select * from "${name}"`)]);
}

test('a real digest goes out, and nothing is written', async () => {
  desk = await openDesk();
  await desk.json(['fetch', '--date', '2026-03-02']);
  await desk.json(['pick', '--date', '2026-03-02']);
  // The fingerprint of the key is kept from the first mail on.
  await desk.run(['doctor', '--send-to', 'first@reader.example']);
  const before = everything(desk);
  const key = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
  desk.file('dkim.pem', key.export({ type: 'pkcs8', format: 'pem' }).toString());
  const env = {
    ...{ DKIM_DOMAIN: 'example.org', DKIM_SELECTOR: 's1', DKIM_KEY_FILE: 'dkim.pem' },
    ...{ MAIL_FROM: 'Papers <papers@example.org>', PUBLIC_URL: 'https://papers.example.org' },
  };
  const { code, json } = await desk.run(['doctor', '--send-to', ' You@gmail.com ', '--json'], {
    env,
  });
  expect(code).toBe(0);
  const report = json<Report>();
  const [first, mail] = await desk.smtp.waitFor(2);
  expect([mail?.from, mail?.to]).toEqual(['papers@example.org', ['You@gmail.com']]);
  const header = mail?.raw.toString('latin1').split('\r\n\r\n')[0] ?? '';
  expect(header).toContain(`Message-ID: ${report.messageId}\r\n`);
  expect(first?.raw.toString('latin1')).not.toContain(report.messageId);
  for (const field of ['DKIM-Signature', 'List-Id', 'List-Unsubscribe', 'List-Unsubscribe-Post']) {
    expect(header).toMatch(new RegExp(`^${field}: `, 'm'));
  }
  expect(report).toMatchObject({
    accepted: true,
    route: 'smtp',
    edition: '2026-03-02',
    signatures: 1,
  });
  expect(report.reply).toMatch(/^250 /);
  expect(report.lookFor.join()).toContain('dkim=pass (header.d=example.org)');
  expect(report.source.map(({ provider }) => provider)).toEqual(['Gmail']);
  expect(everything(desk)).toEqual(before);
});

test('without an edition, the sample goes out, and people are told what to look for', async () => {
  desk = await openDesk();
  const { code, stdout } = await desk.run(['doctor', '--send-to', 'you@reader.example']);
  const lines = stdout.split('\n');
  expect(code).toBe(0);
  expect(lines[0]).toMatch(
    /^127\.0\.0\.1:\d+ \(route smtp\) took the digest of \d{4}-\d\d-\d\d for you@reader\.example: 250 /,
  );
  expect(lines[1]).toMatch(
    /^It has \d+\.\d KB, 0 DKIM signatures of ours, the envelope's sender paperboy@paperboy\.localhost, the Message-ID <d/,
  );
  expect(stdout).toMatch(/^- The source, field Authentication-Results: spf=pass/m);
  for (const provider of ['Gmail', 'Outlook', 'Yahoo and AOL', 'Apple Mail', 'Thunderbird']) {
    expect(stdout).toMatch(new RegExp(`^- ${provider}: .*\\(https://`, 'm'));
  }
});

test('it takes the route of its domain', async () => {
  desk = await openDesk();
  const other = await startSmtp();
  const env = {
    SMTP_URL: `one=${desk.smtp.url} two=${other.url}`,
    SMTP_ROUTES: 'gmail.com=two,*=one',
  };
  const { stdout } = await desk.run(['doctor', '--send-to', 'you@gmail.com'], { env });
  expect(stdout).toContain('(route two) took the digest');
  expect([desk.smtp.received.length, other.received.length]).toEqual([0, 1]);
  await other.close();
});

test('what a server answers is told, without the password', async () => {
  desk = await openDesk({ onRcpt: () => ({ code: 550, text: '5.7.1 Not for g3heim' }) });
  const SMTP_URL = desk.smtp.url;
  const refused = await desk.run(['doctor', '--send-to', 'you@reader.example'], {
    env: { SMTP_URL },
  });
  expect([refused.code, refused.stdout]).toEqual([
    1,
    expect.stringMatching(
      /did not take the digest .* for you@reader\.example: 550 5\.7\.1 Not for/,
    ),
  ]);
  expect(refused.stdout).not.toContain('Look at in the mailbox');
  const gone = `smtp://127.0.0.1:${await freePort()}`;
  const nobody = await desk.run(['doctor', '--send-to', 'you@reader.example', '--json'], {
    env: { SMTP_URL: gone },
  });
  expect([nobody.code, nobody.json<Report>().accepted]).toEqual([1, false]);
  expect(nobody.json<Report>().reply).toMatch(/can't be used: .*ECONNREFUSED/);
});

test('an address that must not be mailed gets nothing', async () => {
  desk = await openDesk();
  await desk.json(['subscribers', 'suppress', 'no@reader.example']);
  const result = await desk.run(['doctor', '--send-to', 'No@reader.example']);
  expect([result.code, sentences(result)]).toEqual([
    1,
    ['paperboy: No@reader.example is suppressed, so it gets no mail.'],
  ]);
  expect(desk.smtp.attempts).toEqual([]);
});

test('an address that is none is bad usage', async () => {
  desk = await openDesk();
  const result = await desk.run(['doctor', '--send-to', 'you@']);
  expect([result.code, sentences(result).join()]).toEqual([2, expect.stringContaining('"you@"')]);
  expect(desk.smtp.attempts).toEqual([]);
});

test('the link to unsubscribe leads to nobody, and still works', async () => {
  desk = await openDesk();
  await desk.serve();
  await desk.json(['subscribers', 'add', 'reader@reader.example', '--confirmed']);
  await desk.run(['doctor', '--send-to', 'you@reader.example'], { env: { PUBLIC_URL: desk.site } });
  const [mail] = await desk.smtp.waitFor((one) => one.to.includes('you@reader.example'));
  const raw = mail?.raw.toString('latin1') ?? '';
  const [, link = ''] = /^List-Unsubscribe: <(http[^>]*)>/m.exec(raw) ?? [];
  const answer = await fetch(link, {
    method: 'POST',
    body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
  });
  expect(answer.status).toBe(200);
  expect(desk.rows("select state from subscribers where email = 'reader@reader.example'")).toEqual([
    { state: 'active' },
  ]);
});
