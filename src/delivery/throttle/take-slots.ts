import { grantSlots } from './gcra.js';
import type { SlotGrant, SlotMove, SlotRequest, SlotState, ThrottleStore } from './rate-limits.js';

/** How often slots are asked for again that another sender was quicker to take. */
const MAX_TRIES = 10;

/** What is asked for, and how it could be given by what was read. */
interface Offer {
  asked: SlotRequest;
  grant: SlotGrant;
  move: SlotMove;
}

/** Takes slots, as many as are open of those that are wanted; one answer for each name. */
export async function takeSlots(
  store: Pick<ThrottleStore, 'loadSlots' | 'moveSlots'>,
  asked: readonly SlotRequest[],
): Promise<SlotGrant[]> {
  const grants: SlotGrant[] = [];
  let open = asked;
  for (let tries = 1; open.length > 0; tries++) {
    const offers = await makeOffers(store, open);
    const isWritten = ({ grant }: Offer) => grant.count > 0 && grant.interval > 0;
    const moved = await store.moveSlots(offers.filter(isWritten).map(({ move }) => move));
    const lost = offers.filter((offer) => isWritten(offer) && !moved.has(offer.grant.name));
    for (const offer of offers) if (!lost.includes(offer)) grants.push(offer.grant);
    if (tries === MAX_TRIES) {
      grants.push(...lost.map(({ grant }) => ({ ...grant, count: 0 })));
      break;
    }
    open = lost.map((offer) => offer.asked);
  }
  return grants;
}

/** What could be taken, as far as one can see. */
async function makeOffers(
  store: Pick<ThrottleStore, 'loadSlots'>,
  open: readonly SlotRequest[],
): Promise<Offer[]> {
  const states = await store.loadSlots(open.map(({ name }) => name));
  const found = new Map(states.map((state) => [state.name, state]));
  return open.flatMap((asked) => {
    const state = found.get(asked.name);
    return state ? [makeOffer(asked, state)] : [];
  });
}

function makeOffer(asked: SlotRequest, state: SlotState): Offer {
  const { name, wanted, urgent = false } = asked;
  const interval = Math.max(asked.interval, state.throttledInterval);
  const previous = state.nextSlot;
  if (interval === 0) {
    const grant = { name, count: wanted, first: 0, interval, next: 0 };
    return { asked, grant, move: { name, nextSlot: previous, previous } };
  }
  const now = state.now * 1_000;
  const notBefore = state.notBefore * 1_000;
  const slots = grantSlots({ now, next: previous, interval, wanted, notBefore, urgent });
  const next = slots.count === 0 ? slots.first : slots.next;
  return {
    asked,
    grant: { name, count: slots.count, first: slots.first - now, interval, next: next - now },
    move: { name, nextSlot: slots.next, previous },
  };
}
