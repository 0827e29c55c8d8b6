import { readFileSync, statSync } from 'node:fs';
import { domainToASCII } from 'node:url';
import type { Clock } from '../../base/clock.js';
import { FieldError, toErrorMessage } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';

/** Domains of mailboxes that are thrown away, as the operator lists them. */
export interface DisposableDomains {
  /** @throws FieldError `disposable_address` */
  refuse(email: string): void;
}

export const NO_DISPOSABLE_DOMAINS: DisposableDomains = { refuse: () => undefined };

interface FileDeps {
  clock: Pick<Clock, 'steady'>;
  logger: Logger;
}

/** How often, in milliseconds, the file is looked at. */
const LOOK_EVERY = 10_000;

/**
 * Reads the file now, and again when it has changed. If it can't be read, or is no such list, the last
 * list stays. At the start that is none: a form without it is better than no service.
 */
export class DisposableDomainsFile implements DisposableDomains {
  readonly #file: string;
  readonly #deps: FileDeps;
  #domains: ReadonlySet<string> = new Set();
  #version = '';
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isMissed = false;

  constructor(file: string, deps: FileDeps) {
    this.#file = file;
    this.#deps = deps;
    this.#look();
  }

  refuse(email: string): void {
    this.#look();
    const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
    const labels = domain.split('.');
    const isListed = labels.some((_, index) => this.#domains.has(labels.slice(index).join('.')));
    if (!isListed) return;
    const message = `Addresses at ${domain} are thrown away soon, so no digests go there. Please type another one.`;
    throw new FieldError('disposable_address', [{ field: 'email', message }]);
  }

  /**
   * Looks from now on though nobody asks, so that a change is told of at once, and hardly a request
   * waits for a long list. It keeps no process running.
   */
  watch(): this {
    setInterval(() => this.#look(), LOOK_EVERY).unref();
    return this;
  }

  #look(): void {
    const now = this.#deps.clock.steady();
    if (now - this.#lookedAt < LOOK_EVERY) return;
    this.#lookedAt = now;
    try {
      const { mtimeMs, size, ino } = statSync(this.#file);
      const version = `${mtimeMs} ${size} ${ino}`;
      if (version === this.#version) return;
      const { domains, wrong } = parseDomainList(readFileSync(this.#file));
      this.#domains = domains;
      this.#version = version;
      this.#isMissed = false;
      const facts = { event: 'disposable_domains_read', domains: domains.size, wrong };
      this.#deps.logger.info(facts, 'the list of disposable domains was read');
    } catch (error) {
      if (this.#isMissed) return;
      this.#isMissed = true;
      this.#deps.logger.error(
        { event: 'disposable_domains_unreadable', reason: toErrorMessage(error) },
        'the list of disposable domains can not be read; what was read last stays, at first nothing',
      );
    }
  }
}

/** A list of domains, and how many of its lines are none. */
export interface DomainList {
  domains: ReadonlySet<string>;
  wrong: number;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });
/** Labels of letters and digits, of which there are two at least. */
const DOMAIN = /^(?:[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_-]*[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{N}-]{2,}$/u;

/**
 * A domain on each line, as the lists that go round have them; `#` begins a remark. A line that is none
 * is passed over.
 * @throws Error if it is no such list: no text, or most of its lines are no domains, like those of a
 *   page that came in its place
 */
export function parseDomainList(octets: Uint8Array): DomainList {
  const lines = decode(octets)
    .split(/[\r\n]+/)
    .map((line) => line.replace(/(?:#|\/\/).*$/, '').trim())
    .map((line) => line.replace(/^(?:\*?\.|.*@)/, '').replace(/[.,;]+$/, ''))
    .filter((line) => line !== '');
  const names = lines.map(toName).filter((name) => name !== '');
  const wrong = lines.length - names.length;
  if (wrong > names.length) {
    throw new Error(`${wrong} of its ${lines.length} lines are no domains`);
  }
  return { domains: new Set(names), wrong };
}

function decode(octets: Uint8Array): string {
  try {
    const text = UTF8.decode(octets);
    if (!text.includes('\0')) return text;
  } catch {}
  throw new Error('it is not text in UTF-8');
}

/** The domain in ASCII; empty for what is none. */
function toName(line: string): string {
  if (!DOMAIN.test(line)) return '';
  const name = line.toLowerCase();
  return /^[\x21-\x7e]+$/.test(name) ? name : domainToASCII(name);
}
