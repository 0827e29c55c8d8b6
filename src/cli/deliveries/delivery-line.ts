import type { DeliveryView } from '../../delivery/delivery-view.js';
import { count } from '../context.js';

/** A delivery for people; its texts have to be printable already. */
export function deliveryLine(delivery: DeliveryView): string {
  const { date, kind, state, dueAt, endedAt, attempts, route, reply } = delivery;
  const facts = [
    `due ${iso(dueAt)}`,
    ...(endedAt === null ? [] : [`ended ${iso(endedAt)}`]),
    count(attempts, 'attempt'),
    ...(route === null ? [] : [`over ${route}`]),
  ];
  return `${date} ${kind}  ${state}  ${facts.join(', ')}${reply === null ? '' : `: ${reply}`}`;
}

/** What programs get of it. */
export function deliveryAnswer(delivery: DeliveryView): DeliveryView {
  const { date, kind, state, dueAt, endedAt, attempts, route, reply } = delivery;
  return { date, kind, state, dueAt, endedAt, attempts, route, reply };
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}
