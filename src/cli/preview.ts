import type { Command } from 'commander';
import { parseDay } from '../base/day.js';
import { previewDigest } from '../digest/preview.js';
import { findSubscriber } from '../subscribers/find-subscriber.js';
import { type CliContext, toJobDeps, withServices } from './context.js';
import { answer, writeText } from './output.js';

interface Options {
  date?: string;
  out?: string;
  email?: string;
  weekly?: boolean;
  links?: boolean;
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
    .option('--links', 'with --email: put in the links of this subscriber, which work')
    .option('--json', 'answer with one JSON object')
    .action(({ date, weekly, email, links, out, json }: Options) =>
      withServices(context, async (services) => {
        const { store, config } = services;
        const { site } = config;
        const subscriber = email ? await findSubscriber(store.subscribers, email) : null;
        const messages = (await services.catalogues()).for(subscriber?.language ?? null);
        const made = { templates: await services.templates(), tokens: await services.tokens() };
        const preview = await previewDigest(
          { ...toJobDeps(services), ...made, site, messages },
          { day: date === undefined ? undefined : parseDay(date), weekly, subscriber, links },
        );
        const { subject, shown, html, text, size } = preview;
        const facts = { date: preview.date, subject, papers: shown, bytes: size };
        if (out === undefined) {
          answer(json, { ...facts, html, text }, html);
          return;
        }
        await writeText(out, html);
        await writeText(`${out.replace(/\.html?$/i, '')}.txt`, text);
        const kilobytes = (size / 1000).toFixed(1);
        const sentence = `"${subject}": ${shown} papers, ${kilobytes} KB as encoded, written to ${out}`;
        answer(json, { ...facts, out }, sentence);
      }),
    );
}
