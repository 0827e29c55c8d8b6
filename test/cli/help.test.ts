import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/program.js';
import { runResident } from '../support/resident.js';

const COMMANDS = [
  [],
  ['serve'],
  ['run'],
  ['fetch'],
  ['pick'],
  ['send'],
  ['preview'],
  ['doctor'],
  ['migrate'],
  ['subscribers'],
  ['subscribers', 'add'],
  ['subscribers', 'import'],
  ['subscribers', 'export'],
  ['subscribers', 'show'],
  ['subscribers', 'remove'],
  ['subscribers', 'list'],
  ['edition'],
  ...['show', 'pin', 'drop', 'unpin', 'restore', 'move', 'note', 'freeze'].map((name) => [
    'edition',
    name,
  ]),
  ['suggestions'],
  ...['list', 'accept', 'decline'].map((name) => ['suggestions', name]),
];

describe('--help', () => {
  test.concurrent.each(COMMANDS)('paperboy %s %s teaches', async (...command) => {
    const words = command.filter(Boolean);
    const { code, stdout, stderr } = await runResident([...words, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    const [usage, blank, description] = stdout.split('\n');
    expect(usage).toMatch(new RegExp(`^Usage: ${['paperboy', ...words].join(' ')}\\b`));
    expect(blank).toBe('');
    expect(description).toMatch(/^\S+( \S+){3,}/);
    for (const [, , text] of stdout.matchAll(
      /^ {2}(-{1,2}\S+(?: <\S+>)?)([^\n]*(?:\n {10,}\S[^\n]*)*)/gm,
    )) {
      expect(text?.trim()).toMatch(/\w+/);
    }
  });

  test.concurrent('names every command, a day by hand and the exit codes', async () => {
    const { stdout } = await runResident(['--help']);
    for (const [name] of COMMANDS)
      if (name) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect(stdout).toMatch(/\$ paperboy fetch --date \d{4}-\d\d-\d\d/);
    expect(stdout).toContain('Exit code: 0 done, 1 failed, 2 bad usage.');
  });

  test.concurrent('needs no settings: wrong ones do not stand in its way', async () => {
    const { code, stdout } = await runResident(['send', '--help'], { env: { PORT: 'wrong' } });
    expect([code, stdout]).toEqual([0, expect.stringContaining('Usage: paperboy send')]);
  });
});

test('--version tells the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { code, stdout } = await runResident(['--version']);
  expect([code, stdout]).toEqual([0, `${version}\n`]);
});

describe('bad usage ends with exit code 2, a sentence on standard error and nothing done', () => {
  test.concurrent.each([
    ['an unknown command', ['deliver'], "unknown command 'deliver'"],
    ['one nearly right', ['fetsh'], 'Did you mean fetch?'],
    ['an unknown option', ['send', '--today'], "unknown option '--today'"],
    ['an option without its value', ['send', '--date'], "'--date <day>' argument missing"],
    ['too many words', ['pick', '2026-03-02'], 'too many arguments'],
    ['too few words', ['subscribers', 'add'], "missing required argument 'email'"],
    ['an unknown subcommand', ['subscribers', 'delete', 'x'], "unknown command 'delete'"],
    ['a day that is no date', ['fetch', '--date', '2026-02-30'], '"2026-02-30" is not a date'],
    ['so for pick', ['pick', '--date', 'today'], '"today" is not a date; write it as YYYY-MM-DD.'],
    ['so for send', ['send', '--date', '2026-3-2'], '"2026-3-2" is not a date'],
    ['so for run', ['run', '--date', '20260302'], '"20260302" is not a date'],
    ['so for preview', ['preview', '--date', ''], '"" is not a date'],
    ['an empty day', ['fetch', '--date', ''], '"" is not a date'],
    ['a source that is not set up', ['fetch', '--source', 'usenet'], '"usenet" is not a source'],
    ['a state that is none', ['subscribers', 'list', '--state', 'x'], '"x" is not a state; choose'],
    [
      'a limit that is none',
      ['subscribers', 'list', '--limit', 'x'],
      '--limit takes a whole number',
    ],
    ['an address that is none', ['subscribers', 'add', 'ada'], '"ada" is not an email address'],
    ['so for show', ['subscribers', 'show', 'ada'], '"ada" is not an email address'],
    ['a place that is none', ['edition', 'pin', '2603.1', '--at', 'x'], '--at takes a place'],
    ['so for move', ['edition', 'move', '2603.1', '--to', '-1'], '--to takes a place like 1'],
    ['a move to nowhere', ['edition', 'move', '2603.1'], "required option '--to <place>'"],
    ['a note and none', ['edition', 'note', 'x', '--clear'], 'Give the note as one text'],
    ['an endless note', ['edition', 'note', 'x'.repeat(1_001)], 'has 1001 characters'],
    ['an endless reason', ['edition', 'drop', 'x', '--reason', 'x'.repeat(201)], 'The reason has'],
    ['so for an edition', ['edition', 'show', '--date', 'now'], '"now" is not a date'],
    ['a state of none', ['suggestions', 'list', '--state', 'x'], '"x" is not a state; choose'],
    ['no suggestion', ['suggestions', 'decline'], 'Name papers, or say --all or --older-than.'],
    ['two ways', ['suggestions', 'decline', 'x', '--all'], 'Name papers, or say'],
    ['an age that is none', ['suggestions', 'decline', '--older-than', 'x'], 'takes days like 30'],
    ['a credit of none', ['suggestions', 'accept', 'x', '--credit', 'Ada'], 'takes numbers like 1'],
    ['an hour that is none', ['subscribers', 'add', 'a@b.test', '--hour', '25'], 'is not an hour'],
  ])('%s', async (_what, args, sentence) => {
    const { code, stdout, stderr } = await runResident(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test.concurrent('no command at all shows what there is', async () => {
    for (const args of [[], ['subscribers']]) {
      const { code, stdout, stderr } = await runResident(args);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^Usage: paperboy/);
    }
  });
});
