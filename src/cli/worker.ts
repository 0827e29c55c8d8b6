import type { Command } from 'commander';
import { runWorker, type WorkDeps } from '../ops/work.js';
import type { Services } from '../services.js';
import { type CliContext, stopSignal, withServices } from './context.js';

export function workerCommand(program: Command, context: CliContext): void {
  program
    .command('worker')
    .description('schedule and sender without web pages')
    .addHelpText(
      'after',
      `
Start as many as you like, on as many machines as you like, when the store is on PostgreSQL; on
SQLite, beside "serve" on the same machine. They share the work: nothing is fetched, planned or
sent by two of them. Stop one with Ctrl-C: mails under way are finished first; a second Ctrl-C
stops at once.`,
    )
    .action(() =>
      withServices(context, async (services) => {
        const { logger, config } = services;
        // A fault in them is told now, not when the first mail is due.
        await services.templates();
        if (config.smtp === null) {
          logger.info('no SMTP_URL is set: mail goes to the inbox of a "serve" on this machine');
        }
        process.stdout.write(`The worker ${services.name} is at work\n`);
        await runWorker(await workOf(services), stopSignal());
        logger.info('stopped');
      }),
    );
}

/** What a worker needs of the services. */
export async function workOf({ config, store, name, ...services }: Services): Promise<WorkDeps> {
  return {
    ...services,
    ...store,
    holder: name,
    sources: await services.sources(),
    pickCron: config.pickCron,
    editionTimezone: config.editionTimezone,
    defaultTimezone: config.editionTimezone,
    freezeAfter: config.freezeAfter,
    sourceDeadline: config.sourceDeadline,
    observeEvery: config.observeEvery,
  };
}
