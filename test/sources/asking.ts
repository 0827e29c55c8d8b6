import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { Clock } from '../../src/base/clock.js';
import type { Logger } from '../../src/base/logger.js';
import type { Random } from '../../src/base/random.js';
import type { HttpDeps } from '../../src/http/http-client.js';

/** A clock on which waiting takes no time; it notes how long each wait was to be. */
export class QuickClock implements Clock {
  readonly waits: number[] = [];
  time: number;

  constructor(time = Date.UTC(2026, 2, 4, 9)) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  steady(): number {
    return this.time;
  }

  async sleep(ms: number): Promise<void> {
    this.waits.push(ms);
    this.time += ms;
  }
}

/** Neither lucky nor unlucky: waits are exactly as long as their mean. */
export const middling: Random = {
  bytes: (size) => Buffer.alloc(size, 7),
  fraction: () => 0.5,
};

export interface Noted {
  logger: Logger;
  /** What was logged, in order. */
  lines: Record<string, unknown>[];
}

export function notingLogger(): Noted {
  const lines: Record<string, unknown>[] = [];
  const logger = pino(
    { base: null, timestamp: false, formatters: { level: (level) => ({ level }) } },
    { write: (line: string) => lines.push(JSON.parse(line)) },
  );
  return { logger, lines };
}

export interface Asking extends HttpDeps, Noted {
  clock: QuickClock;
}

/** What a source needs to ask: three tries of at most a second, with waits that take no time. */
export function asking(changes: Partial<HttpDeps['retryPolicy']> = {}): Asking {
  return {
    clock: new QuickClock(),
    random: middling,
    retryPolicy: { tries: 3, timeout: 1_000, ...changes },
    ...notingLogger(),
  };
}

export interface Served {
  url: URL;
  /** The paths asked for, with their queries. */
  requests: string[];
  close(): Promise<void>;
}

/** Serves HTTP on a free port of the loopback address. */
export async function serve(answer: RequestListener): Promise<Served> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface ItemChanges {
  /** Fields of the paper; `undefined` leaves one out. */
  paper?: Record<string, unknown>;
  /** Fields beside the paper. */
  beside?: Record<string, unknown>;
}

/** One item as the API of Hugging Face gives it. */
export function item(id: string, { paper = {}, beside = {} }: ItemChanges = {}): unknown {
  const whole = {
    paper: {
      id,
      title: `The paper ${id}`,
      summary: 'It says something.',
      upvotes: 3,
      authors: [{ name: 'Ada Lovelace', hidden: false }],
      publishedAt: '2026-03-01T00:00:00.000Z',
      submittedOnDailyAt: '2026-03-02T00:00:00.000Z',
      ...paper,
    },
    numComments: 1,
    ...beside,
  };
  // As on the wire: what is undefined is not there.
  return JSON.parse(JSON.stringify(whole));
}

/** So many items with distinct ids, the first with most votes. */
export function items(count: number): unknown[] {
  return Array.from({ length: count }, (_, n) =>
    item(`2603.${String(90_000 + n)}`, { paper: { upvotes: count - n } }),
  );
}
