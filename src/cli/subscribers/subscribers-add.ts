import type { Command } from 'commander';
import { buildConfirmWords } from '../../delivery/notice-words.js';
import { TOPICS } from '../../interests/topics.js';
import { parseAddress } from '../../subscribers/address.js';
import { importSubscriber } from '../../subscribers/import.js';
import { unwrapAddress } from '../../subscribers/pasted-address.js';
import { FREQUENCIES, LENGTHS, type RawPreferences } from '../../subscribers/preferences.js';
import { type CliContext, withServices } from '../context.js';
import { answer } from '../output.js';

type Options = RawPreferences & { confirmed?: boolean; json?: boolean };

export function addCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('add')
    .description('add one address; its owner is asked to confirm unless --confirmed says they have')
    .argument('<email>')
    .option('--confirmed', 'its owner has agreed already: make it active, without a mail')
    .option('--language <code>', 'what their mails are written in, like de or pt-BR')
    .option('--timezone <zone>', 'where they live, like Europe/Vienna')
    .option('--hour <hour>', 'when they want it, 0 to 23')
    .option('--frequency <frequency>', FREQUENCIES.join(', '))
    .option('--weekday <day>', 'the day of a weekly digest, monday without it')
    .option('--length <papers>', `papers in a digest at most: ${LENGTHS.join(', ')}`)
    .option(
      '--topics <list>',
      `between commas: ${TOPICS.map(({ slug }) => slug).join(', ')}, or others`,
    )
    .option('--keywords <list>', 'words to look for in papers, between commas')
    .option('--authors <list>', 'full names of authors to follow, between semicolons')
    .option('--organisations <list>', 'organisations to follow, between semicolons')
    .option('--json', 'answer with one JSON object')
    .action((email: string, { confirmed = false, json, ...preferences }: Options) =>
      withServices(context, async ({ config, store, clock, catalogues }) => {
        const { site: words, codes: languages } = await catalogues();
        const shown = buildConfirmWords(config.site, words);
        const result = await store.atomically((stores) =>
          importSubscriber(
            { ...stores, clock, languages },
            { email, ...preferences },
            { confirmed, via: 'command', shown },
          ),
        );
        const subscriber = await store.subscribers.findByEmail(parseAddress(unwrapAddress(email)));
        // Of somebody who has left long ago nothing is known but that.
        const state = subscriber?.state ?? 'unsubscribed';
        answer(
          json,
          { email: subscriber?.email ?? email, state, result },
          result === 'known'
            ? `${email} is known already; it is ${state}.`
            : confirmed
              ? `${email} is active.`
              : `${email} is pending; a mail asks its owner to confirm.`,
        );
      }),
    );
}
