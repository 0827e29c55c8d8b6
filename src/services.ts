import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Clock, systemClock } from './base/clock.js';
import { type Day, dayAt } from './base/day.js';
import { createLogger, type Logger } from './base/logger.js';
import { once } from './base/memo.js';
import { type Random, systemRandom } from './base/random.js';
import type { Timing } from './base/timing.js';
import type { Config } from './config/config.js';
import type { Deliveries } from './delivery/ledger.js';
import type { Sender } from './delivery/sending/sender.js';
import type { MailTemplates } from './digest/templates.js';
import { type OpenSources, openSources } from './sources/open-sources.js';
import { openStore } from './store/open.js';
import type { Store } from './store/store.js';
import { ANOTHER_KEY, loadSecretKey, type SecretKey, toKeyMark } from './subscribers/secret-key.js';
import { createTokens, type Tokens } from './subscribers/tokens.js';

/**
 * Everything the commands work with, made from the configuration once per process. What not every
 * command needs is made, and its modules are loaded, when it is first asked for.
 */
export interface Services extends OpenSources {
  readonly config: Config;
  /** Of this process, its own among all that ever used the store. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly timing: Timing;
  readonly store: Store;
  /** The day it is where editions are dated. */
  today(): Day;
  secretKey(): Promise<SecretKey>;
  tokens(): Promise<Tokens>;
  /** @throws PaperboyError `template_fault` */
  templates(): Promise<MailTemplates>;
  /** A sender of notices and of `deliveries`, which are all when left out. */
  sender(deliveries?: Deliveries): Promise<Sender>;
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
  let signedBy: string | null = null;
  const store = await openStore(config.database, base.clock, { timing, signedBy: () => signedBy });

  const secretKey = once(async () => {
    const key = await loadSecretKey(store.settings, config.secretKey, base.random);
    if (key.isAnother && !warned) logger.error({ event: 'secret_key_changed' }, ANOTHER_KEY);
    signedBy = toKeyMark(key.secret);
    return key;
  });
  const tokens = once(async () => createTokens((await secretKey()).secrets));
  const templates = once(async () => {
    const { compileTemplates } = await import('./digest/templates.js');
    return compileTemplates();
  });
  const composer = once(async () => {
    const { openComposer } = await import('./delivery/compose.js');
    const { secret, secrets } = await secretKey();
    const former = secrets.slice(1).map((one) => ({
      ...{ mark: toKeyMark(one), secret: one, tokens: createTokens(one) },
    }));
    const made = { templates: await templates(), tokens: await tokens(), secret, former };
    return openComposer(config, { editions: store.editions, ledger: store.ledger, ...made });
  });

  let senders = 0;
  return {
    ...{ config, name, ...base, store, secretKey, tokens, templates },
    ...openSources(config, { ...base, leases: store.leases, holder: name }),
    today: () => dayAt(base.clock.now(), config.editionTimezone),
    sender: async (deliveries = store.ledger) => {
      const { openSender } = await import('./delivery/sending/open-sender.js');
      // One that starts after a failure must not take what the last one held for its own.
      const worker = senders++ === 0 ? name : `${name}:${senders}`;
      return openSender(config, { ...base, store, deliveries, composer: await composer(), worker });
    },
    close: () => store.close(),
  };
}
