import { presetFor } from '../delivery/presets.js';
import {
  ALL_OTHERS,
  allOver,
  type Route,
  type RouteRule,
  type Routing,
} from '../delivery/routes.js';
import type { Reader } from './config-reader.js';
import {
  MOST_CONNECTIONS,
  MOST_MAILS_PER_CONNECTION,
  parseRelays,
  type Relay,
} from './config-smtp-url.js';
import { domainOfText, Wanted } from './config-values.js';

const DEFAULT_CONNECTIONS = 8;
const DEFAULT_MAILS_PER_CONNECTION = 100;

export interface Routes {
  /** SMTP_CONNECTIONS, or its default. */
  smtpConnections: number;
  routes: readonly Route[];
  routing: Routing;
  warnings: string[];
}

/** Reads all settings of relays and of what goes over which. */
export function readRoutes(reader: Reader): Routes {
  const connections = reader.optionalInteger('SMTP_CONNECTIONS', 1, MOST_CONNECTIONS);
  const mails = reader.optionalInteger('SMTP_MAILS_PER_CONNECTION', 1, MOST_MAILS_PER_CONNECTION);
  const relays = reader.read<Relay[] | null>('SMTP_URL', null, parseRelays, { secret: true });
  const common: Common = {
    connections,
    mailsPerConnection: mails,
    rate: reader.text('SMTP_RATE') !== undefined,
    cap: reader.text('DAILY_CAP') !== undefined,
  };
  const routes = (relays ?? []).map((relay) => toRoute(relay, common));
  const names = routes.map(({ name }) => name);
  // Where the relays can't be read, nobody knows which routes there are.
  const known = relays !== null || reader.text('SMTP_URL') === undefined ? names : null;
  return {
    smtpConnections: connections ?? DEFAULT_CONNECTIONS,
    routes,
    routing: reader.read(
      'SMTP_ROUTES',
      routes.length === 0 ? { rules: [] } : allOver(names),
      (text) => parseRouting(text, known),
    ),
    warnings: (relays ?? []).flatMap(({ name, warning }) => {
      const which = names.length > 1 ? ` for ${name}` : '';
      return warning === null ? [] : [`SMTP_URL${which} ${warning}`];
    }),
  };
}

/** What the environment says for all relays. */
interface Common {
  connections: number | null;
  mailsPerConnection: number | null;
  /** Whether there is such a limit; what it is concerns all routes together. */
  rate: boolean;
  cap: boolean;
}

/** A preset is only for what nobody has set, for this relay or for all. */
function toRoute({ name, smtp, limits }: Relay, common: Common): Route {
  const preset = presetFor(smtp.host ?? '');
  const used: (number | null)[] = [];
  const choose = (own: number | undefined, isSet: boolean, usual: number | null | undefined) => {
    if (own !== undefined || isSet) return own ?? null;
    used.push(usual ?? null);
    return usual ?? null;
  };
  const { connections, mailsPerConnection } = common;
  const chosen = {
    connections: choose(limits.connections, connections !== null, preset?.connections),
    mailsPerConnection: choose(
      limits.mailsPerConnection,
      mailsPerConnection !== null,
      preset?.mailsPerConnection,
    ),
    rate: choose(limits.rate, common.rate, preset?.rate),
    dailyCap: choose(limits.cap, common.cap, preset?.dailyCap),
  };
  return {
    name,
    smtp,
    ...chosen,
    connections: chosen.connections ?? connections ?? DEFAULT_CONNECTIONS,
    mailsPerConnection:
      chosen.mailsPerConnection ?? mailsPerConnection ?? DEFAULT_MAILS_PER_CONNECTION,
    preset: preset && used.some((number) => number !== null) ? preset.name : null,
  };
}

const RULES =
  'domains, or * for all others, with routes that SMTP_URL names, like gmail.com=ses|own,*=own';

/**
 * `gmail.com=ses|own,*=own`. Without `*`, all others take all routes in the order of SMTP_URL.
 * @param names of the routes there are; `null` where that is not known
 */
function parseRouting(text: string, names: readonly string[] | null): Routing {
  const rules = text.split(',').map(parseRule);
  const domains = rules.map(({ domain }) => domain);
  if (new Set(domains).size < domains.length) throw new Wanted(`${RULES}, and each domain once`);
  if (names === null) return { rules };
  if (names.length === 0) throw new Wanted('left out where SMTP_URL is not set');
  const used = rules.flatMap(({ routes }) => routes);
  const unknown = used.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Wanted(`of the routes in SMTP_URL, ${names.join(', ')}; ${unknown} is none of them`);
  }
  if (!domains.includes(ALL_OTHERS)) return { rules: [...rules, ...allOver(names).rules] };
  const idle = names.find((name) => !used.includes(name));
  if (idle === undefined) return { rules };
  throw new Wanted(`of all routes in SMTP_URL, ${names.join(', ')}; ${idle} is in no rule`);
}

function parseRule(text: string): RouteRule {
  const [name = '', list = '', ...rest] = text.split('=').map((side) => side.trim());
  const routes = list.split('|').map((route) => route.trim());
  const isList = routes.every(Boolean) && new Set(routes).size === routes.length;
  if (rest.length > 0 || !isList) throw new Wanted(RULES);
  if (name === ALL_OTHERS) return { domain: name, routes };
  const domain = domainOfText(name);
  if (domain === null) throw new Wanted(RULES);
  return { domain, routes };
}
