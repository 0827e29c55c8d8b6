import type { Route } from '../../delivery/sending/routes.js';
import { formatFault, toOpeningFault } from '../../mail/replies/opening-fault.js';
import { type ProbeOptions, RelayProbe, STEP_TIMEOUT } from './relay-probe.js';

export interface Count {
  /** How many were open at once, logged in. */
  open: number;
  /** Why there were no more, in the server's words where it has some; `null`: nothing refused. */
  refusal: string | null;
}

/**
 * Opens the route's connections one by one, as a sender would, until one is refused, and closes them.
 * @param first which is open already, and stays so
 */
export async function countConnections(
  route: Route,
  options: ProbeOptions,
  first: RelayProbe,
): Promise<Count> {
  const open = [first];
  // The first must not be closed for idleness meanwhile.
  const limit = AbortSignal.timeout(0.9 * (options.stepTimeout ?? STEP_TIMEOUT));
  try {
    while (open.length < route.connections && !limit.aborted) {
      const probe = new RelayProbe(route.smtp, options);
      try {
        await probe.connect();
        if (route.smtp.auth) await probe.login(route.smtp.auth);
        open.push(probe);
      } catch (error) {
        await probe.close();
        const fault = toOpeningFault(error, route.smtp);
        return { open: open.length, refusal: fault.reply ?? formatFault(fault, error) };
      }
    }
    return { open: open.length, refusal: null };
  } finally {
    await Promise.all(open.slice(1).map((probe) => probe.close()));
  }
}
