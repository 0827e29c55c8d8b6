import type { Command } from 'commander';
import { PaperboyError } from '../../base/errors.js';
import { exportSubscribers } from '../../subscribers/export.js';
import { STATES, type SubscriberState } from '../../subscribers/subscriber.js';
import { type CliContext, withServices } from '../context.js';
import { answer, count, print, writePrivately } from '../output.js';

export function exportCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('export')
    .description('write all subscribers as CSV, in the columns that import reads and their state')
    .argument('[file]', 'where to; standard output when left out')
    .option('--state <state>', `only these: ${STATES.join(', ')}`)
    .option('--json', 'with a file: answer with one JSON object')
    .action((file: string | undefined, options: { state?: string; json?: boolean }) =>
      withServices(context, async ({ store }) => {
        let exported = 0;
        const rows = exportSubscribers(store.subscribers, {
          state: parseState(options.state),
          onBatch: (size) => {
            exported += size;
          },
        });
        if (file === undefined) {
          await print(rows);
          return;
        }
        await writePrivately(file, rows);
        answer(options.json, { exported, file }, `${count(exported, 'subscriber')} in ${file}.`);
      }),
    );
}

/** @throws PaperboyError `bad_usage` */
export function parseState(text: string | undefined): SubscriberState | undefined {
  if (text === undefined) return undefined;
  const state = STATES.find((known) => known === text);
  if (state) return state;
  throw new PaperboyError('bad_usage', `"${text}" is not a state; choose ${STATES.join(', ')}.`);
}
