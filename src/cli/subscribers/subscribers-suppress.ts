import type { Command } from 'commander';
import { printable } from '../../base/printable.js';
import { buildConfirmWords } from '../../delivery/notice-words.js';
import { readReason } from '../../editions/curation.js';
import { suppressByOperator, type Unsuppressed, unsuppress } from '../../subscribers/suppress.js';
import type { Suppression } from '../../subscribers/suppression.js';
import { type CliContext, withServices } from '../context.js';
import { answer } from '../output.js';

interface SuppressOptions {
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
    .action((email: string, options: SuppressOptions) =>
      withServices(context, async ({ store, clock }) => {
        const reason = readReason(options.reason);
        const { suppression, added } = await store.atomically((stores) =>
          suppressByOperator({ ...stores, clock }, { email, reason }),
        );
        const { detail } = suppression;
        const shown = { ...suppression, detail: detail === null ? null : printable(detail) };
        answer(options.json, { ...shown, added }, suppressedSentence(shown, added));
      }),
    );
}

function suppressedSentence({ email, reason, detail }: Suppression, added: boolean): string {
  if (added) return `${email} is suppressed.`;
  return `${email} was suppressed before (${reason}${detail === null ? '' : `: ${detail}`}).`;
}

type UnsuppressOptions = SuppressOptions & { confirmed?: boolean };

export function unsuppressCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('unsuppress')
    .description('take a suppression back; the subscriber is asked to confirm')
    .argument('<email>')
    .option('--reason <text>', 'for "subscribers show"')
    .option('--confirmed', 'its owner has agreed already: make it active, without a mail')
    .option('--json', 'answer with one JSON object')
    .action((email: string, { confirmed = false, json, ...options }: UnsuppressOptions) =>
      withServices(context, async ({ config, store, clock, catalogues }) => {
        const reason = readReason(options.reason);
        const { site: words, codes: languages } = await catalogues();
        const shown = buildConfirmWords(config.site, words);
        const result = await store.atomically((stores) =>
          unsuppress({ ...stores, clock, languages }, { email, reason }, { confirmed, shown }),
        );
        const told = `${result.email} is no longer suppressed; ${nextStep(result)}`;
        answer(json, result, [told, ...formatOthers(result)].join('\n'));
      }),
    );
}

/** What became of other spellings of the address, which lead to the same mailbox. */
function formatOthers({ others, left }: Unsuppressed): string[] {
  const list = others.map(({ email, reason }) => `${email ?? 'an erased address'} (${reason})`);
  const lifted = `Of the same mailbox this was lifted too: ${list.join(', ')}.`;
  const still = `Another spelling of the address is still suppressed (${left.join(', ')}), so nobody can have a confirmation sent to this mailbox. The same command again lifts that too.`;
  return [...(others.length > 0 ? [lifted] : []), ...(left.length > 0 ? [still] : [])];
}

function nextStep({ state, asked, left }: Unsuppressed): string {
  if (state === null) return 'it is not a subscriber.';
  if (asked) return 'a mail asks its owner to confirm.';
  if (state === 'pending' && left.length > 0) return 'it is pending, and no mail follows.';
  if (state === 'pending') {
    return 'it is pending, and has had as many notices as it may get in a day, so none follows.';
  }
  return state === 'unsubscribed'
    ? 'its owner had unsubscribed before, so no mail follows.'
    : `it is ${state}.`;
}
