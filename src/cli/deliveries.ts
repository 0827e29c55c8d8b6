import type { Command } from 'commander';
import { parseDay } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import { printableAll } from '../base/printable.js';
import {
  COUNTED_STATES,
  type CountedState,
  type DeliveryFilter,
  type DeliveryView,
  type ReaderDelivery,
  statesCountedAs,
  streamDeliveries,
} from '../delivery/delivery-view.js';
import { toMailDomain } from '../delivery/throttle/rate-limits.js';
import { findEditionsOfDay } from '../editions/find-edition.js';
import { parseAddress } from '../subscribers/address.js';
import { type CliContext, withServices } from './context.js';
import { count, iso, print } from './output.js';

interface Options {
  date?: string;
  outcome?: string;
  domain?: string;
  json?: boolean;
}

export function deliveriesCommand(program: Command, context: CliContext): void {
  program
    .command('deliveries')
    .description('tell what became of the mails of an edition')
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
      withServices(context, async ({ store: { editions, ledger } }) => {
        const filter = parseFilter(options);
        const day = options.date === undefined ? undefined : parseDay(options.date);
        const found = streamDeliveries(ledger, await findEditionsOfDay(editions, day), filter);
        await print(options.json ? toJson(found) : toLines(found));
      }),
    );
}

/** @throws PaperboyError `bad_usage` */
function parseFilter({ outcome, domain }: Options): DeliveryFilter {
  return {
    ...(outcome !== undefined && { states: statesCountedAs(outcome.split(',').map(parseOutcome)) }),
    ...(domain !== undefined && { domain: parseDomain(domain) }),
  };
}

function parseOutcome(text: string): CountedState {
  const state = COUNTED_STATES.find((known) => known === text.trim());
  if (state) return state;
  throw new PaperboyError(
    'bad_usage',
    `--outcome takes ${COUNTED_STATES.join(', ')}, not "${text}".`,
  );
}

/** In the form in which addresses are kept. */
function parseDomain(text: string): string {
  try {
    return toMailDomain(parseAddress(`postmaster@${text.trim().replace(/^@/, '')}`));
  } catch (cause) {
    throw new PaperboyError('bad_usage', `--domain takes a domain, not "${text}".`, { cause });
  }
}

async function* toLines(found: AsyncIterable<ReaderDelivery[]>): AsyncGenerator<string> {
  let number = 0;
  for await (const batch of found) {
    number += batch.length;
    const lines = printableAll(batch).map((one) => `${one.email}  ${formatDelivery(one)}\n`);
    yield lines.join('');
  }
  yield number === 1 ? '1 delivery.\n' : `${number} deliveries.\n`;
}

/** One object on one line, however long. */
async function* toJson(found: AsyncIterable<ReaderDelivery[]>): AsyncGenerator<string> {
  let comma = '';
  yield '{"deliveries":[';
  for await (const batch of found) {
    const items = printableAll(batch).map((one) => JSON.stringify(toDeliveryJson(one)));
    yield `${comma}${items.join(',')}`;
    comma = ',';
  }
  yield ']}\n';
}

function toDeliveryJson(delivery: ReaderDelivery): Omit<ReaderDelivery, 'subscriberId'> {
  const { email, date, kind, state, dueAt, endedAt, attempts, route, reply } = delivery;
  return { email, date, kind, state, dueAt, endedAt, attempts, route, reply };
}

/** A delivery for people; its texts have to be printable already. */
export function formatDelivery(delivery: DeliveryView): string {
  const { date, kind, state, dueAt, endedAt, attempts, route, reply } = delivery;
  const facts = [
    `due ${iso(dueAt)}`,
    ...(endedAt === null ? [] : [`ended ${iso(endedAt)}`]),
    count(attempts, 'attempt'),
    ...(route === null ? [] : [`over ${route}`]),
  ];
  return `${date} ${kind}  ${state}  ${facts.join(', ')}${reply === null ? '' : `: ${reply}`}`;
}
