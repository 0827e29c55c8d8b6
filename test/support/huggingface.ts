import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';

/** A way in which an answer goes wrong. */
export type FaultKind = 'html' | 'cut' | 'hang' | 'reset' | 'not-array' | 'huge';

/** An error status, or a broken answer; `times` limits it to the next so many requests. */
export type Fault =
  | { status: 429 | 500 | 503; times?: number; retryAfter?: number }
  | { kind: FaultKind; times?: number };

/** What `fail` takes: a fault, its bare name, or a choice per request (`nth` counts from 1). */
export type FaultMode = Fault | FaultKind | ((path: string, nth: number) => Fault | null);

export interface HuggingFaceOptions {
  /** Later dates than this are refused, as the real API does. Default: none are. */
  today?: string;
  /** A folder of DATE.json files to serve. */
  dir?: string;
}

export interface HuggingFaceStub {
  /** The base address, without a slash at its end. */
  readonly url: string;
  /** Every request that came, with its query, and when (milliseconds). */
  readonly requests: { path: string; at: number }[];
  /** The items of each day. */
  readonly days: Map<string, unknown[]>;
  /** Sets the items of one day. */
  setDay(day: string, items: unknown[]): void;
  /** Reads every DATE.json of a folder and names the days found. */
  loadDir(dir: string): string[];
  /** The status of every answer that was given whole. */
  readonly answers: number[];
  /** From now on answers have entity tags, and 304 says that nothing has changed. */
  useValidators(): void;
  /** Answers wrongly from now on; `null` heals. */
  fail(mode: FaultMode | null): void;
  /** Stops at once, hanging requests included. */
  close(): Promise<void>;
}

interface Answer {
  status: number;
  body: unknown;
}

/** Serves days of papers over HTTP on the loopback address as Hugging Face does. */
export async function startHuggingFace(options: HuggingFaceOptions = {}): Promise<HuggingFaceStub> {
  const requests: HuggingFaceStub['requests'] = [];
  const days = new Map<string, unknown[]>();
  const answers: number[] = [];
  let validators = false;
  const faults = faultSource();
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push({ path, at: Date.now() });
    const answer = answerTo(request, days, options.today);
    const fault = faults.next(path, requests.length);
    if (fault === null) {
      if (validators) tag(request, response, answer);
      answers.push(answer.status);
    }
    respond(response, answer, fault);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const stub: HuggingFaceStub = {
    url: `http://127.0.0.1:${port}`,
    requests,
    answers,
    days,
    useValidators: () => {
      validators = true;
    },
    setDay: (day, items) => {
      days.set(day, items);
    },
    loadDir: (dir) => {
      const found = readDays(dir);
      for (const [day, items] of found) days.set(day, items);
      return found.map(([day]) => day);
    },
    fail: faults.set,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  if (options.dir !== undefined) stub.loadDir(options.dir);
  return stub;
}

function readDays(dir: string): [string, unknown[]][] {
  return readdirSync(dir)
    .filter((name) => /^\d{4}-\d{2}-\d{2}\.json$/.test(name))
    .sort()
    .map((name) => [name.slice(0, 10), JSON.parse(readFileSync(join(dir, name), 'utf8'))]);
}

function answerTo(
  request: IncomingMessage,
  days: Map<string, unknown[]>,
  today: string | undefined,
): Answer {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const one = /^\/api\/papers\/(.+)$/.exec(pathname);
  if (one) return paperOf(days, decodeURIComponent(one[1] ?? ''));
  if (pathname !== '/api/daily_papers') return problem(404, 'Not found');
  if (request.method !== 'GET') return problem(405, 'Method not allowed');

  const limit = wholeNumber(searchParams.get('limit') ?? '50');
  if (limit === null || limit < 1) return problem(400, 'Invalid number: at limit');
  if (limit > 100) return problem(400, 'Too big: expected number to be <=100 at limit');
  const page = wholeNumber(searchParams.get('p') ?? '0');
  if (page === null) return problem(400, 'Invalid number: at p');

  const date = searchParams.get('date');
  if (date !== null && !isDay(date)) return problem(400, 'Invalid date: at date');
  if (date !== null && today !== undefined && date > today) {
    return problem(400, 'Invalid date: must not be in the future, at date');
  }
  const items = date === null ? newestFirst(days) : (days.get(date) ?? []);
  return { status: 200, body: items.slice(page * limit, (page + 1) * limit) };
}

/** One paper, as it stands in the items of its day, but without them around it. */
function paperOf(days: Map<string, unknown[]>, id: string): Answer {
  const papers = [...days.values()].flat().map((item) => field(item, 'paper'));
  const found = papers.find((paper) => field(paper, 'id') === id);
  return found ? { status: 200, body: found } : problem(404, 'Paper not found');
}

/** Gives the answer its tag, and takes its body away from whoever knows the tag. */
function tag(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const hash = createHash('sha256').update(JSON.stringify(answer.body)).digest('hex');
  const etag = `W/"${hash.slice(0, 16)}"`;
  response.setHeader('etag', etag);
  if (request.headers['if-none-match'] === etag) answer.status = 304;
}

function problem(status: number, error: string): Answer {
  return { status, body: { error } };
}

function wholeNumber(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function newestFirst(days: Map<string, unknown[]>): unknown[] {
  return [...days]
    .flatMap(([day, items]) =>
      items.map((item) => ({ item, at: listedAt(item) ?? `${day}T00:00:00.000Z` })),
    )
    .sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1))
    .map(({ item }) => item);
}

function listedAt(item: unknown): string | undefined {
  const paper = field(item, 'paper');
  const at = field(paper, 'submittedOnDailyAt');
  return typeof at === 'string' ? at : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function faultSource() {
  let mode: FaultMode | null = null;
  let left = 0;
  return {
    set(next: FaultMode | null): void {
      mode = typeof next === 'string' ? { kind: next } : next;
      left = typeof mode === 'object' ? (mode?.times ?? Number.POSITIVE_INFINITY) : 0;
    },
    next(path: string, nth: number): Fault | null {
      if (typeof mode === 'function') return mode(path, nth);
      if (mode === null || typeof mode === 'string' || left <= 0) return null;
      left -= 1;
      return mode;
    },
  };
}

function respond(response: ServerResponse, answer: Answer, fault: Fault | null): void {
  if (fault === null) {
    sendJson(response, answer);
  } else if ('kind' in fault) {
    breakAnswer[fault.kind](response, answer);
  } else {
    if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
    sendJson(response, problem(fault.status, `Simulated ${fault.status}`));
  }
}

function sendJson(response: ServerResponse, { status, body }: Answer): void {
  if (status === 304) {
    response.writeHead(304).end();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
  });
  response.end(bytes);
}

/** In megabytes. */
const HUGE = 200;

const breakAnswer: Record<FaultKind, (response: ServerResponse, answer: Answer) => void> = {
  html: (response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end('<!doctype html><title>Maintenance</title><p>Back soon.</p>');
  },
  cut: (response, answer) => {
    const bytes = Buffer.from(JSON.stringify(answer.body));
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': bytes.length,
    });
    const half = bytes.subarray(0, Math.floor(bytes.length / 2));
    response.write(half, () => response.socket?.destroy());
  },
  hang: () => undefined,
  reset: (response) => {
    response.socket?.resetAndDestroy();
  },
  huge: (response) => {
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
    const piece = Buffer.alloc(1024 * 1024, ' ');
    const pieces = Array.from({ length: HUGE }, () => piece);
    // Whoever asked may hang up before the end.
    pipeline(Readable.from(['[', ...pieces, ']']), response, () => undefined);
  },
  'not-array': (response) => sendJson(response, { status: 200, body: { papers: [] } }),
};
