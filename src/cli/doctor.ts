import type { Command } from 'commander';
import type { Config } from '../config/config.js';
import { listSettings, type ShownSetting } from '../config/settings.js';
import { examineHolds, examineSources, type Finding } from '../jobs/doctor/doctor.js';
import { INBOX_URL } from '../jobs/inbox.js';
import { toEhloName } from '../mail/host-names.js';
import type { Services } from '../services.js';
import { answer, type CliContext, withServices } from './context.js';

export function doctorCommand(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('check the settings, the store, each relay and each source, and say what is wrong')
    .option('--json', 'answer with one JSON object')
    .action((options: { json?: boolean }) =>
      withServices(context, async (services) => {
        await services.store.ping();
        const findings: Finding[] = [
          // Without them the program would not have come so far.
          { subject: 'settings', ok: true, told: 'in order' },
          ...warningsIn(services.config),
          { subject: 'store', ok: true, told: 'answers' },
          ...(await relaysIn(services.config)),
          ...(await holdsIn(services)),
          ...(await examineSources(await services.sources(), services.today())),
        ];
        const settings = listSettings(context.environment);
        const lines = [...findings.map(formatFinding), ...formatSettings(settings)];
        answer(options.json, { findings, settings }, lines.join('\n'));
        if (findings.some(({ ok }) => !ok)) context.exitCode = 1;
      }),
    );
}

function warningsIn({ warnings }: Config): Finding[] {
  return warnings.map((warning) => ({
    ...{ subject: 'settings', ok: true, warns: true },
    told: warning.replace(/\.$/, ''),
  }));
}

async function holdsIn({ store, config }: Services): Promise<Finding[]> {
  const { holds } = await store.throttleStore.look();
  return examineHolds(
    holds.filter(({ route }) => config.routes.some(({ name }) => name === route)),
  );
}

async function relaysIn({ routes, mailFrom, publicUrl }: Config): Promise<Finding[]> {
  if (routes.length === 0) {
    const told = `no SMTP_URL is set: mail goes to the embedded inbox, ${INBOX_URL}`;
    return [{ subject: 'relay inbox', ok: true, told }];
  }
  const { examineRelays } = await import('../jobs/doctor/examine-relay.js');
  const heloName = toEhloName(publicUrl);
  return examineRelays(routes, { sender: mailFrom.address, heloName });
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
