import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultRunner, SERVE_KILLED } from './faults.js';

/** What stands in the papers and wishes of a run, and may not be seen as markup anywhere. */
export const MARKUP = '<script>soak';
export const HOSTILE = `${MARKUP}()</script>\u001b[31mred\r\nX-Injected: yes`;

export interface Answer {
  status: number;
  body: string;
  retryAfter: string | null;
  /** Of JSON all is text, whatever a reader of HTML would make of it. */
  isJson: boolean;
}

export interface RouteCount {
  asked: number;
  overloaded: number;
}

interface Asked {
  form?: Record<string, string>;
  /** A body of any other kind. */
  body?: string;
  headers?: Record<string, string>;
}

/** Longest wait for an answer: a store that is locked takes its time. */
const LONGEST = 60_000;
/** How long the pages may say that the store can't be written after it can. */
const RECOVERY = 20_000;

/** How long requests may still fail that were under way when `serve` was killed. */
const KILLED = 2_000;
/** What is said, to programs and to people, by a machine that does not keep up, and by nothing else. */
const OVERLOADED = [/"code":\s*"overloaded"/, /Too many requests at once/];

/** The pages over HTTP, from ever new addresses, and what was wrong with the answers. */
export class SoakSite {
  /** How often each status came. */
  readonly statuses = new Map<number, number>();
  /** Requests that met no program. */
  unanswered = 0;
  /** By route: how many were asked, and how many turned away while the store could be written. */
  readonly routes = new Map<string, RouteCount>();
  readonly faults: string[] = [];
  readonly markup: string[] = [];
  readonly #base: string;
  readonly #random: () => number;
  readonly #faults: FaultRunner;

  constructor(base: string, random: () => number, faults: FaultRunner) {
    this.#base = base;
    this.#random = random;
    this.#faults = faults;
  }

  /** @returns `null` when there was no whole answer */
  async ask(method: 'GET' | 'POST', path: string, asked: Asked = {}): Promise<Answer | null> {
    const isTrouble = () => this.#faults.isOn('store', RECOVERY);
    const isKilled = () => this.#faults.isOn(SERVE_KILLED, KILLED);
    const [began, wasKilled] = [isTrouble(), isKilled()];
    const form = asked.form && new URLSearchParams(asked.form);
    const body = form ?? asked.body;
    try {
      const response = await fetch(`${this.#base}${path}`, {
        method,
        redirect: 'manual',
        headers: { accept: 'text/html', 'x-forwarded-for': this.#address(), ...asked.headers },
        ...(body !== undefined && { body }),
        signal: AbortSignal.timeout(LONGEST),
      });
      const answer = {
        ...{ status: response.status, body: await response.text() },
        retryAfter: response.headers.get('retry-after'),
        isJson: response.headers.get('content-type')?.includes('json') ?? false,
      };
      this.#judge(method, path, answer, began || isTrouble());
      return answer;
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError') {
        this.faults.push(`${method} ${toName(path)} had no answer within ${LONGEST} ms`);
      }
      this.unanswered += 1;
      if (!wasKilled && !isKilled()) {
        const fault = this.#faults.current ?? 'no fault';
        this.faults.push(`${method} ${toName(path)} had no answer (${fault})`);
      }
      await sleep(100);
      return null;
    }
  }

  #judge(method: string, path: string, answer: Answer, isTrouble: boolean): void {
    const { status, body, retryAfter, isJson } = answer;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    const name = `${method} ${toName(path)}`;
    if (!isJson && body.includes(MARKUP)) this.markup.push(name);
    const route = `${method} ${toRoute(path)}`;
    const count = this.routes.get(route) ?? { asked: 0, overloaded: 0 };
    this.routes.set(route, count);
    count.asked += 1;
    if (status < 500) return;
    const fault = `${name} was answered with ${status} (${this.#faults.current ?? 'no fault'})`;
    if (status !== 503) this.faults.push(fault);
    else if (retryAfter === null && path !== '/readyz') {
      this.faults.push(`${fault} without Retry-After`);
    } else if (!isTrouble) {
      // A machine that does not keep up turns requests away; those to leave never (RFC 8058).
      count.overloaded += 1;
      const isOverload = OVERLOADED.some((said) => said.test(body));
      if (!isOverload || path.startsWith('/unsubscribe/')) {
        this.faults.push(`${fault} while the store was well`);
      }
    }
  }

  #address(): string {
    const part = () => 1 + Math.floor(this.#random() * 250);
    return `203.${part()}.${part()}.${part()}`;
  }
}

/** A path without the token, which names somebody. */
function toName(path: string): string {
  return path.replace(/^(\/[a-z]+\/)[A-Za-z0-9_-]{15,}/, '$1…');
}

/** Where it leads, whoever and whatever is asked for. */
function toRoute(path: string): string {
  return `/${path.split(/[/?]/)[1] ?? ''}`;
}
