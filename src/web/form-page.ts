import type { FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.js';
import { parseUrl } from '../base/url.js';
import { isTokenGood, toTokenHour } from '../subscribers/form/form-state.js';
import { WORDING } from '../subscribers/subscribe.js';
import type { Tokens } from '../subscribers/tokens.js';

/** What the subscribe form needs wherever it stands: the same for everybody within the hour. */
export type BlankForm = () => object;

interface TokenDeps {
  tokens: Pick<Tokens, 'form' | 'readForm'>;
  clock: Pick<Clock, 'now'>;
}

export function createBlankForm({ tokens, clock }: TokenDeps, defaultTimezone: string): BlankForm {
  return () => ({
    ...{ defaultTimezone, wording: WORDING, values: {}, errors: {}, fresh: true },
    token: tokens.form(toTokenHour(clock.now())),
  });
}

interface OriginDeps extends TokenDeps {
  publicUrl: string;
  /** Origins whose pages may embed the form. */
  formOrigins: readonly string[];
}

/** Whether a request comes from a page of ours, or from one that may embed the form. */
export function isTokened(
  { tokens, clock, publicUrl, formOrigins }: OriginDeps,
  request: FastifyRequest,
  token: string,
): boolean {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined && formOrigins.includes(origin.toLowerCase())) return true;
  if (site === 'cross-site') return false;
  // Browsers that say nothing of the site, as where the page came without TLS. Pages that keep their
  // address to themselves, like ours, have an origin of "null".
  const isForeign =
    site === undefined &&
    origin !== undefined &&
    origin !== 'null' &&
    origin !== publicUrl &&
    parseUrl(origin)?.host !== host;
  const hour = isForeign ? null : tokens.readForm(token);
  return hour !== null && isTokenGood(hour, clock.now());
}
