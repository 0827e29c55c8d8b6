import type { Command } from 'commander';
import { printable } from '../../base/printable.js';
import { readReason } from '../../editions/curation.js';
import { suppressByOperator } from '../../subscribers/suppress.js';
import type { Suppression } from '../../subscribers/suppression.js';
import { answer, type CliContext, withServices } from '../context.js';

interface Options {
  reason?: string;
  json?: boolean;
}

export function suppressCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('suppress')
    .description('never mail an address again, whether or not it is a subscriber’s')
    .argument('<email>')
    .option('--reason <text>', 'for "subscribers show"')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
Whoever asks for a subscription to it by the form gets the same answer as ever, and no mail. Only
"subscribers unsuppress" takes it back.`,
    )
    .action((email: string, options: Options) =>
      withServices(context, async ({ store, clock }) => {
        const reason = readReason(options.reason);
        const { suppression, added } = await store.atomically((stores) =>
          suppressByOperator({ ...stores, clock }, { email, reason }),
        );
        const told = { ...suppression, detail: printableOrNull(suppression.detail) };
        answer(options.json, { ...told, added }, sentence(told, added));
      }),
    );
}

function printableOrNull(text: string | null): string | null {
  return text === null ? null : printable(text);
}

function sentence({ email, reason, detail }: Suppression, added: boolean): string {
  if (added) return `${email} is suppressed.`;
  return `${email} was suppressed before (${reason}${detail === null ? '' : `: ${detail}`}).`;
}
