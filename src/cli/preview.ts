import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parseDay } from '../base/day.js';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import { Cards } from '../digest/cards.js';
import { renderDigest } from '../digest/digest.js';
import type { FullEdition } from '../editions/edition.js';
import { bestOfWeek } from '../editions/pick.js';
import { Selector } from '../interests/selection.js';
import { placeholderMarks, toCompiledSize } from '../mail/mime.js';
import type { Services } from '../services.js';
import { DEFAULT_PREFERENCES } from '../subscribers/preferences.js';
import type { Subscriber } from '../subscribers/subscriber.js';
import { answer, type CliContext, withServices } from './context.js';
import { findEdition } from './send.js';
import { findSubscriber } from './subscribers/subscribers-show.js';

interface Options {
  date?: string;
  out?: string;
  email?: string;
  weekly?: boolean;
  json?: boolean;
}

export function previewCommand(program: Command, context: CliContext): void {
  program
    .command('preview')
    .description('show the digest as it would go out')
    .option('--date <day>', 'YYYY-MM-DD; without it, the newest edition')
    .option('--weekly', 'the best of the seven days that end on that day, or today')
    .option('--out <file>', 'write the HTML there, and the text beside it as .txt')
    .option('--email <address>', 'as this subscriber would get it')
    .option('--json', 'answer with one JSON object')
    .action((options: Options) =>
      withServices(context, async (services) => {
        const { digest, date } = await previewDigest(services, options);
        const { subject, shown, html, text } = digest;
        const size = toCompiledSize(digest.compiled);
        const facts = { date, subject, papers: shown, bytes: size };
        if (options.out === undefined) {
          answer(options.json, { ...facts, html, text }, html);
          return;
        }
        await write(options.out, html);
        await write(`${options.out.replace(/\.html?$/i, '')}.txt`, text);
        const kilobytes = (size / 1000).toFixed(1);
        answer(
          options.json,
          { ...facts, out: options.out },
          `"${subject}": ${shown} papers, ${kilobytes} KB as encoded, written to ${options.out}`,
        );
      }),
    );
}

async function previewDigest(services: Services, options: Options) {
  const { store, config } = services;
  const subscriber = options.email ? await findSubscriber(services, options.email) : null;
  const weekly = options.weekly ?? subscriber?.frequency === 'weekly';
  const edition = weekly
    ? await findWeek(services, options.date)
    : await store.editions.withPapers(await findEdition(services, options.date));
  if (edition.count === 0) {
    const what = weekly ? 'The week to' : 'The edition of';
    throw new PaperboyError('no_papers', `${what} ${edition.date} has no papers.`);
  }
  const selection = new Selector(edition).select(subscriber ?? DEFAULT_PREFERENCES);
  const templates = await services.templates();
  const { publicUrl, editedBy } = config;
  const deps = { templates, publicUrl, editedBy };
  const digest = renderDigest(deps, new Cards(edition, templates), selection, null);
  const fill = await linkFiller(services, subscriber);
  return {
    date: edition.date,
    digest: { ...digest, html: fill(digest.html), text: fill(digest.text) },
  };
}

/** The weekly edition, or what it would be if it were made now. */
async function findWeek(
  { store, today, clock, logger, config }: Services,
  date?: string,
): Promise<FullEdition> {
  const day = date === undefined ? today() : parseDay(date);
  const made = await store.editions.find(day, 'weekly');
  if (made) return store.editions.withPapers(made);
  const papers = await bestOfWeek({ ...store, logger, ranking: config.ranking }, day);
  return {
    id: 0,
    kind: 'weekly',
    date: day,
    state: 'draft',
    pickedAt: clock.now(),
    frozenAt: null,
    sendAt: null,
    count: papers.length,
    note: null,
    changedAt: clock.now(),
    papers,
  };
}

/** Puts the reader's own links in, or the front page where nobody is meant. */
async function linkFiller(services: Services, subscriber: Subscriber | null) {
  const { publicUrl } = services.config;
  const tokens = await services.tokens();
  const unsubscribe = subscriber ? `/unsubscribe/${tokens.unsubscribe(subscriber.id)}` : '/';
  const preferences = subscriber ? `/preferences/${tokens.preferences(subscriber.id)}` : '/';
  return (body: string) =>
    body
      .replaceAll(placeholderMarks.unsubscribe, publicUrl + unsubscribe)
      .replaceAll(placeholderMarks.preferences, publicUrl + preferences);
}

async function write(file: string, content: string): Promise<void> {
  try {
    await writeFile(file, content);
  } catch (cause) {
    throw new PaperboyError('not_written', `${file} can't be written: ${toErrorMessage(cause)}.`, {
      cause,
    });
  }
}
