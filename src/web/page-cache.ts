import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.js';
import type { Messages } from '../views/messages.js';
import { type Content, type Rendered, sendRendered, toRendered } from './rendered.js';
import type { SecurityHeaders } from './security.js';

/** How long, in milliseconds, pages are sent without a look whether what they show has changed. */
const LOOK_EVERY = 250;
/** An edition takes some 80 KB, with its compressed form. Each language has pages of its own. */
const MOST_PAGES = 300;

/**
 * For everybody: browsers and CDNs may keep a page for a minute, and show it for one more while they
 * fetch the next.
 */
const PUBLIC = 'public, max-age=60, stale-while-revalidate=60';

/** What the language of a page depends on. */
const LANGUAGE = 'accept-language, cookie';

export interface PageCacheDeps {
  /** A text that differs after each change to what the pages show, whichever process made it. */
  version(): Promise<string>;
  clock: Pick<Clock, 'steady'>;
  headers: SecurityHeaders;
  /** Whether there is more than one language. */
  speaksMore: boolean;
  /** How many pages are kept. */
  mostPages?: number;
}

type RenderContent = (messages: Messages) => Promise<Content> | Content;

interface Making {
  render: () => Promise<Content> | Content;
  headers: Readonly<Record<string, string>>;
}

interface Entry {
  /** `null` while it is being rendered. */
  page: Rendered | null;
  rendering: Promise<Rendered>;
}

/**
 * Pages that are the same for everybody: each is rendered and compressed once per change and language,
 * and served from memory. Other processes change editions too, so the store is asked for their version, at most
 * four times a second, and only while somebody reads.
 */
export class PageCache {
  readonly #deps: PageCacheDeps;
  readonly #headers: Readonly<Record<string, string>>;
  /** Of what is the same in all languages. */
  readonly #plainHeaders: Readonly<Record<string, string>>;
  readonly #pages = new Map<string, Entry>();
  /** What was asked for last. */
  #newest: Entry | null = null;
  #version: string | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | null = null;

  constructor(deps: PageCacheDeps) {
    this.#deps = deps;
    this.#plainHeaders = { ...deps.headers, 'cache-control': PUBLIC };
    this.#headers = { ...this.#plainHeaders, ...(deps.speaksMore && { vary: LANGUAGE }) };
  }

  /**
   * Answers with the page of that key. What is in memory is sent at once: a promise would cost as
   * much as the sending.
   * @param key names the page and whatever it depends on, beside its language and what has a version.
   */
  send(
    request: FastifyRequest,
    reply: FastifyReply,
    key: string,
    render: RenderContent,
  ): undefined | Promise<void> {
    const { messages } = request;
    return this.#send(request, reply, `${messages.language.code} ${key}`, {
      render: () => render(messages),
      headers: this.#headers,
    });
  }

  /** The same for what has no words of ours in it: there is one for all languages. */
  sendPlain(
    request: FastifyRequest,
    reply: FastifyReply,
    key: string,
    render: () => Promise<Content> | Content,
  ): undefined | Promise<void> {
    return this.#send(request, reply, key, { render, headers: this.#plainHeaders });
  }

  #send(
    request: FastifyRequest,
    reply: FastifyReply,
    key: string,
    made: Making,
  ): undefined | Promise<void> {
    const known = this.#isFresh() ? this.#pages.get(key) : undefined;
    if (!known?.page) return this.#sendLater(request, reply, key, made);
    this.#keep(key, known);
    sendRendered(request, reply, known.page);
    return undefined;
  }

  async #sendLater(
    request: FastifyRequest,
    reply: FastifyReply,
    key: string,
    made: Making,
  ): Promise<void> {
    if (!this.#isFresh()) await this.#look();
    const { rendering } = this.#pages.get(key) ?? this.#begin(key, made);
    sendRendered(request, reply, await rendering);
  }

  /** Renders a page, once for all who ask for it meanwhile. */
  #begin(key: string, { render, headers }: Making): Entry {
    const entry: Entry = {
      page: null,
      rendering: (async () => toRendered(await render(), headers))(),
    };
    // Put there before it is rendered: a change meanwhile throws it away with the others.
    this.#pages.set(key, entry);
    this.#newest = entry;
    entry.rendering.then(
      (page) => {
        entry.page = page;
        this.#dropOldest();
      },
      () => {
        if (this.#pages.get(key) === entry) this.#pages.delete(key);
      },
    );
    return entry;
  }

  /** A map keeps its keys in the order in which they were put in: the first is the longest unused. */
  #keep(key: string, entry: Entry): void {
    if (entry === this.#newest) return;
    this.#newest = entry;
    this.#pages.delete(key);
    this.#pages.set(key, entry);
  }

  #dropOldest(): void {
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= (this.#deps.mostPages ?? MOST_PAGES)) break;
      this.#pages.delete(oldest);
    }
  }

  #isFresh(): boolean {
    return this.#deps.clock.steady() - this.#lookedAt < LOOK_EVERY;
  }

  /** Asks for the version, once for all who wait for it. */
  #look(): Promise<void> {
    this.#looking ??= this.#readVersion().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #readVersion(): Promise<void> {
    const at = this.#deps.clock.steady();
    const version = await this.#deps.version();
    if (version !== this.#version) this.#pages.clear();
    this.#version = version;
    this.#lookedAt = at;
  }
}
