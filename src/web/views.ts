import { join } from 'node:path';
import type { FastifyReply } from 'fastify';
import { memoize } from '../base/memo.js';
import type { Piece } from '../search/highlight.js';
import { escapeHtml } from '../views/escape.js';
import { htmlEngine, TEMPLATES, templateFault, toMessages } from '../views/liquid.js';
import type { Language, Messages } from '../views/messages.js';
import { presentSite, type Site } from '../views/site.js';

/** Renders `templates/pages/NAME.liquid`. */
export type RenderPage = (name: string, messages: Messages, context?: object) => string;

export interface ViewDeps {
  site: Site;
  /** Where the operator's picture is, if there is one. */
  logoUrl: string | null;
  languages: readonly Language[];
  /** The address of a file of `templates/assets`. */
  assetUrl: (name: string) => string;
}

/**
 * The pages' templates.
 * @throws PaperboyError `template_fault`, when a page is rendered
 */
export function pageViews({ site, logoUrl, languages, assetUrl }: ViewDeps): RenderPage {
  const engine = htmlEngine(join(TEMPLATES, 'pages'));
  engine.registerFilter('marked', { raw: true, handler: markedHtml });
  engine.registerFilter('asset', assetUrl);
  const listed = new WeakMap<Messages, (...list: [unknown, number, string?]) => unknown>();
  const listedIn = (messages: Messages) => {
    const known =
      listed.get(messages) ??
      memoize((papers: unknown, level: number, elsewhere?: string) =>
        engine.renderFileSync('_papers', { papers, level, elsewhere }, { globals: { messages } }),
      );
    listed.set(messages, known);
    return known;
  };
  engine.registerFilter('listed', {
    raw: true,
    handler(papers: unknown, level: number, elsewhere?: string) {
      return listedIn(toMessages(this.context.globals))(papers, level, elsewhere);
    },
  });
  const shown = { ...presentSite(site), logoUrl };
  return (name, messages, context = {}) => {
    const { language } = messages;
    try {
      const all = { site: shown, language, languages, ...context };
      return engine.renderFileSync(name, all, { globals: { messages } }) as string;
    } catch (error) {
      throw templateFault(`templates/pages/${name}.liquid`, error);
    }
  };
}

/** Answers with a page. */
export function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(html);
}

/** Answers with a page that belongs to one reader: neither kept nor indexed. */
export function sendPrivatePage(
  reply: FastifyReply,
  renderPage: RenderPage,
  name: string,
  context: object = {},
): FastifyReply {
  keepPrivate(reply);
  return sendPage(reply, renderPage(name, reply.request.messages, { noindex: true, ...context }));
}

/** What belongs to one reader stays in no cache, and in no search engine. */
export function keepPrivate(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store').header('x-robots-tag', 'noindex');
}

/**
 * A text in HTML with what was searched for marked. A loop of many steps in a template takes ten
 * times as long.
 */
export function markedHtml(pieces: readonly Piece[]): string {
  return pieces
    .map(({ text, marked }) => (marked ? `<mark>${escapeHtml(text)}</mark>` : escapeHtml(text)))
    .join('');
}
