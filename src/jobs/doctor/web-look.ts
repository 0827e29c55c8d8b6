import { fetch } from 'undici';
import { hasProxy, openProxyAgent, type ProxySettings } from '../../http/proxy.js';

/** One answer over HTTP, with nothing followed. */
export interface WebAnswer {
  status: number;
  location: string | null;
  /** What the server's clock said in milliseconds, `null` where it said nothing. */
  date: number | null;
  body: string;
}

/**
 * Asks once.
 * @throws what `fetch` throws
 */
export type WebLook = (url: URL, headers?: Record<string, string>) => Promise<WebAnswer>;

const LIMIT = 5_000;
const LONGEST = 65_536;

/** Looks at pages as sources are read, through the same proxies. */
export function openWebLook(proxy: ProxySettings): WebLook {
  const dispatcher = hasProxy(proxy) ? { dispatcher: openProxyAgent(proxy) } : {};
  return async (url, headers = {}) => {
    const signal = AbortSignal.timeout(LIMIT);
    const response = await fetch(url, { headers, signal, redirect: 'manual', ...dispatcher });
    const { status } = response;
    return {
      status,
      location: response.headers.get('location'),
      date: readDate(response.headers),
      body: await readSome(response.body),
    };
  };
}

/** RFC 9111 §4.2.3: what a cache keeps has the date of when it was made, and its age. */
function readDate(headers: { get(name: string): string | null }): number | null {
  const date = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(date)) return null;
  const age = Number(headers.get('age') ?? 0);
  return date + (age > 0 ? 1_000 * age : 0);
}

async function readSome(body: AsyncIterable<unknown> | null): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    const octets = Buffer.from(chunk as Uint8Array);
    chunks.push(octets);
    size += octets.length;
    if (size > LONGEST) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
