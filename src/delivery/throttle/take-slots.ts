import { grantSlots } from './gcra.js';
import type {
  SlotGrant,
  SlotMove,
  SlotRequest,
  SlotState,
  ThrottleStore,
} from './throttle-store.js';

/** Attempts while other senders are quicker to take the slots. */
const MAX_TRIES = 10;

/** A request, and the grant that is possible by the state that was read. */
interface Offer {
  request: SlotRequest;
  grant: SlotGrant;
  move: SlotMove;
}

/** Takes as many of the wanted slots as there are. @returns one grant for each name */
export async function takeSlots(
  store: Pick<ThrottleStore, 'loadSlots' | 'moveSlots'>,
  requests: readonly SlotRequest[],
): Promise<SlotGrant[]> {
  const grants: SlotGrant[] = [];
  let open = requests;
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
    open = lost.map((offer) => offer.request);
  }
  return grants;
}

/** The grants that are possible now. */
async function makeOffers(
  store: Pick<ThrottleStore, 'loadSlots'>,
  open: readonly SlotRequest[],
): Promise<Offer[]> {
  const states = await store.loadSlots(open.map(({ name }) => name));
  const found = new Map(states.map((state) => [state.name, state]));
  return open.flatMap((request) => {
    const state = found.get(request.name);
    return state ? [makeOffer(request, state)] : [];
  });
}

function makeOffer(request: SlotRequest, state: SlotState): Offer {
  const { name, wanted, urgent = false } = request;
  const interval = Math.max(request.interval, state.throttledInterval);
  const previous = state.nextSlot;
  if (interval === 0) {
    const grant = { name, count: wanted, first: 0, interval, next: 0 };
    return { request, grant, move: { name, nextSlot: previous, previous } };
  }
  const now = state.now * 1_000;
  const notBefore = state.notBefore * 1_000;
  const slots = grantSlots({ now, next: previous, interval, wanted, notBefore, urgent });
  const next = slots.count === 0 ? slots.first : slots.next;
  return {
    request,
    grant: { name, count: slots.count, first: slots.first - now, interval, next: next - now },
    move: { name, nextSlot: slots.next, previous },
  };
}
