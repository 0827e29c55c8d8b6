import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config/config.js';
import { listSettings, type ShownSetting } from '../config/settings.js';
import { examineAll, type Finding, type OutsideDeps } from '../jobs/doctor/doctor.js';
import { openWebLook } from '../jobs/doctor/web-look.js';
import { loadWindowsOfNow } from '../jobs/watch.js';
import { acceptSecretKey, type SecretKey } from '../subscribers/secret-key.js';
import { type CliContext, toJobDeps, withServices } from './context.js';
import { sendTestDigest } from './doctor-send-to.js';
import { answer } from './output.js';

interface Options {
  json?: boolean;
  acceptKey?: boolean;
  /** The name server to ask, or `true` for those of this machine. */
  dns?: string | true;
  sendTo?: string;
}

export function doctorCommand(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('check the settings, the store, each relay and each source, and say what is wrong')
    .option(
      '--dns [server]',
      'also look from outside: SPF, DKIM, DMARC, reverse DNS, PUBLIC_URL; asks that name server',
      parseNameServer,
    )
    .option('--send-to <address>', 'send the newest digest there instead, and say what to look for')
    .option(
      '--accept-key',
      'first make SECRET_KEY the key of the store: links of another stay dead',
    )
    .option('--json', 'answer with one JSON object')
    .action((options: Options) =>
      withServices(context, async (services) => {
        if (options.sendTo !== undefined) {
          context.exitCode = await sendTestDigest(services, options.sendTo, options.json);
          return;
        }
        const { config, store } = services;
        const key = await services.secretKey();
        if (options.acceptKey) await acceptSecretKey(store.settings, key);
        const findings = await examineAll(config, {
          ...{ store, sources: await services.sources(), today: services.today() },
          noticeLimits: services.noticeLimits,
          // Of no mail: there is none with this number.
          sender: (await services.returnPaths()).build('n', 0).from,
          isAnotherKey: key.isAnother && !options.acceptKey,
          windows: await loadWindowsOfNow(toJobDeps(services)),
          storeFile: config.database.kind === 'sqlite' ? config.database.file : null,
          ...{ timeServers: listTimeServers(config), look: openWebLook(config.proxy) },
          ...{ clock: services.clock, outside: toOutside(options, key) },
        });
        const settings = listSettings(context.environment);
        const lines = [...findings.flatMap(formatFinding), ...formatSettings(settings)];
        answer(options.json, { findings, settings }, lines.join('\n'));
        if (findings.some(({ ok }) => !ok)) context.exitCode = 1;
      }),
    );
}

/** `9.9.9.9`, `127.0.0.1:5353`, `[2620:fe::fe]:53`. */
function parseNameServer(text: string): string {
  const [, bare, port = '53'] = /^\[?([\da-f.:]+?)\]?(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = isIP(text) === 0 ? (bare ?? '') : text;
  if (isIP(host) === 0 || Number(port) > 65_535) {
    throw new InvalidArgumentError('It has to be the IP address of a name server, like 9.9.9.9.');
  }
  return isIP(text) === 6 ? `[${text}]:53` : text;
}

const QUERY = { timeout: 2_000, tries: 2 };

function toOutside({ dns }: Options, { secret }: SecretKey): OutsideDeps | null {
  if (dns === undefined) return null;
  const interfaces = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  return {
    openResolver: () => {
      const resolver = new Resolver(QUERY);
      if (dns !== true) resolver.setServers([dns]);
      return resolver;
    },
    interfaces: interfaces.map(({ address }) => address),
    secret,
  };
}

/** The sources are asked anyway. */
function listTimeServers({ sources, huggingFaceUrl, arxiv, feedUrls }: Config): URL[] {
  const urls = { huggingface: [huggingFaceUrl], arxiv: [arxiv.apiUrl], feed: feedUrls };
  return sources.flatMap((source) => urls[source]);
}

function formatFinding({ subject, ok, warns, told, remedy, record }: Finding): string[] {
  const word = warns ? 'warn' : 'ok  ';
  return [
    `${ok ? word : 'FAIL'}  ${subject}: ${told}`,
    ...(remedy === undefined ? [] : [`      do: ${remedy}`]),
    ...(record === undefined ? [] : [`      record: ${record}`]),
  ];
}

function formatSettings(settings: readonly ShownSetting[]): string[] {
  if (settings.length === 0) return ['All settings have their defaults.'];
  return ['Settings that differ from their defaults:', ...settings.map(formatSetting)];
}

function formatSetting({ name, value }: ShownSetting): string {
  return `  ${name}=${value}`;
}
