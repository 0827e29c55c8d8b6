import type { Command } from 'commander';
import { listSettings, type ShownSetting } from '../config/settings.js';
import { examineAll, type Finding } from '../jobs/doctor/doctor.js';
import { loadWindowsOfNow } from '../jobs/watch.js';
import { acceptSecretKey } from '../subscribers/secret-key.js';
import { type CliContext, toJobDeps, withServices } from './context.js';
import { answer } from './output.js';

export function doctorCommand(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('check the settings, the store, each relay and each source, and say what is wrong')
    .option(
      '--accept-key',
      'first make SECRET_KEY the key of the store: links of another stay dead',
    )
    .option('--json', 'answer with one JSON object')
    .action((options: { json?: boolean; acceptKey?: boolean }) =>
      withServices(context, async (services) => {
        const { config, store, secretKey, sources, today, returnPaths } = services;
        const key = await secretKey();
        if (options.acceptKey) await acceptSecretKey(store.settings, key);
        const deps = {
          ...{ store, sources: await sources(), today: today() },
          // Of no mail: there is none with this number.
          sender: (await returnPaths()).build('n', 0).from,
          isAnotherKey: key.isAnother && !options.acceptKey,
          windows: await loadWindowsOfNow(toJobDeps(services)),
          storeFile: config.database.kind === 'sqlite' ? config.database.file : null,
        };
        const findings = await examineAll(config, deps);
        const settings = listSettings(context.environment);
        const lines = [...findings.map(formatFinding), ...formatSettings(settings)];
        answer(options.json, { findings, settings }, lines.join('\n'));
        if (findings.some(({ ok }) => !ok)) context.exitCode = 1;
      }),
    );
}

function formatFinding({ subject, ok, warns, told }: Finding): string {
  const word = warns ? 'warn' : 'ok  ';
  return `${ok ? word : 'FAIL'}  ${subject}: ${told}`;
}

function formatSettings(settings: readonly ShownSetting[]): string[] {
  if (settings.length === 0) return ['All settings have their defaults.'];
  return ['Settings that differ from their defaults:', ...settings.map(formatSetting)];
}

function formatSetting({ name, value }: ShownSetting): string {
  return `  ${name}=${value}`;
}
