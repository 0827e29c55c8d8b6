import { createWriteStream } from 'node:fs';
import type { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { PaperboyError, toErrorMessage } from '../../base/errors.js';
import { STATES, type Subscriber, type SubscriberState } from '../../subscribers/subscriber.js';
import type { SubscriberStore } from '../../subscribers/subscriber-store.js';
import { answer, type CliContext, count, withServices } from '../context.js';
import { writeTo } from '../output.js';
import { readState } from './subscribers-list.js';

const BATCH = 1000;

export function exportCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('export')
    .description('write all subscribers as CSV, in the columns that import reads and their state')
    .argument('[file]', 'where to; standard output when left out')
    .option('--state <state>', `only these: ${STATES.join(', ')}`)
    .option('--json', 'with a file: answer with one JSON object')
    .action((file: string | undefined, options: { state?: string; json?: boolean }) =>
      withServices(context, async ({ store }) => {
        const report = { exported: 0 };
        const rows = toCsv(store.subscribers, readState(options.state), report);
        if (file === undefined) {
          await writeTo(process.stdout, rows);
          return;
        }
        await exportToFile(file, rows);
        const { exported } = report;
        answer(options.json, { exported, file }, `${count(exported, 'subscriber')} in ${file}.`);
      }),
    );
}

async function exportToFile(file: string, rows: AsyncIterable<string>): Promise<void> {
  try {
    // Addresses are nobody else's business.
    await writeTo(createWriteStream(file, { mode: 0o600 }), rows);
  } catch (cause) {
    if (cause instanceof PaperboyError) throw cause;
    throw new PaperboyError('not_written', `${file} can't be written: ${toErrorMessage(cause)}.`, {
      cause,
    });
  }
}

/** The lines of the file, batch by batch. */
async function* toCsv(
  subscribers: SubscriberStore,
  state: SubscriberState | undefined,
  report: { exported: number },
): AsyncGenerator<string> {
  yield stringify([COLUMNS.map(([name]) => name)]);
  for (let after = 0; ; ) {
    const page = { after, limit: BATCH, ...(state && { state }) };
    const batch = await subscribers.list(page);
    const last = batch.at(-1);
    if (last === undefined) return;
    yield stringify(batch.map((one) => COLUMNS.map(([, value]) => value(one))));
    report.exported += batch.length;
    after = last.id;
  }
}

const COLUMNS: [name: string, value: (subscriber: Subscriber) => string | number | null][] = [
  ['email', ({ email }) => email],
  ['timezone', ({ timezone }) => timezone],
  ['hour', ({ hour }) => hour],
  ['frequency', ({ frequency }) => frequency],
  ['topics', ({ topics }) => topics.join(';')],
  ['keywords', ({ keywords }) => keywords.join(';')],
  ['authors', ({ authors }) => authors.join(';')],
  ['organisations', ({ organisations }) => organisations.join(';')],
  ['length', ({ length }) => length],
  ['weekday', ({ weekday }) => weekday],
  ['state', ({ state }) => state],
  ['created', ({ createdAt }) => new Date(createdAt).toISOString()],
];
