import type { Command } from 'commander';
import type { FastifyInstance } from 'fastify';
import { PaperboyError } from '../base/errors.js';
import type { SenderStatus } from '../delivery/sending/sender-status.js';
import { ensureFirstEdition } from '../jobs/daily-run.js';
import { isReflectionToken } from '../jobs/doctor/reflection.js';
import { tellOfAttack } from '../jobs/form-watch.js';
import { INBOX_URL, startInbox } from '../jobs/inbox.js';
import { Metrics } from '../jobs/metrics.js';
import { keepRunning } from '../jobs/supervise.js';
import { loadWindows } from '../jobs/watch.js';
import type { Services } from '../services.js';
import { FIRST_START } from '../sources/open-sources.js';
import { loadSourceStates } from '../sources/source-states.js';
import {
  DisposableDomainsFile,
  NO_DISPOSABLE_DOMAINS,
} from '../subscribers/form/disposable-domains.js';
import { buildApp } from '../web/app.js';
import type { FormDeps, WebDeps } from '../web/web-deps.js';
import { type CliContext, stopSignal, toJobDeps, withServices } from './context.js';
import { startInbound } from './inbound-in-thread.js';
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
    const inbound = await startInbound(services, context, signal);
    opened.reach();
    await started;
    running.started = true;
    process.stdout.write(`Paperboy is at ${config.publicUrl}\n`);
    if (inbox) process.stdout.write(`Its mail goes to the inbox at ${INBOX_URL}\n`);
    await Promise.all([
      keepRunning('worker thread', () => work(context, running, signal), services, signal),
      closeOnStop(app, services.timing, signal),
      inbound.ended,
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
  services: Services,
  started: Promise<void>,
  running: Running,
): Promise<FastifyInstance> {
  const { config, store, clock, random, logger, tokens, templates, noticeLimits, alarms } =
    services;
  const sources = () => loadSourceStates(config.sources, store.sourceStates);
  const sender = () => running.sender;
  const { secret } = await services.secretKey();
  const app = await buildApp({
    store,
    ...{ site: config.site, logo: config.logo, catalogues: await services.catalogues() },
    pages: {
      defaultTimezone: config.editionTimezone,
      inboxUrl: config.routes.length === 0 ? INBOX_URL : null,
      keep: config.keep,
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
      metrics: new Metrics({
        ...{ status: store.status, clock, logger, sources, sender, alarms: alarms.open },
        windows: () => loadWindows(toJobDeps(services)),
      }),
      metricsToken: config.metricsToken,
    },
    ...{
      tokens: await tokens(),
      noticeLimits: await noticeLimits(),
      clock,
      random,
      logger,
      started,
    },
    form: await buildFormDeps(services),
    reflection: { isReflectionToken: (token) => isReflectionToken(secret, token, clock.now()) },
    freezeAfter: config.freezeAfter,
    showsPictures: config.thumbnails.pages,
    ...(await loadHooks(services)),
  });
  await listen(app, { host: config.host, port: config.port, setting: 'PORT' });
  return app;
}

/** The mail providers that report bounces here, if there are any. */
async function loadHooks(services: Services): Promise<Pick<WebDeps, 'hooks'>> {
  const { config, clock, random, logger } = services;
  if (Object.values(config.hooks).every((setting) => setting === null)) return {};
  const { openHooks } = await import('../web/hooks/open-hooks.js');
  const { get } = await import('../http/http-client.js');
  const { publicOnly } = await import('../http/address-guard.js');
  const http = {
    ...{ clock, random, logger, guard: publicOnly(undefined, config.proxy) },
    retryPolicy: { tries: 2, timeout: 5_000 },
  };
  const fetchText = async (url: URL) => {
    const { status, body } = await get(http, url, { accept: '*/*', maxBody: 64 * 1024 });
    if (status === 200) return body;
    throw new PaperboyError('source_failed', `${url.host} answered ${status}.`);
  };
  const providers = openHooks(config.hooks, { fetchText, clock, logger });
  return { hooks: { providers, inbound: await services.inbound() } };
}

/** What guards the form. */
async function buildFormDeps({
  config,
  clock,
  logger,
  alarms,
  secretKey,
}: Services): Promise<FormDeps> {
  const { formOrigins: origins, disposableDomains: file } = config;
  const { createProofs } = await import('../subscribers/form/proofs.js');
  return {
    origins,
    disposable:
      file === null
        ? NO_DISPOSABLE_DOMAINS
        : new DisposableDomainsFile(file, { clock, logger }).watch(),
    proofs: createProofs((await secretKey()).secrets),
    onAttack: tellOfAttack({ alarms, logger }),
  };
}
