import type { Clock } from '../../base/clock.js';
import { PaperboyError } from '../../base/errors.js';
import { readRefusal } from '../../mail/replies/meaning.js';
import type { Report, ReportKind } from '../../mail/reports/report.js';
import { unsubscribe } from '../../subscribers/leave.js';
import type { SubscriberStore } from '../../subscribers/subscriber-store.js';
import { suppressAfterBounce } from '../../subscribers/suppress-after-refusal.js';
import {
  type BounceKind,
  overruledBy,
  type SuppressionEvent,
} from '../../subscribers/suppression.js';
import type { Outbox } from '../ledger.js';
import type { InboundDoor } from './inbound.js';
import { toReply } from './report-fields.js';
import type { KeptAction, ReportedMail, ReportStore, ReportTrust } from './report-store.js';

/** What receiving writes to, in one transaction. */
export interface ActStores {
  reports: ReportStore;
  ledger: Pick<Outbox<never>, 'bounce'>;
  notices: Pick<Outbox<never>, 'bounce'>;
  subscribers: Pick<
    SubscriberStore,
    | ('find' | 'findByEmail' | 'leave' | 'pause' | 'resume' | 'addConsent')
    | ('endedMails' | 'suppress' | 'suppressionEvents')
  >;
}

/** A report that is proven to be about a subscriber. */
export interface ProvenReport extends Report {
  at: number;
  via: InboundDoor;
  trust: ReportTrust;
  /** Whether the mail is still being tried. */
  isDelay: boolean;
  /** `null` if it can't be told which mail of theirs it is about. */
  mail: ReportedMail | null;
  subscriberId: number;
  email: string;
  key: string;
  dryRun: boolean;
}

interface ActDeps {
  clock: Clock;
}

const BOUNCES: readonly string[] = ['permanent', 'temporary', 'full', 'policy'];

function isBounce(kind: ReportKind): kind is BounceKind {
  return BOUNCES.includes(kind);
}

/**
 * What follows from a report that is new.
 * @throws PaperboyError `mail_under_way`
 */
export async function actOnReport(
  stores: ActStores,
  deps: ActDeps,
  report: ProvenReport,
): Promise<KeptAction> {
  const { kind, subscriberId } = report;
  if (kind === 'complaint') return complain(stores, deps, report);
  if (kind === 'unsubscribe') {
    return (await unsubscribeByMail(stores, deps, subscriberId)) ? 'unsubscribed' : 'counted';
  }
  // A delay is no bounce: the mail may arrive yet.
  if (!isBounce(kind) || report.isDelay) return 'counted';
  return bounce(stores, deps, { ...report, kind });
}

export function unsubscribeByMail(
  { subscribers }: ActStores,
  { clock }: ActDeps,
  subscriberId: number,
): Promise<boolean> {
  return unsubscribe({ subscribers, clock }, subscriberId, { via: 'mail', ip: null });
}

/** Of a mail that has not come to its end a report can't be true, unless we don't know of the end yet. */
async function bounce(
  stores: ActStores,
  { clock }: ActDeps,
  report: ProvenReport & { kind: BounceKind },
): Promise<KeptAction> {
  const { mail, subscriberId, email, kind, dryRun } = report;
  const reply = toReply(report);
  if (mail) {
    const box = mail.kind === 'd' ? stores.ledger : stores.notices;
    const bounced = await box.bounce(mail.id, reply);
    if (bounced === 'under-way' && !dryRun) {
      throw new PaperboyError(
        'mail_under_way',
        'The mail that has come back is being sent just now; hand it in again in a minute.',
      );
    }
    if (bounced === 'other') return 'counted';
  }
  const deps = { subscribers: stores.subscribers, readRefusal, clock };
  const acceptedAt = mail?.endedAt ?? report.at;
  const bouncedMail = { subscriberId, email, reply, bounce: kind, acceptedAt };
  return (await suppressAfterBounce(deps, bouncedMail)) ? 'suppressed' : 'counted';
}

/** Whoever complains gets nothing more, whatever came of other mails. */
async function complain(
  { subscribers }: ActStores,
  { clock }: ActDeps,
  { email, feedbackId, reply, via, trust, mail }: ProvenReport,
): Promise<KeptAction> {
  // About a mail from before an earlier suppression was lifted nothing new is said.
  const events = await subscribers.suppressionEvents(email);
  const lifted = Math.max(0, ...events.filter(isLifting).map(({ at }) => at));
  if (mail?.endedAt != null && mail.endedAt <= lifted) return 'counted';
  const words = [feedbackId && `feedback id ${feedbackId}`, reply || null].filter(Boolean);
  const detail = words.length > 0 ? words.join(': ').slice(0, 500) : `${via}, ${trust}`;
  const complaint = { email, reason: 'complaint', at: clock.now(), detail } as const;
  const isNew = await subscribers.suppress(complaint, overruledBy('complaint'));
  return isNew ? 'suppressed' : 'counted';
}

function isLifting({ event }: SuppressionEvent): boolean {
  return event !== 'suppressed';
}
