import { findPreset } from '../delivery/sending/relay-presets.js';
import { type Route, type Routing, routeAllOver } from '../delivery/sending/routes.js';
import type { Relay } from './parse-relays.js';
import { buildRouting } from './parse-rules.js';
import type { ReadSettings } from './read-settings.js';

export interface Routes {
  routes: readonly Route[];
  routing: Routing;
  warnings: string[];
}

/** The relays of SMTP_URL with their limits, and which mail goes over which. */
export function buildRoutes(settings: ReadSettings): Routes {
  const { relays, routeRules } = settings.values;
  const routes = (relays ?? []).map((relay) => buildRoute(relay, settings));
  const names = routes.map(({ name }) => name);
  const all = names.length === 0 ? { rules: [] } : routeAllOver(names);
  // Where the relays can't be read, nobody knows which routes there are.
  const isChecked = routeRules !== null && !settings.isWrong('relays');
  return {
    routes,
    routing: isChecked
      ? settings.check('routeRules', all, () => buildRouting(routeRules, names))
      : all,
    warnings: (relays ?? []).flatMap(({ name, warning }) => {
      const which = names.length > 1 ? ` for ${name}` : '';
      return warning === null ? [] : [`SMTP_URL${which} ${warning}`];
    }),
  };
}

/** A preset is only for what nobody has set, for this relay or for all. */
function buildRoute({ name, smtp, limits }: Relay, settings: ReadSettings): Route {
  const preset = findPreset(smtp.host ?? '');
  const used: (number | null)[] = [];
  const choose = (
    own: number | undefined,
    isSet: boolean,
    published: number | null | undefined,
  ) => {
    if (own !== undefined || isSet) return own ?? null;
    used.push(published ?? null);
    return published ?? null;
  };
  const { smtpConnections, mailsPerConnection } = settings.values;
  const chosen = {
    connections: choose(limits.connections, settings.isSet('smtpConnections'), preset?.connections),
    mailsPerConnection: choose(
      limits.mailsPerConnection,
      settings.isSet('mailsPerConnection'),
      preset?.mailsPerConnection,
    ),
    rate: choose(limits.rate, settings.isSet('rate'), preset?.rate),
    dailyCap: choose(limits.cap, settings.isSet('dailyCap'), preset?.dailyCap),
  };
  return {
    name,
    smtp,
    ...chosen,
    connections: chosen.connections ?? smtpConnections,
    mailsPerConnection: chosen.mailsPerConnection ?? mailsPerConnection,
    preset: preset && used.some((number) => number !== null) ? preset.name : null,
  };
}
