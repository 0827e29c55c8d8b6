import type { Command } from 'commander';
import { PaperboyError } from '../../base/errors.js';
import { printableAll } from '../../base/printable.js';
import {
  COUNTED_STATES,
  type CountedState,
  type DeliveryPage,
  type DeliveryViews,
  type ReaderDelivery,
  statesCountedAs,
} from '../../delivery/delivery-view.js';
import { toMailDomain } from '../../delivery/throttle/rate-limits.js';
import type { Edition } from '../../editions/edition.js';
import { parseAddress } from '../../subscribers/address.js';
import { type CliContext, withServices } from '../context.js';
import { editionsOfDay } from '../edition/day-editions.js';
import { writeTo } from '../output.js';
import { deliveryAnswer, deliveryLine } from './delivery-line.js';

interface Options {
  date?: string;
  outcome?: string;
  domain?: string;
  json?: boolean;
}

/** Which deliveries are wanted. */
type Filter = Pick<DeliveryPage, 'states' | 'domain'>;

/** Deliveries that are in memory at once. */
const BATCH = 1_000;

export function listCommand(deliveries: Command, context: CliContext): void {
  deliveries
    .command('list')
    .description('who got what, when, over which route, with the server’s last reply')
    .option('--date <day>', 'YYYY-MM-DD; without it, the day of the newest edition')
    .option('--outcome <states>', `only these, with commas between: ${COUNTED_STATES.join(', ')}`)
    .option('--domain <domain>', 'only addresses behind whose @ this stands')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
Shows the daily and the weekly edition of that day. "planned" has those under way among it.
  $ paperboy deliveries list --date 2026-08-20 --outcome refused,uncertain
  $ paperboy deliveries list --domain example.org`,
    )
    .action((options: Options) =>
      withServices(context, async (services) => {
        const filter = readFilter(options);
        const editions = await editionsOfDay(services, options.date);
        const found = eachDelivery(services.store.ledger, editions, filter);
        await writeTo(process.stdout, options.json ? toJson(found) : formatDelivery(found));
      }),
    );
}

/** @throws PaperboyError `bad_usage` */
function readFilter({ outcome, domain }: Options): Filter {
  return {
    ...(outcome !== undefined && { states: statesCountedAs(outcome.split(',').map(readOutcome)) }),
    ...(domain !== undefined && { domain: readDomain(domain) }),
  };
}

function readOutcome(text: string): CountedState {
  const state = COUNTED_STATES.find((known) => known === text.trim());
  if (state) return state;
  throw new PaperboyError(
    'bad_usage',
    `--outcome takes ${COUNTED_STATES.join(', ')}, not "${text}".`,
  );
}

/** In the form in which addresses are kept. */
function readDomain(text: string): string {
  try {
    return toMailDomain(parseAddress(`postmaster@${text.trim().replace(/^@/, '')}`));
  } catch (cause) {
    throw new PaperboyError('bad_usage', `--domain takes a domain, not "${text}".`, { cause });
  }
}

/** Batch by batch: there may be a million. */
async function* eachDelivery(
  ledger: DeliveryViews,
  editions: readonly Edition[],
  filter: Filter,
): AsyncGenerator<ReaderDelivery[]> {
  for (const { id: editionId } of editions) {
    for (let after = 0; ; ) {
      const page = { editionId, ...filter, after, limit: BATCH };
      const batch = await ledger.deliveriesOfEdition(page);
      const last = batch.at(-1);
      if (last === undefined) break;
      yield printableAll(batch);
      after = last.subscriberId;
    }
  }
}

async function* formatDelivery(found: AsyncIterable<ReaderDelivery[]>): AsyncGenerator<string> {
  let number = 0;
  for await (const batch of found) {
    number += batch.length;
    yield batch.map((one) => `${one.email}  ${deliveryLine(one)}\n`).join('');
  }
  yield number === 1 ? '1 delivery.\n' : `${number} deliveries.\n`;
}

/** One object on one line, however long. */
async function* toJson(found: AsyncIterable<ReaderDelivery[]>): AsyncGenerator<string> {
  let comma = '';
  yield '{"deliveries":[';
  for await (const batch of found) {
    const items = batch.map((one) => JSON.stringify({ email: one.email, ...deliveryAnswer(one) }));
    yield `${comma}${items.join(',')}`;
    comma = ',';
  }
  yield ']}\n';
}
