import type { Command } from 'commander';
import { printableAll, printableLines } from '../../base/printable.js';
import { loadSubscriberRecord, type SubscriberRecord } from '../../delivery/delivery-view.js';
import type { ReportView } from '../../delivery/inbound/report-store.js';
import { findSubscriber } from '../../subscribers/find-subscriber.js';
import type { Consent } from '../../subscribers/subscriber.js';
import type { SuppressionEvent } from '../../subscribers/suppression.js';
import { type CliContext, withServices } from '../context.js';
import { formatDelivery } from '../deliveries.js';
import { answer, iso } from '../output.js';

export function subscriberShowCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('show')
    .description('one address: its state, preferences, consents, suppressions and last deliveries')
    .argument('<email>')
    .option('--json', 'answer with one JSON object')
    .action((email: string, options: { json?: boolean }) =>
      withServices(context, async ({ store }) => {
        const found = await findSubscriber(store.subscribers, email);
        // Servers, clients and whoever filled in the form said some of it.
        const known = await loadSubscriberRecord(store, found);
        const record = { ...printableAll(known), consents: known.consents.map(toPrintable) };
        const { subscriber, ...rest } = record;
        answer(options.json, { ...subscriber, ...rest }, formatRecord(record).join('\n'));
      }),
    );
}

function formatRecord(record: SubscriberRecord): string[] {
  const { subscriber, consents, suppression, suppressionEvents, deliveries, reports } = record;
  const facts = Object.entries(subscriber).map(
    ([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : (value ?? '-')}`,
  );
  const history = consents.flatMap(({ at, event, via, ip, wording, shown }) => [
    `${iso(at)} ${event} (${via}${ip ? `, ${ip}` : ''})`,
    ...toQuote(shown ?? wording),
  ]);
  const events = suppressionEvents.map(
    ({ at, event, reason, detail }) => `${iso(at)} ${EVENTS[event]}: ${because(reason, detail)}`,
  );
  if (suppression) {
    const { at, reason, detail } = suppression;
    events.push(`${iso(at)} must not be mailed: ${because(reason, detail)}`);
  }
  return [
    ...[...facts, ...history, ...events],
    ...[...deliveries.map(formatDelivery), ...reports.map(formatReport)],
  ];
}

function formatReport(report: ReportView): string {
  const { at, via, kind, status, reply, trust, action, feedbackId } = report;
  const facts = [`by ${via}, known by its ${trust}`, ...(feedbackId ? [`id ${feedbackId}`] : [])];
  const words = [kind, status].filter(Boolean).join(' ');
  return `${iso(at)} came back: ${words} (${facts.join(', ')}), ${action}${reply && `: ${reply}`}`;
}

/** What somebody saw keeps its lines. */
function toPrintable({ shown, ...consent }: Consent): Consent {
  return { ...printableAll(consent), ...(shown !== undefined && { shown: printableLines(shown) }) };
}

/** What somebody saw and agreed to, under their consent. */
function toQuote(words: string | null): string[] {
  return words === null ? [] : words.split('\n').map((line) => `    ${line}`.trimEnd());
}

const EVENTS: Record<SuppressionEvent['event'], string> = {
  suppressed: 'suppressed',
  unsuppressed: 'no longer suppressed',
  asked: 'asked for again, so no longer suppressed',
};

function because(reason: string, detail: string | null): string {
  return `${reason}${detail ? `, ${detail}` : ''}`;
}
