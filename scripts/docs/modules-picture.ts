/** What each module may import, beside itself and `base/`. */
export type Allowed = Readonly<Record<string, readonly string[]>>;

interface Place {
  row: number;
  column: number;
  /** What it holds, in two or three words. */
  holds: string;
}

/** Where each module stands, so that few arrows cross. */
const PLACES: Readonly<Record<string, Place>> = {
  cli: { row: 0, column: 1.5, holds: 'commands' },
  web: { row: 1, column: 1, holds: 'pages, API' },
  config: { row: 1, column: 2, holds: 'settings' },
  jobs: { row: 2, column: 1, holds: 'schedule, daily run' },
  store: { row: 2, column: 2, holds: 'SQL' },
  delivery: { row: 3, column: 1.5, holds: 'plan, send, throttle' },
  digest: { row: 4, column: 1, holds: 'HTML, text, size' },
  library: { row: 4, column: 0, holds: 'papers in lists' },
  interests: { row: 5, column: 0, holds: 'who gets which paper' },
  views: { row: 5, column: 1, holds: 'templates, filters' },
  mail: { row: 5, column: 3, holds: 'SMTP, MIME, replies' },
  subscribers: { row: 6, column: 0, holds: 'states, consent' },
  editions: { row: 6, column: 1, holds: 'pick, curate' },
  sources: { row: 7, column: 1, holds: 'fetch papers' },
  search: { row: 7, column: 2, holds: 'queries' },
  pictures: { row: 7, column: 0, holds: 'of papers, of links' },
  http: { row: 8, column: 0, holds: 'requests, retries' },
  papers: { row: 8, column: 1.5, holds: 'merge, score' },
  text: { row: 9, column: 3, holds: 'cleaning' },
  base: { row: 10, column: 1.5, holds: 'clock, days, errors, log: all modules may import it' },
};

const BOX = { width: 168, height: 50 };
const GAP = { x: 26, y: 34 };
const MARGIN = 24;
const COLUMNS = 4;
const WIDTH = 2 * MARGIN + COLUMNS * BOX.width + (COLUMNS - 1) * GAP.x;

const STYLE = `<style>
  .ground { fill: #ffffff }
  .box { fill: #eef2f7; stroke: #5b6b80; stroke-width: 1.2 }
  .arrow { fill: none; stroke: #7a8899; stroke-width: 1.4 }
  .head { fill: #7a8899 }
  .name { font: 600 15px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1b2633 }
  .holds { font: 12.5px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #46566a }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0f151d }
    .box { fill: #1d2835; stroke: #8496ab }
    .arrow { stroke: #8496ab }
    .head { fill: #8496ab }
    .name { fill: #e6edf5 }
    .holds { fill: #b3c0cf }
  }
</style>`;

/** The modules as a picture: an arrow goes from a module to one that it may import. */
export function drawModules(allowed: Allowed): string {
  const names = Object.keys(allowed);
  const height = MARGIN + (findPlace('base').row + 1) * (BOX.height + GAP.y);
  const arrows = names.flatMap((from) =>
    findDirectImports(allowed, from).map((to) => drawArrow(findPlace(from), findPlace(to))),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="The modules of Paperboy and what they import">
${STYLE}
<rect class="ground" width="${WIDTH}" height="${height}" rx="10"/>
${[...arrows, ...names.map(drawBox)].join('\n')}
</svg>
`;
}

function findPlace(name: string): Place {
  const place = PLACES[name];
  if (place) return place;
  throw new Error(`The module ${name} has no place in scripts/docs/modules-picture.ts.`);
}

/** Without those that another import leads to anyway. */
function findDirectImports(allowed: Allowed, name: string): string[] {
  const others = (allowed[name] ?? []).filter((other) => other !== 'base' && other in allowed);
  return others.filter((other) => !others.some((between) => reaches(allowed, between, other)));
}

function reaches(allowed: Allowed, from: string, to: string): boolean {
  return (allowed[from] ?? []).some((next) => next === to || reaches(allowed, next, to));
}

function toPixels({ row, column }: Place) {
  return {
    x: MARGIN + column * (BOX.width + GAP.x),
    y: MARGIN + row * (BOX.height + GAP.y),
  };
}

function drawArrow(from: Place, to: Place): string {
  const [start, end] = [toPixels(from), toPixels(to)];
  const [x1, y1] = [start.x + BOX.width / 2, start.y + BOX.height];
  const [x2, y2] = [end.x + BOX.width / 2, end.y];
  const bend = (y2 - y1) / 2;
  const curve = `M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2 - 6}`;
  const head = `M${x2 - 5} ${y2 - 8} L${x2 + 5} ${y2 - 8} L${x2} ${y2} Z`;
  return `<path class="arrow" d="${curve}"/><path class="head" d="${head}"/>`;
}

function drawBox(name: string): string {
  const place = findPlace(name);
  const { x, y } = name === 'base' ? { ...toPixels(place), x: MARGIN } : toPixels(place);
  const width = name === 'base' ? WIDTH - 2 * MARGIN : BOX.width;
  const middle = x + width / 2;
  return [
    `<rect class="box" x="${x}" y="${y}" width="${width}" height="${BOX.height}" rx="6"/>`,
    `<text class="name" x="${middle}" y="${y + 21}" text-anchor="middle">${name}/</text>`,
    `<text class="holds" x="${middle}" y="${y + 39}" text-anchor="middle">${place.holds}</text>`,
  ].join('');
}
