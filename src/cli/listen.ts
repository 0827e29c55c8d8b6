import type { FastifyInstance } from 'fastify';
import { aborted } from '../base/clock.js';
import { PaperboyError, toErrorCode } from '../base/errors.js';
import { printable } from '../base/printable.js';
import type { Timing } from '../base/timing.js';

export interface Place {
  host: string;
  port: number;
  /** The setting that the port comes from. */
  setting: string;
  /** The one that the host comes from. Default: `HOST`. */
  hostSetting?: string;
}

/** @throws PaperboyError `port_taken`, `not_listening` */
export async function listen(app: FastifyInstance, place: Place): Promise<void> {
  try {
    await app.listen({ host: place.host, port: place.port });
  } catch (error) {
    throw toListenError(toErrorCode(error) ?? 'unknown reason', place, error);
  }
}

/** What a person is told where a port can't be listened at. */
export function toListenError(code: string, place: Place, cause?: unknown): PaperboyError {
  return new PaperboyError(
    code === 'EADDRINUSE' ? 'port_taken' : 'not_listening',
    toSentence(code, place),
    { cause },
  );
}

function toSentence(code: string, place: Place): string {
  const { host, port, setting, hostSetting = 'HOST' } = place;
  const hosts = `set ${hostSetting} to localhost, to 0.0.0.0 for all addresses, or to one that this machine has`;
  const shown = printable(host).slice(0, 100);
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program; stop that one, or set ${setting}.`;
    case 'EACCES':
    case 'EPERM':
      return `This user may not listen at port ${port}: set ${setting} to one above 1023, and let a proxy pass on what comes to it.`;
    // Some shells set HOST to the name of the machine or of its processor.
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ENODATA':
      return `${hostSetting} is "${shown}", but there is no address for that name (${code}): ${hosts}.`;
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
    case 'EAFNOSUPPORT':
      return `${hostSetting} is "${shown}", but this machine has no such address (${code}): ${hosts}.`;
    default:
      return `Nothing can listen at ${shown}:${port} (${code}): check ${hostSetting} and ${setting}.`;
  }
}

/** Requests under way are answered first, but a client that has stalled is not waited for. */
export async function closeOnStop(
  app: FastifyInstance,
  { closeLimit }: Timing,
  signal: AbortSignal,
): Promise<void> {
  await aborted(signal);
  const limit = setTimeout(() => app.server.closeAllConnections(), closeLimit);
  await app.close();
  clearTimeout(limit);
}
