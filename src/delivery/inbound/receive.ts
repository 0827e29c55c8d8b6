import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import { readMessageId } from '../../mail/message-id.js';
import { toCleanLine } from '../../mail/replies/reply.js';
import { readReportMail } from '../../mail/reports/read-report-mail.js';
import type { Report } from '../../mail/reports/report.js';
import type { ReturnPaths } from '../../mail/return-path.js';
import { addressKey } from '../../subscribers/address.js';
import { toMailDomain } from '../throttle/rate-limits.js';
import { type ActStores, actOnReport, type ProvenReport, unsubscribeByMail } from './act.js';
import { type IdentifyDeps, identify, type Proof } from './identify.js';
import type { Inbound, InboundMail, ProviderEvent, Received } from './inbound.js';
import { isAbout, toDomain, toReply } from './report-fields.js';
import type { KeptReport, ReportedMail } from './report-store.js';

export interface InboundDeps extends IdentifyDeps {
  atomically<T>(work: (stores: ActStores) => Promise<T>): Promise<T>;
  returnPaths: Pick<ReturnPaths, 'readAddress' | 'readEnvelopeId' | 'findIn' | 'isOurs'>;
  clock: Clock;
}

const DAY = 24 * 3_600_000;
/** Reports that prove nothing, which are kept in a day: anybody can send us mails. */
const MOST_UNPROVEN = 1_000;
/** The provider's clock may go before ours. */
const SKEW = 300_000;

/** Takes a transaction back that was only to tell. */
class DryRun extends Error {
  constructor(readonly received: Received[]) {
    super('A dry run is taken back.');
  }
}

/** A mail that came in, as it was read. */
interface ReadMail extends InboundMail {
  at: number;
  proof: Proof | null;
  dryRun: boolean;
}

/** What comes back, by whatever way: finds out whose it is, writes it down and acts on it, at once. */
export class InboundService implements Inbound {
  readonly #deps: InboundDeps;

  constructor(deps: InboundDeps) {
    this.#deps = deps;
  }

  isOurs(address: string): boolean {
    return this.#deps.returnPaths.isOurs(address);
  }

  async receive(mail: InboundMail, { dryRun = false } = {}): Promise<Received[]> {
    const { reports, clues } = await readReportMail(mail.octets);
    const proof = identify(this.#deps, mail, clues);
    const read = { ...mail, proof, dryRun, at: this.#deps.clock.now() };
    try {
      return await this.#deps.atomically(async (stores) => {
        const all = await this.#receiveAll(stores, read, reports);
        if (dryRun) throw new DryRun(all);
        return all;
      });
    } catch (error) {
      if (error instanceof DryRun) return error.received;
      throw error;
    }
  }

  receiveEvent(event: ProviderEvent): Promise<Received> {
    return this.#deps.atomically((stores) => this.#receiveEvent(stores, event));
  }

  /** What one mail says of its recipients. Ours have one, but a list at their end may have many. */
  async #receiveAll(
    stores: ActStores,
    mail: ReadMail,
    reports: readonly Report[],
  ): Promise<Received[]> {
    const { proof } = mail;
    if (proof && 'leaver' in proof) {
      const all: Received[] = [];
      for (const report of reports) all.push(await this.#leave(stores, mail, report, proof.leaver));
      return all;
    }
    const about = proof && (await stores.reports.lockMail(proof.mail));
    const named =
      about !== null && reports.some(({ recipient }) => isAbout(recipient, about.email));
    const received: Received[] = [];
    for (const [index, report] of reports.entries()) {
      const isProven =
        isAbout(report.recipient, about?.email ?? null) ||
        (!named && proof?.trust !== 'message-id');
      received.push(
        about && proof && isProven
          ? await this.#receiveProven(stores, mail, report, { mail: about, trust: proof.trust })
          : await this.#receiveUnproven(stores, mail, report, index),
      );
    }
    return received;
  }

  async #receiveProven(
    stores: ActStores,
    { via, at, dryRun }: ReadMail,
    report: Report,
    { mail, trust }: { mail: ReportedMail; trust: Proof['trust'] },
  ): Promise<Received> {
    const { kind, status } = report;
    // Nobody has to know who is on holiday.
    if (kind === 'auto-reply') return toReceived(report, 'none');
    const isDelay = report.isDelay === true;
    // Whenever it is read: a folder may be handed in again and again.
    const key = [`${mail.kind}${mail.id}`, kind, status ?? '', ...(isDelay ? ['delay'] : [])].join(
      ':',
    );
    const proven = { ...report, isDelay, mail, subscriberId: mail.subscriberId, email: mail.email };
    return this.#keep(stores, { ...proven, at, via, trust, key, dryRun });
  }

  /** It is counted, and nothing follows from it: a forged report does nothing. */
  async #receiveUnproven(
    stores: ActStores,
    { octets, via, at }: ReadMail,
    report: Report,
    index: number,
  ): Promise<Received> {
    if (report.kind === 'auto-reply') return toReceived(report, 'none');
    const hash = toHash(octets);
    const kept: KeptReport = {
      ...{
        at,
        via,
        kind: report.kind,
        email: null,
        domain: toDomain(report.recipient),
        mail: null,
      },
      ...{ subscriberId: null, status: report.status, reply: '', trust: 'none', feedbackId: null },
    };
    const limit = { most: MOST_UNPROVEN, since: Math.floor(at / DAY) * DAY };
    await stores.reports.addUnproven(kept, `none:${hash}:${index}`, limit);
    return toReceived(report, 'none');
  }

  /** Mail programs send an empty mail as well: to that address nothing else is sent. */
  async #leave(
    stores: ActStores,
    { octets, via, at }: ReadMail,
    report: Report,
    subscriberId: number,
  ): Promise<Received> {
    const subscriber = await stores.subscribers.find(subscriberId);
    const isMeant = report.kind === 'unsubscribe' || report.kind === 'unknown';
    if (!subscriber || !isMeant) return toReceived(report, 'none');
    const { email } = subscriber;
    // An old wish that is read again must not undo that they came back.
    const key = `u${subscriberId}:${toHash(octets)}`;
    const kept: KeptReport = {
      ...{ at, via, kind: 'unsubscribe', email, domain: toMailDomain(email), mail: null },
      ...{ subscriberId, status: null, reply: '', trust: 'return-path', feedbackId: null },
    };
    const found = { ...report, kind: 'unsubscribe' } as const;
    if (!(await stores.reports.add(kept, key))) return toReceived(found, 'repeated');
    const left = await unsubscribeByMail(stores, this.#deps, subscriberId);
    if (left) await stores.reports.setAction(key, 'unsubscribed');
    return toReceived(found, left ? 'unsubscribed' : 'counted');
  }

  async #receiveEvent(stores: ActStores, event: ProviderEvent): Promise<Received> {
    const { provider, id, at, kind, messageId, recipient, status, reply, feedbackId } = event;
    const report = { kind, recipient, status, reply, feedbackId };
    if (kind === 'auto-reply') return toReceived(report, 'none');
    const subscriber = await stores.subscribers.findByEmail(recipient);
    const key = `${provider}:${id}`;
    if (!subscriber) {
      const kept: KeptReport = {
        ...{ at, via: 'hook', kind, email: null, domain: toDomain(recipient), mail: null },
        ...{ subscriberId: null, status, reply: '', trust: 'provider', feedbackId },
      };
      const added = await stores.reports.add(kept, key);
      return toReceived(report, added ? 'none' : 'repeated');
    }
    const named = messageId === null ? null : readMessageId(messageId, this.#deps.secrets);
    const last = () => stores.reports.findLastMail(subscriber.id, at + SKEW);
    const found = named ?? (await last());
    const locked = found && (await stores.reports.lockMail(found));
    const mail = locked?.subscriberId === subscriber.id ? locked : null;
    const proven = { ...report, isDelay: false, mail, subscriberId: subscriber.id };
    const email = subscriber.email;
    return this.#keep(stores, {
      ...{ ...proven, email, at, via: 'hook', trust: 'provider', key, dryRun: false },
    });
  }

  /** Writes a report down that is proven and new, and acts on it. */
  async #keep(stores: ActStores, report: ProvenReport): Promise<Received> {
    const { at, via, kind, email, mail, subscriberId, status, trust, feedbackId, key } = report;
    const kept: KeptReport = {
      ...{ at, via, kind, email, domain: toMailDomain(addressKey(email)), mail, subscriberId },
      ...{
        status,
        reply: toReply(report),
        trust,
        feedbackId: feedbackId && toCleanLine(feedbackId),
      },
    };
    if (!(await stores.reports.add(kept, key))) return toReceived(report, 'repeated');
    const action = await actOnReport(stores, this.#deps, report);
    await stores.reports.setAction(key, action);
    return toReceived(report, action);
  }
}

function toHash(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('base64url').slice(0, 22);
}

function toReceived(
  { kind, recipient, status }: Omit<Received, 'action'>,
  action: Received['action'],
): Received {
  return { kind, recipient, status, action };
}
