import type { Command } from 'commander';
import type { FastifyInstance } from 'fastify';
import { PaperboyError } from '../base/errors.js';
import type { SenderStatus } from '../delivery/sending/sender-status.js';
import { ensureFirstEdition } from '../jobs/daily-run.js';
import { isReflectionToken } from '../jobs/doctor/reflection.js';
import { INBOX_URL, startInbox } from '../jobs/inbox.js';
import { Metrics } from '../jobs/metrics.js';
import { keepRunning } from '../jobs/supervise.js';
import type { Services } from '../services.js';
import { FIRST_START } from '../sources/open-sources.js';
import { loadSourceStates } from '../sources/source-states.js';
import { buildApp } from '../web/app.js';
import { type CliContext, stopSignal, withServices } from './context.js';
import { closeOnStop, listen } from './listen.js';
import { workInThread } from './work-in-thread.js';

const WAITING = 'The first edition is being prepared.';

export function serveCommand(program: Command, context: CliContext): void {
  program
    .command('serve')
    .description('web pages, schedule and sender in one process (also "npm start")')
    .addHelpText(
      'after',
      `
Without SMTP_URL, mail goes to an embedded inbox that shows itself at ${INBOX_URL}.
Stop it with Ctrl-C: mails under way are finished first; a second Ctrl-C stops at once.`,
    )
    .action(() => withServices(context, (services) => serve(services, context, stopSignal())));
}

async function serve(services: Services, context: CliContext, signal: AbortSignal): Promise<void> {
  const { config, store, clock, logger, today } = services;
  await services.templates();
  const sources = await services.sources(FIRST_START);
  const inbox = config.routes.length === 0 ? await startInbox(logger) : null;
  const running: Running = { started: false, sender: null };
  const opened = deferred();
  // Not before the pages are open: a port that is taken must leave nothing half done behind.
  const started = opened.reached.then(() =>
    ensureFirstEdition(
      { ...store, sources, clock, logger, today, ranking: config.ranking },
      signal,
    ),
  );
  let app: FastifyInstance | undefined;
  try {
    app = await openPages(services, started, running);
    opened.reach();
    await started;
    running.started = true;
    process.stdout.write(`Paperboy is at ${config.publicUrl}\n`);
    if (inbox) process.stdout.write(`Its mail goes to the inbox at ${INBOX_URL}\n`);
    await Promise.all([
      keepRunning('worker thread', () => work(context, running, signal), services, signal),
      closeOnStop(app, services.timing, signal),
    ]);
    logger.info({ event: 'stopped' }, 'stopped');
  } finally {
    await app?.close();
    await inbox?.close();
  }
}

/** A moment that others can wait for. */
function deferred(): { reached: Promise<void>; reach(): void } {
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  return { reached, reach };
}

/** What is at work, for the pages that tell how it is. */
interface Running {
  started: boolean;
  /** How the sender is, `null` while there is none. */
  sender: SenderStatus | null;
}

function work(
  { environment, timing }: CliContext,
  running: Running,
  signal: AbortSignal,
): Promise<void> {
  return workInThread({ environment, timing }, signal, (status) => {
    running.sender = status;
  }).finally(() => {
    running.sender = null;
  });
}

/** @throws PaperboyError `port_taken` */
async function openPages(
  { config, store, clock, random, logger, tokens, templates, secretKey }: Services,
  started: Promise<void>,
  running: Running,
): Promise<FastifyInstance> {
  const sources = () => loadSourceStates(config.sources, store.sourceStates);
  const sender = () => running.sender;
  const { secret } = await secretKey();
  const app = await buildApp({
    store,
    site: {
      publicUrl: config.publicUrl,
      editedBy: config.editedBy,
      defaultTimezone: config.editionTimezone,
      inboxUrl: config.routes.length === 0 ? INBOX_URL : null,
    },
    server: { trustProxy: config.trustProxy },
    health: {
      ...{ sender, sources },
      checkReady: async () => {
        if (!running.started) throw new PaperboyError('starting', WAITING);
        await store.ping();
        await templates();
      },
    },
    metrics: {
      metrics: new Metrics({ status: store.status, clock, logger, sources, sender }),
      metricsToken: config.metricsToken,
    },
    reflection: { isReflectionToken: (token) => isReflectionToken(secret, token, clock.now()) },
    ...{ tokens: await tokens(), clock, random, logger, started },
    freezeAfter: config.freezeAfter,
  });
  await listen(app, { host: config.host, port: config.port, setting: 'PORT' });
  return app;
}
