import type { ClaimedMail } from '../../delivery/delivery.js';
import type { DeliveryResult, Outbox } from '../../delivery/ledger.js';
import type { Outcome } from '../../delivery/outcome.js';
import { toMailDomain } from '../../delivery/throttle/rate-limits.js';
import { readRefusal } from '../../mail/replies/meaning.js';
import { suppressAfterRefusal } from '../../subscribers/suppress-after-refusal.js';
import type { Chance } from './chance.js';
import { DOMAINS } from './made-up-readers.js';
import type { SeedDeps } from './seed-store.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WORKER = 'seed';
const BATCH = 500;

/** Says of all mails that are due how sending them went, though nothing is sent. */
export async function sendDue(deps: SeedDeps, chance: Chance): Promise<void> {
  const { notices, ledger } = deps.store;
  await emptyOutbox(deps, notices, chance);
  await emptyOutbox(deps, ledger, chance);
}

async function emptyOutbox(
  deps: SeedDeps,
  outbox: Outbox<ClaimedMail>,
  chance: Chance,
): Promise<void> {
  for (;;) {
    const mails = await outbox.claim(WORKER, BATCH);
    if (mails.length === 0) return;
    const held = mails.filter(({ email }) => toMailDomain(email) === DOMAINS.held);
    for (const { id } of held) await outbox.postpone(id, WORKER, 12 * HOUR);
    const sent = mails.filter((mail) => !held.includes(mail));
    const begin = sent.map(({ id }) => ({ id, route: deps.route, again: false }));
    const begun = await outbox.advance(WORKER, { results: [], begin });
    const results = sent.flatMap(({ id, email }): DeliveryResult[] =>
      begun.get(id) === 'sending' ? [{ id, ...makeUpOutcome(chance, email) }] : [],
    );
    await outbox.advance(WORKER, { results, begin: [] });
    const outcomes = new Map(results.map(({ id, outcome }) => [id, outcome]));
    for (const mail of sent) {
      const outcome = outcomes.get(mail.id);
      await suppressRefused(deps, mail, outcome);
      if (outcome?.kind === 'accepted' && chance.happens(0.005)) {
        await outbox.bounce(mail.id, '552 5.2.2 The mailbox is full');
      }
    }
  }
}

async function suppressRefused(
  { store, clock }: SeedDeps,
  { subscriberId, email }: ClaimedMail,
  outcome: Outcome | undefined,
): Promise<void> {
  if (outcome?.kind !== 'refused') return;
  const { reply, of: meaning } = outcome;
  await store.atomically(({ subscribers }) =>
    suppressAfterRefusal(
      { subscribers, readRefusal, clock },
      { subscriberId, email, reply, meaning },
    ),
  );
}

function makeUpOutcome(chance: Chance, email: string): Omit<DeliveryResult, 'id'> {
  switch (toMailDomain(email)) {
    case DOMAINS.gone: {
      const reply = '550 5.1.1 No such user here';
      return { outcome: { kind: 'refused', reply, of: 'gone' }, retryIn: null };
    }
    case DOMAINS.strict: {
      const reply = '554 5.6.0 Message content refused';
      return { outcome: { kind: 'refused', reply, of: 'refused' }, retryIn: null };
    }
    case DOMAINS.slow: {
      const reply = '451 4.7.1 Greylisted, please try again later';
      return { outcome: { kind: 'deferred', reply }, retryIn: 6 * HOUR };
    }
    case DOMAINS.silent: {
      const reply = 'The connection was lost before the reply came';
      return { outcome: { kind: 'uncertain', reply, cut: false }, retryIn: 3 * HOUR };
    }
    default:
      return chance.happens(0.02)
        ? { outcome: { kind: 'deferred', reply: '452 4.2.2 Mailbox full' }, retryIn: 2 * HOUR }
        : { outcome: { kind: 'accepted', reply: '250 2.0.0 Ok: queued' }, retryIn: null };
  }
}

/** Domains that are in trouble just now. */
export async function seedTrouble({ store, clock, route }: SeedDeps): Promise<void> {
  const now = clock.now();
  const rest = { ceiling: 0, backedOffAt: now, raisedAt: now, strikes: 2, connections: 1 };
  await store.throttleStore.change(DOMAINS.slow, () => ({
    ...{ scope: DOMAINS.slow, interval: 2_000_000, notBefore: now + 2 * MINUTE },
    ...rest,
  }));
  const reply = '550 5.7.1 Mail from this network is refused for its reputation';
  const hold = { route, domain: DOMAINS.held, code: 'reputation', reply } as const;
  await store.holds.hold(hold, 15 * MINUTE);
}
