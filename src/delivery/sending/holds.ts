/** Why sending is held. */
const HOLD_CODES = [
  'login',
  'relaying',
  'sender',
  'helo',
  'quota',
  'sandbox',
  'reputation',
  'authentication',
  'policy',
  'size',
  'tls',
  // The same refusal of several readers, with nobody accepted in between.
  'same-refusal',
] as const;
export type HoldCode = (typeof HOLD_CODES)[number];

/** Why digests to a group of domains are paused: what came back of them. */
export type PauseCode = 'complaints' | 'bounces';

/** The route of a pause, which is of all routes. No route is called so. */
export const ALL_ROUTES = '*';

/**
 * A route, or one domain on it, gets no mails until a probe is accepted, since its replies are about
 * us. Or a **pause**: a group of domains gets no digests over any route until its rates have fallen or
 * the operator says so. Times are milliseconds by the store's clock.
 */
export interface Hold {
  /** `ALL_ROUTES` for a pause. */
  route: string;
  /** '' for all domains; of a pause the name of the group. */
  domain: string;
  code: HoldCode | PauseCode;
  /** The server's reply; of a pause the figures. */
  reply: string;
  since: number;
  /** When the next probe may be sent, or when a pause may end by itself at the earliest. */
  nextAt: number;
  /** How many probes were sent. */
  probes: number;
}

/** Holds are kept in the store, for all processes and over restarts. */
export interface Holds {
  /**
   * Begins a hold, or updates the reply of an existing one.
   * @param wait milliseconds until its first probe
   * @returns whether it is new
   */
  hold(hold: Pick<Hold, 'route' | 'domain' | 'code' | 'reply'>, wait: number): Promise<boolean>;
  /**
   * Takes the probe of a hold, if no other sender was quicker: `hold.probes` must be current.
   * @param wait milliseconds until the next probe
   * @returns whether it was taken
   */
  takeProbe(hold: Pick<Hold, 'route' | 'domain' | 'probes'>, wait: number): Promise<boolean>;
  /** Ends a hold. Its duration stays known, since held time does not count (rule 6). */
  lift(route: string, domain: string): Promise<void>;
  /** Changes the times of refused logins in one conditional write; `null` changes nothing. */
  changeLogins(
    route: string,
    step: (times: readonly number[], now: number) => readonly number[] | null,
  ): Promise<boolean>;
}

const FIRST_WAIT = 60_000;
/** Longest time between two probes in milliseconds. */
export const LONGEST_PROBE_WAIT = 30 * 60_000;

/** Milliseconds until the next probe after so many: 1, 2, 4 … 30 minutes. */
export function toProbeWait(probes: number): number {
  return Math.min(FIRST_WAIT * 2 ** probes, LONGEST_PROBE_WAIT);
}

/** Milliseconds after its due time at which a held mail expires in any case. */
export const HELD_AT_MOST = 72 * 3_600_000;

/** How many logins may be refused within how many milliseconds. */
const LOGINS = { most: 5, within: 10 * 60_000 } as const;

/** The times of recent logins and `now`; `null` if there were too many. */
export function addLogin(times: readonly number[], now: number): number[] | null {
  const lately = times.filter((at) => at > now - LOGINS.within && at <= now);
  return lately.length < LOGINS.most ? [...lately, now] : null;
}
