import type { SmtpOptions } from '../../mail/smtp/smtp.js';

/** A relay that mail can go over, and its limits. */
export interface Route {
  /** As in SMTP_URL; `smtp` if that has no names. */
  readonly name: string;
  readonly smtp: SmtpOptions;
  /** Most connections at once. */
  readonly connections: number;
  /** Most mails over one connection, before it is replaced. */
  readonly mailsPerConnection: number;
  /** Mails a second over this route; `null`: no limit of its own. */
  readonly rate: number | null;
  /** Mails a day over this route; `null`: no limit of its own. */
  readonly dailyCap: number | null;
  /** The name of the preset whose limits are in use; `null` if none is. */
  readonly preset: string | null;
}

export interface RouteRule {
  /** The recipient's domain in ASCII; `*` for all that have no rule. */
  readonly domain: string;
  /** Names of routes, first choice first. */
  readonly routes: readonly string[];
}

/** Which domains go over which routes. Each domain has one rule at most. */
export interface Routing {
  readonly rules: readonly RouteRule[];
}

/** The SMTP server of the embedded inbox. */
export const INBOX_SMTP = { host: '127.0.0.1', port: 1025, secure: false, ignoreTLS: true };

/** The route to the embedded inbox, which is used without SMTP_URL. */
export function inboxRoute(connections: number): Route {
  const limits = { connections, mailsPerConnection: 1_000, rate: null, dailyCap: null };
  return { name: 'inbox', smtp: INBOX_SMTP, ...limits, preset: null };
}

export const ALL_OTHERS = '*';

/** A routing of all domains over these routes, in this order. */
export function routeAllOver(routes: readonly string[]): Routing {
  return { rules: [{ domain: ALL_OTHERS, routes }] };
}

/** The names of a domain's routes, first choice first. */
export function findRoutes({ rules }: Routing, domain: string): readonly string[] {
  const rule =
    rules.find((known) => known.domain === domain) ??
    rules.find((known) => known.domain === ALL_OTHERS);
  return rule?.routes ?? [];
}
