import type { WebContext } from './context.js';

/** Fastify takes a number of proxies as a function of the hop, the nearest being 0. */
export function trusted(proxies: WebContext['trustProxy']) {
  return typeof proxies === 'number' ? (_address: string, hop: number) => hop < proxies : proxies;
}
