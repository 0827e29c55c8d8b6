import type { Command } from 'commander';
import { findSubscriber } from '../../subscribers/find-subscriber.js';
import { renewLinks } from '../../subscribers/renew-links.js';
import { type CliContext, withServices } from '../context.js';
import { answer } from '../output.js';

export function renewLinksCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('renew-links')
    .description('make the links worthless that one reader was sent, and mail them new ones')
    .argument('<email>')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
For when somebody else has them, as from a forwarded digest. The links of all others go on working.
An old link still leaves where a mail program asks for it (RFC 8058); its page offers to mail a fresh
one to the address.`,
    )
    .action((text: string, { json }: { json?: boolean }) =>
      withServices(context, async ({ store, clock, catalogues }) => {
        const { codes: languages } = await catalogues();
        const subscriber = await findSubscriber(store.subscribers, text);
        const { email, state } = subscriber;
        const mailed = await store.atomically((stores) =>
          renewLinks({ ...stores, clock, languages }, subscriber),
        );
        answer(json, { email, state, renewed: true, mailed }, sentence(email, mailed));
      }),
    );
}

function sentence(email: string, mailed: boolean): string {
  const renewed = `The links of ${email} are renewed;`;
  return mailed
    ? `${renewed} a mail takes the new ones there.`
    : `${renewed} no mail follows: it gets no digests, or has had as many notices as it may get in a day.`;
}
