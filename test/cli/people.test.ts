import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { found } from '../store/contract/dialect.js';
import { type Desk, openDesk } from './desk.js';

const [OLD, NEW, OTHER] = ['old-'.repeat(9), 'new-'.repeat(9), 'other-'.repeat(7)];
const DAY = 24 * 3_600_000;
const DATE = '2026-03-02';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({}, { SECRET_KEY: OLD });
});
afterEach(() => desk.close());

/** Makes all that the store has so many days older. */
function age(days: number): void {
  const file = new SQLite(join(desk.path, 'paperboy.db'));
  try {
    const ms = days * DAY;
    file.exec(`
      update subscribers set created_at = created_at - ${ms};
      update consents set at = at - ${ms};
      update notices set due_at = due_at - ${ms}, next_at = next_at - ${ms},
        expires_at = expires_at - ${ms}, ended_at = ended_at - ${ms};
      update deliveries set ended_at = ended_at - ${ms}`);
  } finally {
    file.close();
  }
}

/** Whether any file of the store holds the text, in whatever letters. */
function holds(text: string): boolean {
  return readdirSync(desk.path)
    .filter((name) => name.startsWith('paperboy.db'))
    .some((name) =>
      readFileSync(join(desk.path, name), 'latin1').toLowerCase().includes(text.toLowerCase()),
    );
}

describe('a list of keys', () => {
  const linkOf = (path: string) =>
    new RegExp(`/${path}/([\\w-]+)`).exec(found(desk.smtp.received.at(-1)).raw.toString());
  const send = (SECRET_KEY: string) =>
    desk.run(['run', '--date', DATE, '--now', '--json'], { env: { SECRET_KEY } });

  test('has the newest sign, and links of all of them work', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
    expect((await send(OLD)).code).toBe(0);
    const [old] = found(linkOf('unsubscribe'));
    await desk.json(['subscribers', 'add', 'bob@reader.test', '--confirmed']);
    expect((await send(`${NEW},${OLD}`)).stderr).not.toContain('secret_key_changed');
    const [fresh] = found(linkOf('unsubscribe'));
    const serve = await desk.serve({ SECRET_KEY: `${NEW} , ${OLD}` });
    for (const link of [old, fresh]) {
      const { status } = await fetch(`${desk.site}${link}`, { method: 'POST' });
      expect([link, status]).toEqual([link, 200]);
    }
    await serve.stop();
    expect(serve.stderr).not.toContain('secret_key_changed');
    const states = await desk.json<{ counts: object }>(['subscribers', 'list']);
    expect(states.counts).toMatchObject({ unsubscribed: 2, active: 0 });
    // The new one alone is the store's by now; the links of the old one end with it.
    const alone = await desk.serve({ SECRET_KEY: NEW });
    expect((await fetch(`${desk.site}${old}`)).status).toBe(404);
    expect((await fetch(`${desk.site}${fresh}`)).status).toBe(200);
    await alone.stop();
    expect(alone.stderr).not.toContain('secret_key_changed');
  });

  test('without the known key is told, as another key is', async () => {
    await desk.run(['doctor']);
    const { code, stdout } = await desk.run(['doctor'], {
      env: { SECRET_KEY: `${NEW},${OTHER}` },
    });
    expect([code, stdout]).toEqual([1, expect.stringContaining('SECRET_KEY is not the one')]);
  });

  test('in production has only long keys', async () => {
    const production = {
      ...{ NODE_ENV: 'production', MAIL_FROM: 'p@example.org', PUBLIC_URL: 'https://p.example' },
      SECRET_KEY: `${NEW},short-one`,
    };
    const { code, stderr } = await desk.run(['migrate'], { env: production });
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/at least 32 characters in production, each of those between commas/),
    ]);
    expect(stderr).not.toContain('short-one');
  });

  test('repeats a mail that was begun with the older key as it was', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
    const seen: Buffer[] = [];
    // The whole mail arrives, and no answer ever does.
    desk.smtp.hooks.onData = (mail) => {
      seen.push(mail.raw);
      return seen.length === 1 ? 'drop' : undefined;
    };
    const sending = desk.start(['run', '--date', DATE, '--now']);
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await sending.kill();
    const again = await send(`${NEW},${OLD}`);
    expect([again.code, again.json()]).toEqual([0, expect.objectContaining({ accepted: 1 })]);
    expect(seen.length).toBeGreaterThan(1);
    for (const octets of seen) expect(octets.equals(found(seen[0]))).toBe(true);
  });
});

describe('subscribers renew-links', () => {
  test('mails one reader new links and says so', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
    expect(await desk.json(['subscribers', 'renew-links', 'ADA@reader.test'])).toEqual({
      ...{ email: 'ada@reader.test', state: 'active', renewed: true, mailed: true },
    });
    expect(desk.rows('select kind from notices')).toEqual([{ kind: 'preferences' }]);
    expect(desk.rows('select links from subscribers')).toEqual([{ links: 1 }]);
    const stranger = await desk.run(['subscribers', 'renew-links', 'eve@reader.test']);
    expect([stranger.code, stranger.stderr]).toEqual([
      1,
      expect.stringContaining('eve@reader.test is not a subscriber.'),
    ]);
  });
});

describe('what somebody agreed to', () => {
  test('is shown under their consent', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test']);
    const { stdout } = await desk.run(['subscribers', 'show', 'ada@reader.test']);
    expect(stdout).toMatch(/requested \(command\)\n {4}The mail to confirm\n/);
    expect(stdout).toContain('    Subject: Please confirm your address');
  });
});

describe('what is old', () => {
  test('is forgotten by serve, and leaves no byte in the files', async () => {
    const add = (name: string, ...options: string[]) =>
      desk.json(['subscribers', 'add', `${name}@reader.test`, ...options]);
    await add('never-confirmed');
    await add('has-left', '--confirmed', '--keywords', 'wobblegong');
    await add('still-here', '--confirmed');
    await desk.run(['run', '--date', DATE, '--now']);
    const before = await desk.serve();
    const leaving = found(desk.smtp.received.find(({ to }) => to.includes('has-left@reader.test')));
    const link = new URL(found(leaving.listUnsubscribe[0]));
    await fetch(`${desk.site}${link.pathname}`, { method: 'POST' });
    await before.stop();
    age(200);
    const serve = await desk.serve();
    await serve.waitForLog(/"data_forgotten"/, 30_000);
    await serve.stop();
    expect(serve.stderr).toMatch(/"pending":1,"left":1,/);
    await desk.json(['subscribers', 'add', 'x@reader.test', '--confirmed']);
    await desk.json(['subscribers', 'remove', 'x@reader.test']);
    expect(['never-confirmed', 'has-left', 'wobblegong', 'x@reader.test'].filter(holds)).toEqual(
      [],
    );
    expect(holds('still-here')).toBe(true);
    // An import brings nobody back who has left; who never came is new.
    const list = desk.file(
      'list.csv',
      'email\nHas-Left@reader.test\nnever-confirmed@reader.test\n',
    );
    const imported = await desk.json(['subscribers', 'import', list, '--confirmed']);
    expect(imported).toMatchObject({ imported: 1, known: 1 });
    expect(await add('has-left', '--confirmed')).toMatchObject({
      ...{ state: 'unsubscribed', result: 'known' },
    });
  });

  test('is deleted for good where its owner has asked for it', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
    await desk.json(['subscribers', 'remove', 'ada@reader.test', '--keep-out']);
    expect(holds('ada@reader.test')).toBe(false);
    expect(await desk.json(['subscribers', 'add', 'ada@reader.test'])).toMatchObject({
      ...{ state: 'unsubscribed', result: 'known' },
    });
  });
});
