import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { dropCommand } from './edition-drop.js';
import { freezeCommand } from './edition-freeze.js';
import { moveCommand } from './edition-move.js';
import { noteCommand } from './edition-note.js';
import { pinCommand } from './edition-pin.js';
import { restoreCommand } from './edition-restore.js';
import { showCommand } from './edition-show.js';
import { unpinCommand } from './edition-unpin.js';

export function editionCommand(program: Command, context: CliContext): void {
  const edition = program
    .command('edition')
    .description('curate an edition while it is a draft')
    .addHelpText(
      'after',
      `
An edition is a draft from when it is picked until it is sent. While it is one, you can change it;
picking again refreshes it and keeps what you did. Then it is frozen and never changes.

With FREEZE_AFTER=0, as it is by default, the daily run freezes an edition as soon as it has picked
it. Set FREEZE_AFTER=60, and you have an hour until it is sent:
  $ paperboy edition show
  $ paperboy edition pin https://arxiv.org/abs/2608.13489 --at 1
  $ paperboy edition drop 2608.13500 --reason "an advertisement"
  $ paperboy edition note "A day of small models."

A paper is named by its arXiv id or link. Without --date it is the newest edition.`,
    );
  for (const register of [
    showCommand,
    pinCommand,
    dropCommand,
    unpinCommand,
    restoreCommand,
    moveCommand,
    noteCommand,
    freezeCommand,
  ]) {
    register(edition, context);
  }
}
