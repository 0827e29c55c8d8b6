import { type Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';

/** The proxies that sources are read through, as curl and others have them in the environment. */
export interface ProxySettings {
  readonly httpProxy: string | null;
  readonly httpsProxy: string | null;
  /** Hosts that are asked without one, with commas between. */
  readonly noProxy: string | null;
}

export function hasProxy({ httpProxy, httpsProxy }: ProxySettings): boolean {
  return httpProxy !== null || httpsProxy !== null;
}

/**
 * What connects through the proxies.
 * @param direct how hosts are connected to that no proxy is for
 */
export function openProxyAgent(proxy: ProxySettings, direct: Agent.Options = {}): Dispatcher {
  return new EnvHttpProxyAgent({
    ...direct,
    // Blank, not left out, so that it does not read the environment itself.
    httpProxy: proxy.httpProxy ?? '',
    httpsProxy: proxy.httpsProxy ?? '',
    noProxy: proxy.noProxy ?? '',
    // Many proxies refuse to tunnel to port 80.
    proxyTunnel: false,
  });
}
