import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import { MAIN } from '../support/program.js';
import { lacks } from './tier.js';

const SCRIPT = '/usr/bin/script';

const leftOut = lacks('terminal', SCRIPT);

/** util-linux’s `script` gives the program a terminal and writes down what appears on it. */
describe.skipIf(leftOut)('where a terminal watches', () => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await openDesk({ parse: false });
    const rows = Array.from({ length: 2_000 }, (_, n) => `reader${n}@reader.test\n`).join('');
    desk.file('readers.csv', `email\n${rows}`);
  });
  afterEach(() => desk.close());

  /** What appears, with `<again>` wherever a line is begun anew. */
  async function onTerminal(command: string): Promise<string> {
    const { PATH = '' } = process.env;
    const args = ['-qefc', `"${process.execPath}" "${MAIN}" ${command}`, '/dev/null'];
    const env = { PATH, TERM: 'xterm', ...desk.env };
    const child = spawn(SCRIPT, args, { cwd: desk.path, env, stdio: ['pipe', 'pipe', 'inherit'] });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    const [code] = await once(child, 'close');
    expect([code, shown]).toEqual([0, expect.any(String)]);
    return shown.replaceAll('\r\u001B[2K', '<again>');
  }

  test('long work shows how far it is, on one line that is gone in the end', async () => {
    const imported = await onTerminal('subscribers import readers.csv --confirmed');
    expect(imported).toMatch(/<again>500 imported<again>1000 imported/);
    expect(imported).toMatch(/<again>2000 imported, 0 known already, 0 rows rejected\.\r\n$/);

    const sent = await onTerminal('run --date 2026-03-02 --now');
    expect(sent).toMatch(/<again>\d+ of 2000 accepted, \d+ to go/);
    expect(sent).toMatch(
      /<again>[^\r]*The edition of 2026-03-02 has 7 papers\.\r\n2000 accepted\.\r\n$/,
    );
  });

  test('logs are lines for people, and --json stays one line of JSON among them', async () => {
    const shown = await onTerminal('fetch --date 2026-03-02 --json');
    expect(shown).toMatch(/INFO.*papers fetched/);
    expect(shown).not.toContain('{"level"');
    expect(shown.split('\r\n').filter((line) => line.startsWith('{'))).toEqual([
      '{"huggingface":{"listed":8,"stored":7,"dropped":[]}}',
    ]);
  });
});
