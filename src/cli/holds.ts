import type { Command } from 'commander';
import { PaperboyError } from '../base/errors.js';
import { NAMED_GROUPS, toDomainGroup } from '../delivery/rates/domain-groups.js';
import { RESUMED_FOR, resumeGroup } from '../delivery/rates/pauses.js';
import type { Hold } from '../delivery/sending/holds.js';
import { formatHeld, toHeldStatus } from '../delivery/sending/sender-status.js';
import { toMailDomain } from '../delivery/throttle/rate-limits.js';
import { hideAddresses } from '../mail/replies/secrets.js';
import { parseAddress } from '../subscribers/address.js';
import { type CliContext, withServices } from './context.js';
import { answer, iso } from './output.js';

interface Options {
  json?: boolean;
}

export function holdsCommand(program: Command, context: CliContext): void {
  const holds = program.command('holds').description('what keeps mails waiting, and its end');
  holds
    .command('list', { isDefault: true })
    .description('holds of routes and domains, and pauses of groups of domains')
    .option('--json', 'answer with one JSON object')
    .action((options: Options) => listHolds(context, options));
  holds
    .command('lift')
    .description('let digests to a group of domains go on that are paused')
    .argument('<group>', 'its name in "holds list", or one of its domains')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
Digests to a group are paused when too many of its readers report them as spam, or too many of its
mailboxes do not exist. They go on by themselves when the rate has fallen. Lifted, they go on at
once, and no pause of the group begins for a day.

A hold of a route or of a domain is lifted by the next mail that is accepted, and by nothing else:
fix the cause, then restart the sender or run "send", and it tries at once.

Names of groups: ${NAMED_GROUPS.join(', ')}; any other domain is a group by itself.`,
    )
    .action((name: string, options: Options) => liftPause(context, name, options));
}

function listHolds(context: CliContext, { json }: Options): Promise<void> {
  return withServices(context, async ({ store }) => {
    const { holds } = await store.throttleStore.look();
    const resumed = [...(await store.pauses.resumed())];
    const object = {
      holds: holds.map(toHoldJson),
      resumed: resumed.map(([group, until]) => ({ group, until: iso(until) })),
    };
    const lines = [
      ...holds.map(formatLine),
      ...resumed.map(([group, until]) => `No pause of ${group} begins before ${iso(until)}.`),
    ];
    answer(json, object, lines.length === 0 ? 'Nothing is held or paused.' : lines.join('\n'));
  });
}

function liftPause(context: CliContext, name: string, { json }: Options): Promise<void> {
  return withServices(context, async ({ store: { pauses }, alarms, clock, logger }) => {
    const group = parseGroup(name);
    const wasPaused = await resumeGroup({ pauses, alarms, logger }, group);
    const until = iso(clock.now() + RESUMED_FOR);
    const did = wasPaused ? `Digests to ${group} go on` : `Digests to ${group} were not paused`;
    answer(json, { group, wasPaused, until }, `${did}; no pause of it begins before ${until}.`);
  });
}

/** @throws PaperboyError `bad_usage` */
function parseGroup(text: string): string {
  const name = text.trim().toLowerCase().replace(/^@/, '');
  if (NAMED_GROUPS.includes(name)) return name;
  try {
    return toDomainGroup(toMailDomain(parseAddress(`postmaster@${name}`)));
  } catch (cause) {
    const sentence = `"${text}" is neither a domain nor one of ${NAMED_GROUPS.join(', ')}.`;
    throw new PaperboyError('bad_usage', sentence, { cause });
  }
}

function toHoldJson(hold: Hold): object {
  const { route, domain, code, since, nextAt } = hold;
  const { reason, reply } = toHeldStatus(hold);
  return {
    ...{ route, domain, code, reason, reply: hideAddresses(reply) },
    ...{ since: iso(since), next: iso(nextAt) },
  };
}

function formatLine(hold: Hold): string {
  const held = formatHeld(toHeldStatus(hold));
  return `${hideAddresses(held)}, since ${iso(hold.since)}, next at ${iso(hold.nextAt)}`;
}
