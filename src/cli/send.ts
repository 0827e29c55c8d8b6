import type { Command } from 'commander';
import { type Day, parseDay } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import type { DeliveryCounts } from '../delivery/delivery.js';
import { planRefusedAgain } from '../delivery/planning/plan.js';
import { isWeeklyRead } from '../delivery/planning/weekly.js';
import { toHeldJson } from '../delivery/sending/sender-status.js';
import type { Edition } from '../editions/edition.js';
import { PickTimes } from '../jobs/pick-times.js';
import { inAll, type SendReport, sendEdition } from '../jobs/send.js';
import { makeWeekly } from '../jobs/weekly-run.js';
import type { Services } from '../services.js';
import { answer, type CliContext, count, progress, stopSignal, withServices } from './context.js';
import { editionsOfDay, noEdition } from './edition/day-editions.js';

/** Throttled domains that a sentence can name and still be read. */
const MOST_DOMAINS = 5;

interface Options {
  date?: string;
  now?: boolean;
  again?: string;
  json?: boolean;
}

export function sendCommand(program: Command, context: CliContext): void {
  program
    .command('send')
    .description('plan the edition of a day and deliver it to all that are due')
    .option('--date <day>', 'YYYY-MM-DD; without it, the newest edition, and the week to this day')
    .option('--now', 'to everybody at once, whatever their hour and the age of the edition')
    .option('--again <outcome>', '"refused": what servers refused, and nothing else')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
Readers of weekly digests get the best of the seven days that end on that day, if it is their turn;
the counts are those of both editions.

Waits up to two minutes for mails that are to be tried again. Sending the same edition again is
safe: nobody gets it twice. Exit code 1 when something is left that is due.

With --again refused, what was refused of the daily and the weekly edition of that day is planned once
more, due at once, where the address may still be mailed: for when it was your server or your settings
that were at fault.`,
    )
    .action((options: Options) =>
      withServices(context, async (services) => {
        const { editions, again } = await editionsToSend(services, options);
        const report = await send(services, editions, options);
        const told = again === null ? '' : `${again} planned again. `;
        answer(
          options.json,
          { ...sendAnswer(report), ...(again !== null && { again }) },
          `${told}${sendSentence(report)}`,
        );
        context.exitCode = report.open > 0 ? 1 : 0;
        if (report.open > 0) process.stderr.write(`paperboy: ${leftSentence(report)}\n`);
      }),
    );
}

/** What is to be sent, and how much of it was planned again, where that was asked for. */
async function editionsToSend(
  services: Services,
  options: Options,
): Promise<{ editions: (Edition | null)[]; again: number | null }> {
  if (options.again === undefined) {
    const day = options.date === undefined ? undefined : parseDay(options.date);
    const editions = [await findDaily(services, day), await findWeekly(services, day, options)];
    if (editions.every((edition) => edition === null)) throw noEdition(day);
    return { editions, again: null };
  }
  if (options.again !== 'refused') {
    throw new PaperboyError('bad_usage', `--again takes "refused", not "${options.again}".`);
  }
  const editions = await editionsOfDay(services, options.date);
  let again = 0;
  for (const edition of editions) {
    again += await planRefusedAgain({ ...services.store, logger: services.logger }, edition);
  }
  return { editions, again };
}

/** Sends editions one after another, showing how far it is where a terminal watches. */
export async function send(
  services: Services,
  editions: readonly (Edition | null)[],
  options: Pick<Options, 'now' | 'again' | 'json'>,
): Promise<SendReport> {
  const { store, clock, logger, config } = services;
  const show = progress(options.json);
  const signal = stopSignal();
  const reports: SendReport[] = [];
  for (const edition of editions) {
    if (edition === null) continue;
    const report = await sendEdition(
      {
        editions: store.editions,
        ledger: store.ledger,
        atomically: store.atomically,
        clock,
        logger,
        defaultTimezone: config.editionTimezone,
        freezeAfter: config.freezeAfter,
        sender: services.sender,
      },
      edition,
      {
        now: options.now ?? false,
        onlyPlanned: options.again !== undefined,
        signal,
        ...toPlanTimes(edition, config),
        ...(show && { onProgress: (counts) => show(progressText(counts)) }),
      },
    );
    reports.push(report);
  }
  show?.('');
  return inAll(reports);
}

/** What the schedule says of an edition: what a weekly one serves, and when it was to be ready. */
function toPlanTimes({ kind, date, sendAt }: Edition, config: Services['config']) {
  const times = new PickTimes(config);
  return {
    ...(kind === 'weekly' && { window: times.weeklyWindow(date) }),
    ...(sendAt !== null && { readyAt: times.readyAt(sendAt) }),
  };
}

/** The edition of a day, or the newest one. */
async function findDaily({ store }: Services, day: Day | undefined): Promise<Edition | null> {
  if (day !== undefined) return store.editions.find(day);
  const newest = await store.editions.newest();
  return newest?.kind === 'sample' ? null : newest;
}

/**
 * The weekly edition that ends on a day, or today, made if there is anybody whom it is for.
 * @param refresh brings the votes of the week up to date
 */
export async function findWeekly(
  { store, clock, logger, config, today }: Services,
  day: Day = today(),
  { now = false }: Pick<Options, 'now'>,
  refresh?: (day: Day) => Promise<void>,
): Promise<Edition | null> {
  const { editionTimezone: defaultTimezone, ranking } = config;
  const deps = { ...store, clock, logger, defaultTimezone, ranking };
  if (!(await isWeeklyRead(store.ledger))) return null;
  const window = new PickTimes(config).weeklyWindow(day);
  return makeWeekly(deps, day, { window, now, ...(refresh && { refresh: () => refresh(day) }) });
}

export async function findEdition({ store }: Services, date?: string): Promise<Edition> {
  const day = date === undefined ? undefined : parseDay(date);
  const edition =
    day === undefined ? await store.editions.newest() : await store.editions.find(day);
  if (edition) return edition;
  throw noEdition(day);
}

/** The edition's counts, what is held, and what is throttled, if anything. */
export function sendAnswer({ counts: states, held, throttled }: SendReport): object {
  const counts = { ...states, held: toHeldJson(held) };
  if (throttled.length === 0) return counts;
  const domains = throttled.map(({ domain, rate, pausedUntil }) => {
    const until = pausedUntil === null ? null : new Date(pausedUntil).toISOString();
    return [domain, { rate, until }];
  });
  return { ...counts, throttled: Object.fromEntries(domains) };
}

export function sendSentence({ counts, throttled, draftUntil }: SendReport): string {
  if (draftUntil !== null) {
    return `The edition is a draft until ${new Date(draftUntil).toISOString()}; --now sends it at once.`;
  }
  const parts = Object.entries(counts).filter(([, number]) => number > 0);
  if (parts.length === 0) return 'There is nobody to send it to.';
  return `${parts.map(([state, number]) => `${number} ${state}`).join(', ')}.${throttledSentence(throttled)}`;
}

/** Names the slowest of them. */
function throttledSentence(throttled: SendReport['throttled']): string {
  if (throttled.length === 0) return '';
  const slowest = [...throttled].sort((a, b) => a.rate - b.rate).slice(0, MOST_DOMAINS);
  const named = slowest.map(({ domain, rate }) => `${domain} (${rate} a second)`);
  if (throttled.length > MOST_DOMAINS) named.push(`${throttled.length - MOST_DOMAINS} more`);
  return ` Slowed, since they asked for fewer mails: ${named.join(', ')}.`;
}

export function leftSentence({ open, trouble, held, capReached }: SendReport): string {
  const left = `${count(open, 'delivery').replace('deliverys', 'deliveries')} ${open === 1 ? 'is' : 'are'} left`;
  if (capReached !== null) {
    const { cap, day } = capReached;
    return `${left}, since the cap of ${count(cap, 'mail')} for ${day} is used up; run it again the next day, or leave it to "paperboy serve".`;
  }
  if (held !== null) {
    const next = new Date(held.next).toISOString();
    return `${left}. ${held.reason} It said: ${held.reply}. Mend it and run it again, or leave it to "paperboy serve", which asks again by itself, next at ${next}.`;
  }
  const why = trouble === null ? '' : ` (${trouble})`;
  return `${left}${why}; run it again, or leave it to "paperboy serve".`;
}

function progressText(counts: DeliveryCounts): string {
  const all = Object.values(counts).reduce((sum, number) => sum + number, 0);
  return `${counts.accepted} of ${all} accepted, ${counts.planned} to go`;
}
