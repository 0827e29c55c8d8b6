import {
  ALL_OTHERS,
  type RouteRule,
  type Routing,
  routeAllOver,
} from '../delivery/sending/routes.js';
import { InvalidValue } from './setting.js';
import { parseDomain } from './setting-parsers.js';

const RULES =
  'domains, or * for all others, with routes that SMTP_URL names, like gmail.com=ses|own,*=own';

/** The rules of SMTP_ROUTES: `gmail.com=ses|own,*=own`. */
export function parseRules(text: string): RouteRule[] {
  const rules = text.split(',').map(parseRule);
  const domains = rules.map(({ domain }) => domain);
  if (new Set(domains).size < domains.length)
    throw new InvalidValue(`${RULES}, and each domain once`);
  return rules;
}

function parseRule(text: string): RouteRule {
  const [name = '', list = '', ...rest] = text.split('=').map((side) => side.trim());
  const routes = list.split('|').map((route) => route.trim());
  const isList = routes.every(Boolean) && new Set(routes).size === routes.length;
  if (rest.length > 0 || !isList) throw new InvalidValue(RULES);
  if (name === ALL_OTHERS) return { domain: name, routes };
  const domain = parseDomain(name);
  if (domain === null) throw new InvalidValue(RULES);
  return { domain, routes };
}

/**
 * Which routes each domain takes. Without a rule for `*`, all others take all routes in the order of
 * SMTP_URL.
 * @param names of the routes there are
 * @throws InvalidValue where the rules do not fit the routes
 */
export function buildRouting(rules: readonly RouteRule[], names: readonly string[]): Routing {
  if (names.length === 0) throw new InvalidValue('left out where SMTP_URL is not set');
  const used = rules.flatMap(({ routes }) => routes);
  const unknown = used.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new InvalidValue(
      `made of the routes in SMTP_URL, which are ${names.join(', ')}; ${unknown} is not one of them`,
    );
  }
  const hasAllOthers = rules.some(({ domain }) => domain === ALL_OTHERS);
  if (!hasAllOthers) return { rules: [...rules, ...routeAllOver(names).rules] };
  const idle = names.find((name) => !used.includes(name));
  if (idle === undefined) return { rules: [...rules] };
  throw new InvalidValue(
    `made of all routes in SMTP_URL, which are ${names.join(', ')}; ${idle} is in no rule`,
  );
}
