import type { Command } from 'commander';
import { hasCode, PaperboyError, toErrorMessage } from '../base/errors.js';
import type { Received } from '../delivery/inbound/inbound.js';
import { readMails, STDIN } from './bounce-input.js';
import { type CliContext, withServices } from './context.js';
import { answer, complain } from './output.js';

interface Options {
  dryRun?: boolean;
  recipient: string[];
  json?: boolean;
}

/** EX_TEMPFAIL of sysexits: a mail server keeps the mail and tries again. */
const TRY_AGAIN = 75;

export function bounceCommand(program: Command, context: CliContext): void {
  program
    .command('bounce')
    .description(
      'read mails that have come back: bounces, complaints, and mails by which readers leave',
    )
    .argument('[files...]', 'mails, mboxes, or folders of mails; without any, standard input')
    .option('--dry-run', 'only tell what they are and what would follow')
    .option(
      '--recipient <address>',
      'to whom the mail was sent, where the mail server knows it; may be repeated',
      (address: string, all: string[]) => [...all, address],
      [],
    )
    .option('--json', 'answer with a JSON object on a line of its own for each mail and recipient')
    .addHelpText(
      'after',
      `
What is proven to be about a mail of ours is written down and acted on: the delivery is bounced, and
its address suppressed, by the rules of docs/BOUNCES.md. A forged bounce does nothing.
  $ paperboy bounce --dry-run bounces.mbox
  $ paperboy bounce ~/Maildir
As a pipe of Postfix, in master.cf:
  paperboy unix - n n - 4 pipe flags=Rq user=paperboy
    argv=/usr/local/bin/paperboy bounce --recipient=\${recipient}

Exit code ${TRY_AGAIN}, by which a mail server tries again, when the store can't take it, and for
anything that fails with standard input.`,
    )
    .action((files: string[], options: Options) => run(context, files, options));
}

async function run(context: CliContext, files: string[], options: Options): Promise<void> {
  const names = files.length === 0 ? [STDIN] : files;
  try {
    await withServices(context, async ({ inbound }) => {
      const service = await inbound();
      const { recipient: recipients, dryRun = false } = options;
      for await (const { file, octets } of readMails(names, process.stdin)) {
        const mail = { octets, via: 'command', recipients } as const;
        for (const one of await service.receive(mail, { dryRun })) tell(options.json, file, one);
      }
    });
  } catch (error) {
    // A mail server that pipes a mail takes any other failure for final, and the bounce would be lost.
    const mayWait = hasCode(error, 'store_') || hasCode(error, 'mail_under_way');
    if (!mayWait && !names.includes(STDIN)) throw error;
    complain(error instanceof PaperboyError ? error.message : toErrorMessage(error));
    context.exitCode = TRY_AGAIN;
  }
}

function tell(json: boolean | undefined, file: string, received: Received): void {
  const { kind, recipient, status, action } = received;
  const facts = [kind, recipient, status].filter(Boolean).join(' ');
  answer(json, { file, kind, recipient, status, action }, `${file}: ${facts}: ${action}`);
}
