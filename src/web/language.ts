import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import Negotiator from 'negotiator';
import { findLanguage } from '../base/languages.js';
import type { Catalogues } from '../views/catalogues.js';
import type { Messages } from '../views/messages.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What whoever asks is told, in the language that they chose or that their browser names. */
    readonly messages: Messages;
  }
}

/** The cookie of who chose another language than the browser's; it says nothing else. */
const COOKIE = 'lang';
const A_YEAR = 31_536_000;
/** Browsers send few different lists; what anybody could send must not fill the memory. */
const KEPT = 500;
/** A longer list is no browser's. */
const LONGEST = 500;
/** No browser names more, and each is looked up. */
const MOST_NAMED = 10;

/** The texts for whoever sent these headers. */
export type ChooseMessages = (headers: IncomingHttpHeaders) => Messages;

/**
 * Chooses the language of a request: the one that was chosen before, then what the browser asks for
 * (RFC 9110 §12.5.4), then the site's own.
 */
export function openLanguages(catalogues: Catalogues): ChooseMessages {
  const known = new Map<string, Messages>();
  return ({ cookie, 'accept-language': header = '' }) => {
    const accepted = header.length > LONGEST ? '' : header;
    const chosen = cookie === undefined ? '' : readCookie(cookie);
    const key = `${chosen} ${accepted}`;
    const found = known.get(key);
    if (found) return found;
    const messages = chooseLanguage(catalogues, chosen, accepted);
    if (known.size >= KEPT) known.clear();
    known.set(key, messages);
    return messages;
  };
}

/** Gives each request its texts. `?lang=de` on any page chooses a language. */
export function addLanguages(
  app: FastifyInstance,
  catalogues: Catalogues,
  { chooseMessages, secure }: { chooseMessages: ChooseMessages; secure: boolean },
): void {
  app.decorateRequest('messages', {
    getter() {
      return chooseMessages(this.raw.headers);
    },
  });
  app.addHook('onRequest', (request, reply, done) => {
    const { url, method } = request.raw;
    if (!url?.includes('lang=') || method !== 'GET') return done();
    const choice = findChoice(url, catalogues);
    if (choice === null) return done();
    const flags = `Path=/; Max-Age=${A_YEAR}; SameSite=Lax; HttpOnly${secure ? '; Secure' : ''}`;
    reply
      .header('set-cookie', `${COOKIE}=${choice.code}; ${flags}`)
      .header('cache-control', 'no-store')
      .redirect(choice.url, 302);
  });
}

/** The language of a visitor, by what they chose before and what their browser asks for. */
function chooseLanguage(catalogues: Catalogues, chosen: string, accepted: string): Messages {
  if (catalogues.has(chosen)) return catalogues.for(chosen);
  const { all, own } = catalogues.codes;
  const wanted = new Negotiator({ headers: { 'accept-language': accepted } }).languages();
  for (const code of wanted.slice(0, MOST_NAMED)) {
    const found = findLanguage(code, all);
    if (found !== null) return catalogues.for(found);
  }
  return catalogues.for(own);
}

function readCookie(cookie: string): string {
  return new RegExp(`(?:^|;\\s*)${COOKIE}=([A-Za-z0-9-]{2,20})(?:;|$)`).exec(cookie)?.[1] ?? '';
}

/** The language that an address chooses, and the address without it, on this site in any case. */
function findChoice(url: string, catalogues: Catalogues): { code: string; url: string } | null {
  // A proxy's form of a request names a site of its own (RFC 9112 §3.2.2).
  const place = url.startsWith('/') ? url.indexOf('?') : -1;
  if (place < 0) return null;
  const path = url.slice(0, place);
  const fields = new URLSearchParams(url.slice(place + 1));
  const code = fields.get(COOKIE);
  if (code === null || !catalogues.has(code)) return null;
  fields.delete(COOKIE);
  const rest = fields.size > 0 ? `?${fields}` : '';
  // Browsers take two slashes, or a backslash, for the beginning of another site.
  return { code, url: path.replace(/^[/\\]+/, '/') + rest };
}
