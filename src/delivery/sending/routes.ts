import type { SmtpOptions } from '../../mail/smtp/smtp-options.js';

/** A relay that mail can go over, and how much it may be given. */
export interface Route {
  /** As in SMTP_URL; `smtp` where that has no names. */
  readonly name: string;
  readonly smtp: SmtpOptions;
  /** Side by side, at most. */
  readonly connections: number;
  /** After so many a connection is closed, and another opened. */
  readonly mailsPerConnection: number;
  /** Mails a second over this route; `null`: no limit of its own. */
  readonly rate: number | null;
  /** Mails a day over this route; `null`: no limit of its own. */
  readonly dailyCap: number | null;
  /** The relay whose published limits are in use, `null` if none are. */
  readonly preset: string | null;
}

export interface RouteRule {
  /** Of the recipient, in ASCII; `*`: all that have no rule of their own. */
  readonly domain: string;
  /** Names of routes, first choice first. */
  readonly routes: readonly string[];
}

/** Which domains go over which routes. No domain stands in it twice. */
export interface Routing {
  readonly rules: readonly RouteRule[];
}

/** Where the embedded inbox takes mail. */
export const INBOX_SMTP = { host: '127.0.0.1', port: 1025, secure: false, ignoreTLS: true };

/** The route to the embedded inbox, which takes all that no SMTP_URL takes. */
export function inboxRoute(connections: number): Route {
  const limits = { connections, mailsPerConnection: 1_000, rate: null, dailyCap: null };
  return { name: 'inbox', smtp: INBOX_SMTP, ...limits, preset: null };
}

export const ALL_OTHERS = '*';

/** Everything over all of these, in this order. */
export function routeAllOver(routes: readonly string[]): Routing {
  return { rules: [{ domain: ALL_OTHERS, routes }] };
}

/** The names of the routes that a domain's mail may take, first choice first. */
export function findRoutes({ rules }: Routing, domain: string): readonly string[] {
  const rule =
    rules.find((known) => known.domain === domain) ??
    rules.find((known) => known.domain === ALL_OTHERS);
  return rule?.routes ?? [];
}
