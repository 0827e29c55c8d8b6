import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAIN, ROOT, type RunResult } from '../support/program.js';
import { type Desk, openDesk, sentences } from './desk.js';

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

/** Exit code 1, nothing on standard output, and one sentence without a stack behind it. */
function expectOneSentence(result: RunResult, sentence: string | RegExp): void {
  expect([result.code, result.stdout]).toEqual([1, '']);
  expect(sentences(result)).toEqual([expect.stringMatching(sentence)]);
  expect(sentences(result)[0]).toMatch(/^paperboy: [^\n]+\.?$/);
}

describe('a port that is taken', () => {
  test.each([
    ['with a source that answers', null],
    ['with a source that hangs', 'hang'],
    ['with a source that is away', 'reset'],
  ] as const)('ends serve at once, %s', async (_what, fault) => {
    desk.source.fail(fault);
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      const env = { PORT: String(port), HOST: '127.0.0.1' };
      const result = await desk.run(['serve'], { env, timeoutMs: 15_000 });
      expectOneSentence(result, `Port ${port} is taken by another program; stop that one, or set`);
    } finally {
      other.close();
    }
  });

  test('so does an address that is not this machine’s', async () => {
    const result = await desk.run(['serve'], { env: { HOST: '192.0.2.1' } });
    expectOneSentence(
      result,
      /HOST is "192\.0\.2\.1", but this machine has no such address \(EADDRNOTAVAIL\): .*\.$/,
    );
  });
});

describe('a store that is none', () => {
  test.each([
    ['a folder', 'folder', /The store folder can not be opened: it is a folder\.$/],
    ['a text', 'text.db', /text\.db is not a Paperboy store\.$/],
    [
      'below a file',
      'text.db/x/paperboy.db',
      /The store text\.db\/x\/paperboy\.db can not be opened\.$/,
    ],
  ])(
    '(%s) fails every command in one sentence, and is left as it was',
    async (_what, path, sentence) => {
      mkdirSync(join(desk.path, 'folder'));
      const text = 'This is my diary. '.repeat(100);
      desk.file('text.db', text);
      for (const args of [['migrate'], ['serve'], ['subscribers', 'list', '--json']]) {
        const result = await desk.run(args, { env: { DATABASE_URL: `sqlite:${path}` } });
        expectOneSentence(result, sentence);
      }
      expect(readFileSync(join(desk.path, 'text.db'), 'utf8')).toBe(text);
    },
  );
});

describe('a mail server that can not be used', () => {
  test('leaves everything for later: exit code 1 and why', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
    const away = desk.start(['run', '--date', '2026-03-02', '--now', '--json'], {
      SMTP_URL: 'smtp://127.0.0.1:9',
    });
    await away.waitForLog(/"sending paused"/);
    await away.stop('SIGTERM');
    expect(await away.exited).toEqual({ code: 1, signal: null });
    expect(JSON.parse(away.stdout)).toMatchObject({ planned: 1, accepted: 0 });
    expect(away.stderr).toMatch(
      /paperboy: 1 delivery is left \(.*127\.0\.0\.1:9.*\); run it again/,
    );
    expect(await desk.json(['send', '--date', '2026-03-02'])).toMatchObject({ accepted: 1 });
  });

  test('its password is nowhere in what is said', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
    const { port } = new URL(desk.smtp.url);
    const refused = desk.start(['run', '--date', '2026-03-02', '--now'], {
      SMTP_URL: `smtp://user:geheim@127.0.0.1:${port}`,
    });
    expect(await refused.exited).toEqual({ code: 1, signal: null });
    expect(refused.stderr).toMatch(/refuses the login/);
    expect(refused.stdout + refused.stderr).not.toContain('geheim');
  });
});

describe('a template with a fault', () => {
  /** The program in a folder of its own, so that its templates may be broken. */
  function copyProgram(
    template: string,
    change: (source: string) => string,
    { without = '' } = {},
  ): string {
    const tree = join(desk.path, 'tree');
    mkdirSync(tree);
    for (const part of ['dist', 'migrations', 'templates', 'locales', 'package.json']) {
      cpSync(join(ROOT, part), join(tree, part), { recursive: true });
    }
    mkdirSync(join(tree, 'node_modules'));
    for (const name of readdirSync(join(ROOT, 'node_modules'))) {
      if (name === without) continue;
      symlinkSync(join(ROOT, 'node_modules', name), join(tree, 'node_modules', name));
    }
    const file = join(tree, 'templates', template);
    const broken = change(readFileSync(file, 'utf8'));
    writeFileSync(file, broken);
    return join(tree, 'dist/main.js');
  }

  test.each([
    [
      'digest/digest.mjml',
      'an unknown element',
      (text: string) => text.replaceAll('mj-column', 'mj-colum'),
    ],
    [
      'digest/digest.mjml',
      'an unknown filter',
      (text: string) => text.replace('{{ preheader }}', '{{ preheader | shout }}'),
    ],
    ['digest/card.liquid', 'a tag left open', (text: string) => `${text}{% if paper %}`],
  ])(
    '(%s: %s) fails the sending in one sentence and loses no delivery',
    async (template, _what, change) => {
      await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
      const main = copyProgram(template, change);
      const result = await desk.run(['run', '--date', '2026-03-02', '--now', '--json'], { main });
      expectOneSentence(result, `The template templates/${template} has a fault: `);
      expect(desk.smtp.attempts).toEqual([]);
      expect(desk.rows('select state, attempts from deliveries')).toEqual([
        { state: expect.stringMatching(/^(planned|claimed)$/), attempts: 0 },
      ]);
    },
  );

  test('that came after the build is told where MJML is not installed, and no other needs it', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
    const args = ['run', '--date', '2026-03-02', '--now', '--json'];
    const template = 'digest/digest.mjml';
    const changed = copyProgram(template, (text) => `${text}\n`, { without: 'mjml' });
    const refused = await desk.run(args, { main: changed });
    expectOneSentence(refused, `The template templates/${template} was changed after the build`);
    const file = join(desk.path, 'tree/templates', template);
    cpSync(join(ROOT, 'templates', template), file);
    const sent = await desk.run(args, { main: changed });
    expect([sent.code, sent.json()]).toEqual([0, expect.objectContaining({ accepted: 1 })]);
  });

  test('that is mended lets the sending go on', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
    const main = copyProgram('digest/card.liquid', (text) => `${text}{% if paper %}`);
    const args = ['run', '--date', '2026-03-02', '--now', '--json'];
    expect((await desk.run(args, { main })).code).toBe(1);
    expect(await desk.json(args.slice(0, -1))).toMatchObject({ planned: 0, accepted: 1 });
  });

  test('that shows only with papers in it ends the sending in one sentence too', async () => {
    await desk.json(['subscribers', 'add', 'ada@reader.test', '--confirmed']);
    const template = 'digest/digest.txt.liquid';
    const main = copyProgram(template, (text) => `${text}{% render 'nothing' %}`);
    const args = ['run', '--date', '2026-03-02', '--now'];
    const result = await desk.run(args, { main });
    expectOneSentence(result, `The template templates/${template} has a fault: `);
    expect(desk.smtp.attempts).toEqual([]);
    expect(await desk.json(args)).toMatchObject({ planned: 0, accepted: 1 });
  });

  test('stops serve from starting rather than from sending', async () => {
    const main = copyProgram('notices/confirm.mjml', (text) =>
      text.replace('<mj-column>', '<mj-colum>'),
    );
    const result = await desk.run(['serve'], { main });
    expectOneSentence(result, 'The template templates/notices/confirm.mjml has a fault: ');
  });
});

test('a store that can not grow ends an import in one sentence; the rest comes in later', async () => {
  const rows = Array.from({ length: 5_000 }, (_, n) => `reader${n}@reader.test\n`).join('');
  const file = desk.file('people.csv', `email\n${rows}`);
  await desk.json(['migrate']);
  const { code, told } = await shell(
    `trap '' XFSZ; ulimit -f 200; ${program} subscribers import ${file} --confirmed`,
  );
  expect([code, told]).toEqual([
    1,
    expect.stringMatching(/^paperboy: The (disk|store) [^\n]*\.\n$/),
  ]);
  const [stored] = desk.rows<{ n: number }>('select count(*) as n from subscribers');
  expect(stored?.n).toBeLessThan(5_000);
  expect(await desk.json(['subscribers', 'import', file, '--confirmed'])).toMatchObject({
    imported: 5_000 - (stored?.n ?? 0),
    known: stored?.n,
  });
});

describe('a source that hangs does not keep serve from stopping', () => {
  test.each([
    ['on its first start', {}],
    ['in a daily run', { PICK_CRON: '* * * * * *' }],
  ])('%s', async (_what, env) => {
    const server = 'PICK_CRON' in env ? await desk.serve(env) : desk.start(['serve'], env);
    desk.source.fail('hang');
    const before = desk.source.requests.length;
    await expect
      .poll(() => desk.source.requests.length, { timeout: 20_000 })
      .toBeGreaterThan(before);
    const asked = desk.source.requests.length;
    expect(await server.stop('SIGTERM', 60_000)).toEqual({ code: 0, signal: null });
    // Whoever waits for it asks again once it has said nothing for long.
    expect(desk.source.requests.length).toBeLessThanOrEqual(asked + 1);
    expect(server.stderr).not.toMatch(/"level":"(error|fatal)"/);
    // Had it not been broken off, the sample edition would have come in its place.
    expect(server.stderr).not.toContain('sample_edition_shown');
  });
});

test('clients that stall in the middle of a request do not keep serve from stopping', async () => {
  const server = await desk.serve();
  const { port } = new URL(desk.site);
  const head = 'POST /subscribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n';
  const form = 'Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=';
  for (const request of [head, head + form]) {
    const socket = connect(Number(port), 'localhost').on('error', () => undefined);
    await once(socket, 'connect');
    await new Promise((resolve) => socket.write(request, resolve));
  }
  expect(await fetch(`${desk.site}/healthz`).then(({ status }) => status)).toBe(200);
  expect(await server.stop('SIGTERM', 10_000)).toEqual({ code: 0, signal: null });
});

test('an answer that nobody reads to its end is no failure', async () => {
  const rows = Array.from({ length: 5_000 }, (_, n) => `reader${n}@reader.test\n`).join('');
  const file = desk.file('people.csv', `email\n${rows}`);
  await desk.json(['subscribers', 'import', file, '--confirmed']);
  for (const args of ['export', 'list --limit 5000']) {
    const { told } = await shell(
      `{ ${program} subscribers ${args}; echo "ended with $?" >&2; } | head -n 1`,
    );
    expect(told).toBe('ended with 0\n');
  }
});

const program = `"${process.execPath}" "${MAIN}"`;

/** Runs a script in the desk's folder. */
async function shell(script: string): Promise<{ code: number | null; told: string }> {
  const { PATH = '' } = process.env;
  const child = spawn('/bin/sh', ['-c', script], {
    cwd: desk.path,
    env: { PATH, ...desk.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const [code] = await once(child, 'close');
  return { code, told };
}
