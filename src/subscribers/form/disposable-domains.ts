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

/** Reads the file now, and again when it has changed. If it can't be read, the last list stays. */
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

  #look(): void {
    const now = this.#deps.clock.steady();
    if (now - this.#lookedAt < LOOK_EVERY) return;
    this.#lookedAt = now;
    try {
      const { mtimeMs, size, ino } = statSync(this.#file);
      const version = `${mtimeMs} ${size} ${ino}`;
      if (version === this.#version) return;
      this.#domains = parseDomainList(readFileSync(this.#file, 'utf8'));
      this.#version = version;
      this.#isMissed = false;
      const facts = { event: 'disposable_domains_read', domains: this.#domains.size };
      this.#deps.logger.info(facts, 'the list of disposable domains was read');
    } catch (error) {
      if (this.#isMissed) return;
      this.#isMissed = true;
      this.#deps.logger.error(
        { event: 'disposable_domains_unreadable', reason: toErrorMessage(error) },
        'the list of disposable domains can not be read; the last one stays',
      );
    }
  }
}

/** A domain on each line, as the lists that go round have them; `#` begins a remark. */
export function parseDomainList(text: string): ReadonlySet<string> {
  const domains = text
    .replace(/^\uFEFF/, '')
    .split(/[\r\n]+/)
    .map((line) => line.replace(/(?:#|\/\/).*$/, '').trim())
    .map((line) => line.replace(/^(?:\*?\.|.*@)/, '').replace(/[.,;]+$/, ''))
    .map((line) => domainToASCII(line.toLowerCase()));
  return new Set(domains.filter((domain) => domain !== ''));
}
