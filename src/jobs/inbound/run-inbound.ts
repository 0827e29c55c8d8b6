import { aborted } from '../../base/clock.js';
import { toErrorMessage } from '../../base/errors.js';
import type { InboundDoors } from './doors.js';
import { type Listener, type ListenerDeps, startListener } from './listener.js';
import { type RunMailboxDeps, runMailbox } from './mailbox.js';
import { loadTls, type TlsFiles } from './tls-files.js';

const AN_HOUR = 3_600_000;

/**
 * Takes mails that come back until `signal` aborts, then finishes those under way.
 * @param onOpen called once it listens
 * @throws what `listen` throws
 */
export async function runInbound(
  doors: InboundDoors,
  deps: ListenerDeps & RunMailboxDeps,
  signal: AbortSignal,
  onOpen: () => void = () => {},
): Promise<void> {
  const listeners = await openListeners(doors, deps);
  onOpen();
  try {
    await Promise.all([
      aborted(signal),
      doors.mailbox && runMailbox(doors.mailbox, deps, signal),
      doors.tls && renewTls(doors.tls, listeners, deps, signal),
    ]);
  } finally {
    await Promise.all(listeners.map((listener) => listener.close()));
  }
}

async function openListeners(
  { host, smtpPort, lmtpPort, name, tls: files }: InboundDoors,
  deps: ListenerDeps,
): Promise<Listener[]> {
  const wanted = [
    ...(smtpPort === null ? [] : [{ protocol: 'smtp' as const, port: smtpPort }]),
    ...(lmtpPort === null ? [] : [{ protocol: 'lmtp' as const, port: lmtpPort }]),
  ];
  const listeners: Listener[] = [];
  try {
    for (const { protocol, port } of wanted) {
      const tls = files && loadTls(files);
      listeners.push(await startListener({ protocol, host, port, name, tls }, deps));
      deps.logger.info(
        { event: 'bounce_listening', protocol, host, port },
        'listening for mails that come back',
      );
    }
    return listeners;
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
}

/** Certificates are renewed every few weeks, and nobody starts the program anew for that. */
async function renewTls(
  files: TlsFiles,
  listeners: Listener[],
  { clock, logger }: ListenerDeps,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(AN_HOUR, signal);
    if (signal.aborted) return;
    try {
      const pair = loadTls(files);
      for (const listener of listeners) listener.renewTls(pair);
    } catch (error) {
      logger.error(
        { event: 'bounce_certificate_failed', reason: toErrorMessage(error) },
        'the certificate of BOUNCE_TLS_CERT_FILE can not be read; the last one stays in use',
      );
    }
  }
}
