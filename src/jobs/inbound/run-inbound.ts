import { aborted } from '../../base/clock.js';
import { toErrorMessage } from '../../base/errors.js';
import { DoorKeeper, type DoorKeeperDeps } from './door-keeper.js';
import { type InboundDoors, listDoors } from './doors.js';
import { type RunMailboxDeps, runMailbox } from './mailbox.js';

const AN_HOUR = 3_600_000;

/**
 * Takes mails that come back until `signal` aborts, then finishes those under way.
 * @param onOpen called once each port is listened at, by this process or another one of ours
 * @throws what `listen` throws
 */
export async function runInbound(
  doors: InboundDoors,
  deps: DoorKeeperDeps & RunMailboxDeps,
  signal: AbortSignal,
  onOpen: () => void = () => {},
): Promise<void> {
  const keepers = await openKeepers(doors, deps);
  onOpen();
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  try {
    await Promise.all([
      aborted(signal),
      ...keepers.map((keeper) => keeper.run(until)),
      doors.mailbox && runMailbox(doors.mailbox, deps, until),
      doors.tls && renewTls(keepers, deps, until),
    ]);
  } finally {
    // If one has failed, none of the others may take a port any more.
    over.abort();
    await closeAll(keepers);
  }
}

async function openKeepers(doors: InboundDoors, deps: DoorKeeperDeps): Promise<DoorKeeper[]> {
  const keepers: DoorKeeper[] = [];
  try {
    for (const door of listDoors(doors)) keepers.push(await DoorKeeper.open(door, deps));
    return keepers;
  } catch (error) {
    await closeAll(keepers);
    throw error;
  }
}

async function closeAll(keepers: readonly DoorKeeper[]): Promise<void> {
  await Promise.all(keepers.map((keeper) => keeper.close()));
}

/** Certificates are renewed every few weeks, and nobody starts the program anew for that. */
async function renewTls(
  keepers: readonly DoorKeeper[],
  { clock, logger }: DoorKeeperDeps,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(AN_HOUR, signal);
    if (signal.aborted) return;
    try {
      for (const keeper of keepers) keeper.renewTls();
    } catch (error) {
      logger.error(
        { event: 'bounce_certificate_failed', reason: toErrorMessage(error) },
        'the certificate of BOUNCE_TLS_CERT_FILE can not be read; the last one stays in use',
      );
    }
  }
}
