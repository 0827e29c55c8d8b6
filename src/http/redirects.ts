import type { CookieJar } from 'tough-cookie';
import { type Dispatcher, fetch, type Response } from 'undici';
import { PaperboyError } from '../base/errors.js';
import { parseUrl } from '../base/url.js';
import { VERSION } from '../base/version.js';
import type { AddressGuard } from './address-guard.js';

export interface FollowDeps {
  /** For addresses that others have chosen; it connects as well. */
  guard?: AddressGuard;
  /** The one host that the guard does not hold for. */
  freeHost?: string;
  /** What connects: another one than undici's own, where there is a proxy. */
  dispatcher?: Dispatcher;
  /** What sources are told of who asks; only the version when left out. */
  userAgent?: string;
}

interface FollowOptions {
  headers: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** The answer at the end of a chain of redirects, and where that is. */
interface Followed {
  response: Response;
  url: URL;
}

const MAX_REDIRECTS = 5;

/**
 * Follows redirects by hand, since each of them may lead where nobody should be led. Cookies that are
 * set on the way are sent back on the rest of it, and then forgotten.
 * @throws PaperboyError `source_failed`
 */
export async function followRedirects(
  start: URL,
  { guard, freeHost, dispatcher, userAgent = `Paperboy/${VERSION}` }: FollowDeps,
  { headers, signal }: FollowOptions,
): Promise<Followed> {
  const cookies = new ChainCookies();
  let url = start;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const guarding = url.host === freeHost ? undefined : guard;
    await guarding?.check(url);
    const connecting = guarding?.dispatcher ?? dispatcher;
    const connect = connecting ? { dispatcher: connecting } : {};
    const sent = { ...headers, 'user-agent': userAgent, ...cookies.header(url) };
    const response = await fetch(url, { headers: sent, signal, redirect: 'manual', ...connect });
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) {
      return { response, url };
    }
    await response.body?.cancel();
    await cookies.keep(response, url);
    url = toTarget(location, url);
  }
  throw failed(`redirects more than ${MAX_REDIRECTS} times`);
}

/** @throws PaperboyError `source_failed` */
function toTarget(location: string, from: URL): URL {
  const url = parseUrl(location, from);
  if (url === null) throw failed('redirects to what is no address');
  if (!/^https?:$/.test(url.protocol)) throw failed('redirects to what is not the web');
  if (url.username || url.password) throw failed('redirects to an address with a login');
  return url;
}

/** The cookies of one chain of redirects, each for those whom RFC 6265 §5 gives it to. */
class ChainCookies {
  #jar: CookieJar | null = null;

  header(url: URL): Record<string, string> {
    const cookie = this.#jar?.getCookieStringSync(url.href) ?? '';
    return cookie === '' ? {} : { cookie };
  }

  async keep(response: Response, url: URL): Promise<void> {
    const given = response.headers.getSetCookie();
    if (given.length === 0) return;
    // Few sources set any, and the list of public suffixes is large.
    const { CookieJar } = await import('tough-cookie');
    this.#jar ??= new CookieJar();
    for (const cookie of given) this.#jar.setCookieSync(cookie, url.href, { ignoreError: true });
  }
}

export function failed(what: string): PaperboyError {
  return new PaperboyError('source_failed', what);
}
