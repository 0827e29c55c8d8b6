import type { Command } from 'commander';
import { examineSources, type Finding } from '../ops/doctor.js';
import { answer, type CliContext, withServices } from './context.js';

export function doctorCommand(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('check the settings, the store and each source, and say what is wrong')
    .option('--json', 'answer with one JSON object')
    .action((options: { json?: boolean }) =>
      withServices(context, async (services) => {
        await services.store.ping();
        const findings: Finding[] = [
          // Without them the program would not have come so far.
          { subject: 'settings', ok: true, told: 'in order' },
          { subject: 'store', ok: true, told: 'answers' },
          ...(await examineSources(await services.sources(), services.today())),
        ];
        answer(options.json, { findings }, findings.map(sentenceOf).join('\n'));
        if (findings.some(({ ok }) => !ok)) context.exitCode = 1;
      }),
    );
}

function sentenceOf({ subject, ok, told }: Finding): string {
  return `${ok ? 'ok  ' : 'FAIL'}  ${subject}: ${told}`;
}
