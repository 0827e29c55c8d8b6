/**
 * Selects from the edition of a day for readers with interests, and prints `{cpuSeconds,
 * matched}`. Arguments: the store's location as JSON, the day, how many readers.
 */
import { interestsOf } from './interests.js';

const [location = '', day = '', readers = ''] = process.argv.slice(2);
/** @param {string} file */
const built = (file) => import(new URL(`../../../dist/${file}`, import.meta.url).href);
const { systemClock: clock } = await built('base/clock.js');
const { Selector } = await built('interests/selection.js');
const { openStore } = await built('store/open.js');

const store = await openStore(JSON.parse(location), clock);
const edition = await store.editions.withPapers(await store.editions.find(day));
await store.close();

/** Selections are written down one by one, not gathered: many at once would cost more to clear up. */
const CHUNK = 50;
const began = process.cpuUsage();
const selector = new Selector(edition);
let spent = process.cpuUsage(began);
let cpuSeconds = (spent.user + spent.system) / 1e6;
let matched = 0;
for (let from = 0; from < Number(readers); from += CHUNK) {
  const groups = Array.from({ length: Math.min(CHUNK, Number(readers) - from) }, (_, n) => ({
    length: 20,
    ...interestsOf(from + n),
  }));
  const start = process.cpuUsage();
  const selections = groups.map((preferences) => selector.select(preferences));
  spent = process.cpuUsage(start);
  cpuSeconds += (spent.user + spent.system) / 1e6;
  for (const { reasons } of selections) if (reasons.length > 0) matched++;
}
process.stdout.write(JSON.stringify({ cpuSeconds, matched }));
