import type { FastifyInstance } from 'fastify';
import { aborted } from '../base/clock.js';
import { PaperboyError, toErrorCode } from '../base/errors.js';
import type { Timing } from '../base/timing.js';

export interface Place {
  host: string;
  port: number;
  /** The setting that the port comes from. */
  setting: string;
}

/** @throws PaperboyError `port_taken`, `not_listening` */
export async function listen(app: FastifyInstance, { host, port, setting }: Place): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const taken = toErrorCode(error) === 'EADDRINUSE';
    throw new PaperboyError(
      taken ? 'port_taken' : 'not_listening',
      taken
        ? `Port ${port} is taken by another program; stop that one, or set ${setting}.`
        : `The web server can't listen at ${host}:${port} (${toErrorCode(error) ?? 'unknown reason'}).`,
      { cause: error },
    );
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
