import type { Command } from 'commander';
import type { FastifyInstance } from 'fastify';
import type { Sender } from '../delivery/sending/sender.js';
import { prepareMails } from '../jobs/run-pictures.js';
import { loadWindows } from '../jobs/watch.js';
import { runWorker, type WorkDeps } from '../jobs/work.js';
import type { Services } from '../services.js';
import { loadSourceStates } from '../sources/source-states.js';
import { type CliContext, stopSignal, toJobDeps, withServices } from './context.js';
import { startInbound } from './inbound-in-thread.js';
import { closeOnStop, listen } from './listen.js';

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
stops at once. With METRICS_PORT set, it answers /metrics, /healthz and /readyz there.`,
    )
    .action(() =>
      withServices(context, async (services) => {
        const { logger, config } = services;
        // A fault in them is told now, not when the first mail is due.
        await services.templates();
        if (config.routes.length === 0) {
          logger.info(
            { event: 'embedded_inbox' },
            'no SMTP_URL is set: mail goes to the inbox of a "serve" on this machine',
          );
        }
        const running: Running = { sender: null };
        const app = await openStatus(services, running);
        try {
          const signal = stopSignal();
          const inbound = await startInbound(services, context, signal);
          process.stdout.write(`The worker ${services.name} is at work\n`);
          const onSender = (sender: Sender) => {
            running.sender = sender;
          };
          await runWorker(await buildWorkDeps(services), signal, onSender);
          await inbound.ended;
          if (app) await closeOnStop(app, services.timing, signal);
          logger.info({ event: 'stopped' }, 'stopped');
        } finally {
          await app?.close();
        }
      }),
    );
}

/** What is at work, for whoever asks how it is. */
interface Running {
  sender: Sender | null;
}

/**
 * Answers for this process where `METRICS_PORT` says.
 * @throws PaperboyError `port_taken`, `not_listening`
 */
async function openStatus(services: Services, running: Running): Promise<FastifyInstance | null> {
  const { config, store, clock, random, logger, templates, alarms } = services;
  const { metricsPort: port, host, metricsToken, trustProxy } = config;
  if (port === null) return null;
  const { Metrics } = await import('../jobs/metrics.js');
  const { buildStatusApp } = await import('../web/status-app.js');
  const sender = () => running.sender?.status ?? null;
  const sources = () => loadSourceStates(config.sources, store.sourceStates);
  const app = await buildStatusApp({
    ...{ logger, random, trustProxy },
    health: {
      ...{ sources, sender },
      checkReady: async () => {
        await store.ping();
        await templates();
      },
    },
    metrics: {
      metrics: new Metrics({
        ...{ status: store.status, clock, logger, sender, sources, alarms: alarms.open },
        windows: () => loadWindows(toJobDeps(services)),
      }),
      metricsToken,
    },
  });
  await listen(app, { host, port, setting: 'METRICS_PORT' });
  return app;
}

/** What a worker needs of the services. */
export async function buildWorkDeps(services: Services): Promise<WorkDeps> {
  const { config, name } = services;
  const { sourceDeadline, refreshVotesEvery, routes, database } = config;
  const { thumbnails, keepPictures } = config;
  const sources = await services.sources();
  return {
    ...toJobDeps(services),
    ...{ thumbnails, keepPictures, prepareMails: prepareMails(toJobDeps(services)) },
    ...{ holder: name, sources, sourceDeadline, refreshVotesEvery },
    sourceNames: config.sources,
    routeNames: routes.map((route) => route.name),
    storeFile: database.kind === 'sqlite' ? database.file : null,
  };
}
