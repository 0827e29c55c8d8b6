import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import { addCounts, type DeliveryCounts, NO_DELIVERIES } from '../delivery/delivery.js';
import type { Deliveries, Ledger } from '../delivery/ledger.js';
import { type PlanDeps, planEdition } from '../delivery/planning/plan.js';
import type { PlanOptions } from '../delivery/planning/planner.js';
import type { Sender } from '../delivery/sending/sender.js';
import type {
  HeldStatus,
  ThrottledScope,
  ThrottleStatus,
} from '../delivery/sending/sender-status.js';
import type { Edition } from '../editions/edition.js';
import type { EditionStore } from '../editions/edition-store.js';

/** How long a `send` with nothing to do waits for retries and for dead workers' leases. */
const LONGEST_WAIT = 120_000;
/** How long it waits for a server that says nothing at all. */
const SILENT_AT_MOST = 300_000;
const REPORT_EVERY = 1_000;
/** Counting a million deliveries takes a while, in which nothing is sent: a twentieth at most. */
const REPORT_SHARE = 20;

export interface SendDeps {
  editions: EditionStore;
  pictures: PlanDeps['pictures'];
  thumbnails?: PlanDeps['thumbnails'];
  ledger: Ledger;
  atomically<T>(work: (stores: { ledger: Ledger }) => Promise<T>): Promise<T>;
  clock: Clock;
  logger: Logger;
  defaultTimezone: string;
  defaultLanguage: string;
  /** Minutes between picking an edition and freezing it. */
  freezeAfter: number;
  sender(deliveries: Deliveries): Promise<Sender>;
}

export interface SendOptions extends PlanOptions {
  /** Whether only what is planned already is sent. */
  onlyPlanned?: boolean;
  /** Ends the sending; what is under way is finished. */
  signal: AbortSignal;
  onProgress?: (counts: DeliveryCounts) => void;
}

export interface SendReport {
  counts: DeliveryCounts;
  /** Deliveries that are due and not at their end. */
  open: number;
  /** Why sending had to wait, as far as it did to the end. */
  trouble: string | null;
  /** What has to be mended before the rest can go, else `null`. */
  held: HeldStatus | null;
  /** Domains that take fewer mails just now. */
  throttled: ThrottledScope[];
  /** The daily cap that keeps the rest waiting, else `null`. */
  capReached: ThrottleStatus['capReached'];
  /** Until when the edition stays a draft that is not sent yet, else `null`. */
  draftUntil: number | null;
}

const NOTHING = {
  open: 0,
  trouble: null,
  held: null,
  throttled: [],
  capReached: null,
  draftUntil: null,
};

/** Plans an edition and delivers it to all who are due. */
export async function sendEdition(
  deps: SendDeps,
  edition: Edition,
  { signal, onProgress, onlyPlanned = false, ...plan }: SendOptions,
): Promise<SendReport> {
  const { ledger, clock } = deps;
  const freezesAt = edition.pickedAt + deps.freezeAfter * 60_000;
  if (!plan.now && edition.state === 'draft' && freezesAt > clock.now()) {
    const counts = await ledger.counts(edition.id);
    return { ...NOTHING, counts, draftUntil: freezesAt };
  }
  if (!onlyPlanned) await planEdition(deps, edition, plan);

  const sender = await deps.sender(ledger.ofEdition(edition.id));
  const progress = new AbortController();
  const reporting = onProgress
    ? report(deps, edition, onProgress, progress.signal)
    : Promise.resolve();
  let restUntil = 0;
  try {
    const isOver = async (idleFor: number) => {
      if (idleFor > LONGEST_WAIT || sender.allHeld) return true;
      if (clock.steady() < restUntil) return false;
      // Once the cap is used up, nothing more goes today but what was counted already.
      const { waiting, throttling } = sender.status;
      if (throttling.capReached !== null && waiting === 0) return true;
      const began = clock.steady();
      // What is held waits for somebody to mend something, which nobody waits for here.
      const open = await ledger.open(edition.id, sender.heldDomains);
      restUntil = clock.steady() + REPORT_SHARE * (clock.steady() - began);
      return open === 0;
    };
    await sender.run(signal, isOver, { silentAtMost: SILENT_AT_MOST });
  } finally {
    progress.abort();
    await reporting;
  }
  const open = await ledger.open(edition.id);
  const counts = await ledger.counts(edition.id);
  const { throttled, capReached } = sender.status.throttling;
  const { trouble, held } = sender;
  return { ...NOTHING, counts, open, trouble, held, throttled, capReached };
}

/** What came of sending several editions one after another. */
export function inAll(reports: readonly SendReport[]): SendReport {
  let all: SendReport = { ...NOTHING, counts: NO_DELIVERIES };
  for (const one of reports) {
    all = {
      counts: addCounts(all.counts, one.counts),
      open: all.open + one.open,
      trouble: one.trouble ?? all.trouble,
      held: one.held ?? all.held,
      // As it was at last.
      throttled: one.throttled,
      capReached: one.capReached ?? all.capReached,
      draftUntil: all.draftUntil ?? one.draftUntil,
    };
  }
  return all;
}

async function report(
  { ledger, clock }: SendDeps,
  edition: Edition,
  onProgress: (counts: DeliveryCounts) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let rest = REPORT_EVERY; !signal.aborted; ) {
    await clock.sleep(rest, signal);
    const began = clock.steady();
    try {
      onProgress(await ledger.counts(edition.id));
    } catch {
      // It is for the eye only; if the store is in trouble, the sender says so.
    }
    rest = Math.max(REPORT_EVERY, REPORT_SHARE * (clock.steady() - began));
  }
}
