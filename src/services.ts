import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Clock, systemClock } from './base/clock.js';
import { type Day, dayAt } from './base/day.js';
import { createLogger, type Logger } from './base/logger.js';
import { once } from './base/memo.js';
import { type Random, systemRandom } from './base/random.js';
import type { Timing } from './base/timing.js';
import type { Config } from './config/config.js';
import { type Alarms, openAlarms } from './delivery/alarms/alarms.js';
import { type Mailing, openMailing } from './delivery/mailing.js';
import { openNoticeLimits } from './delivery/throttle/open-notice-limits.js';
import { type OpenSources, openSources } from './sources/open-sources.js';
import { openStore } from './store/open.js';
import type { Store } from './store/store.js';
import type { NoticeLimits } from './subscribers/notice-limits.js';
import { ANOTHER_KEY, loadSecretKey, type SecretKey, toKeyMark } from './subscribers/secret-key.js';
import type { Catalogues } from './views/catalogues.js';

/**
 * Everything the commands work with, made from the configuration once per process. What not every
 * command needs is made, and its modules are loaded, when it is first asked for.
 */
export interface Services extends OpenSources, Mailing {
  readonly config: Config;
  /** Of this process, its own among all that ever used the store. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly timing: Timing;
  readonly store: Store;
  /** What the operator has to know; also told by mail. */
  readonly alarms: Alarms;
  /** The day it is where editions are dated. */
  today(): Day;
  secretKey(): Promise<SecretKey>;
  /** What readers are told, in all languages. */
  catalogues(): Promise<Catalogues>;
  /** How many notices strangers can ask for. */
  noticeLimits(): Promise<NoticeLimits>;
  close(): Promise<void>;
}

/**
 * @param warned whether another thread of this process has logged the warnings already
 * @throws PaperboyError `store_…` when the store can't be opened.
 */
export async function openServices(
  config: Config,
  timing: Timing,
  { warned = false } = {},
): Promise<Services> {
  const logger = createLogger(config.logLevel);
  const warnings = warned ? [] : config.warnings;
  for (const warning of warnings) logger.warn({ event: 'setting_doubtful' }, warning);
  const base = { clock: systemClock, random: systemRandom, logger, timing };
  const name = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  let keyMarks: readonly string[] = [];
  const store = await openStore(config.database, base.clock, { timing, keyMarks: () => keyMarks });

  const secretKey = once(async () => {
    const key = await loadSecretKey(store.settings, config.secretKey, base.random);
    if (key.isAnother && !warned) logger.error({ event: 'secret_key_changed' }, ANOTHER_KEY);
    keyMarks = key.secrets.map(toKeyMark);
    return key;
  });
  const catalogues = once(async () => {
    const { loadCatalogues } = await import('./views/catalogues.js');
    return loadCatalogues(config.language);
  });
  const noticeLimits = once(() => openNoticeLimits(config, { ...base, ...store }));

  const { operators: recipients } = config;
  const alarms = openAlarms({ store, recipients, siteName: config.site.name, logger });
  return {
    ...{ config, name, ...base, store, alarms, secretKey, noticeLimits, catalogues },
    ...openMailing(config, { ...base, store, name, secretKey, catalogues }),
    ...openSources(config, { ...base, leases: store.leases, holder: name }),
    today: () => dayAt(base.clock.now(), config.editionTimezone),
    close: () => store.close(),
  };
}
