/**
 * What each module under `src/` may import beside itself and `base/`. Whatever stands in no list is
 * forbidden, and so are circles; imports of types count too. docs/FLOW.md tells why they lie so.
 */
export const ALLOWED = {
  base: [],
  text: [],
  http: [],
  papers: ['text'],
  sources: ['papers', 'http', 'text'],
  pictures: ['http', 'text'],
  search: ['papers', 'text'],
  editions: ['papers', 'sources', 'text'],
  subscribers: [],
  interests: ['papers', 'editions', 'subscribers', 'text'],
  library: ['papers', 'editions', 'subscribers', 'interests', 'search', 'text'],
  mail: ['text'],
  views: ['papers', 'editions', 'text'],
  digest: ['papers', 'pictures', 'editions', 'subscribers', 'interests', 'views', 'mail', 'text'],
};
const KNOWN = Object.keys(ALLOWED);
ALLOWED.delivery = KNOWN.filter((name) => name !== 'sources' && name !== 'http');
ALLOWED.store = [
  ...['papers', 'editions', 'subscribers', 'delivery', 'search', 'interests', 'sources'],
  ...['pictures', 'library'],
];
ALLOWED.jobs = [...KNOWN, 'delivery'];
ALLOWED.web = [...KNOWN, 'delivery', 'jobs'];
ALLOWED.config = [...KNOWN, 'delivery', 'jobs', 'store'];
ALLOWED.cli = [...KNOWN, 'delivery', 'jobs', 'store', 'web', 'config', 'services'];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(ALLOWED).map(([name, others]) => ({
      name: `${name}-imports`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: '^src/', pathNot: `^src/(${[name, 'base', ...others].join('|')})(/|[.]ts$)` },
    })),
    {
      // A new module has to be given its line above.
      name: 'unknown-module',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: `^src/(${Object.keys(ALLOWED).join('|')}|services|main)(/|[.]ts$)`,
      },
      to: {},
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    // Its own reader of TypeScript needs a compiler that TypeScript 7 no longer ships.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    includeOnly: '^src/',
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.d.ts', '.json'] },
  },
};
