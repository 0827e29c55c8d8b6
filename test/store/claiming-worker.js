import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/**
 * One worker of several: waits until all of them have opened the store, claims mails three by
 * three until none is left, and writes down which it got. Arguments: the store's location as JSON,
 * a folder in which workers see each other, the table, the moment it is, how many workers there
 * are, and which one this is.
 */
const [location = '', folder = '', table = '', moment = '', workers = '', worker = ''] =
  process.argv.slice(2);
const { openStore } = await import(new URL('../../dist/store/open.js', import.meta.url).href);
const clock = { now: () => Number(moment), steady: () => 0, sleep: () => Promise.resolve() };
const store = await openStore(JSON.parse(location), clock, { storeClock: clock });
const box = table === 'deliveries' ? store.ledger : store.notices;

const ready = Array.from({ length: Number(workers) }, (_, index) => join(folder, `ready-${index}`));
writeFileSync(join(folder, `ready-${worker}`), '');
while (!ready.every((mark) => existsSync(mark))) await setTimeout(1);

const taken = [];
for (;;) {
  const mails = await box.claim(`worker ${worker}`, 3);
  if (mails.length === 0) break;
  for (const { id } of mails) taken.push(id);
}
await store.close();
process.stdout.write(JSON.stringify(taken));
