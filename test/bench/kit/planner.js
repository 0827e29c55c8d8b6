/**
 * Plans the edition of a day and prints `{planned, seconds}`. Arguments: the store's location as
 * JSON, the day.
 */
const [location = '', day = ''] = process.argv.slice(2);
/** @param {string} file */
const built = (file) => import(new URL(`../../../dist/${file}`, import.meta.url).href);
const { systemClock: clock } = await built('base/clock.js');
const { createLogger } = await built('base/logger.js');
const { planEdition } = await built('delivery/planning/plan.js');
const { openStore } = await built('store/open.js');

const store = await openStore(JSON.parse(location), clock);
const edition = await store.editions.find(day);
const deps = {
  ...{ ...store, clock, logger: createLogger('silent') },
  ...{ defaultTimezone: 'UTC', defaultLanguage: 'en' },
};
const began = performance.now();
const planned = await planEdition(deps, edition, { now: false });
const seconds = (performance.now() - began) / 1000;
await store.close();
process.stdout.write(JSON.stringify({ planned, seconds }));
