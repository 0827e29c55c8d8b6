import { join } from 'node:path';
import type { FastifyReply } from 'fastify';
import { memoize } from '../base/memo.js';
import type { Piece } from '../search/highlight.js';
import { escapeHtml, htmlEngine, TEMPLATES, templateFault } from '../views/liquid.js';

/** Renders `templates/pages/NAME.liquid`. */
export type RenderPage = (name: string, context?: object) => string;

export interface ViewDeps {
  publicUrl: string;
  editedBy: string | null;
  /** The address of a file of `templates/assets`. */
  assetUrl: (name: string) => string;
}

/**
 * The pages' templates.
 * @throws PaperboyError `template_fault`, when a page is rendered
 */
export function pageViews({ publicUrl, editedBy, assetUrl }: ViewDeps): RenderPage {
  const engine = htmlEngine(join(TEMPLATES, 'pages'));
  engine.registerFilter('marked', { raw: true, handler: markedHtml });
  engine.registerFilter('asset', assetUrl);
  const listedHtml = memoize((papers: unknown, level: number, elsewhere?: string) =>
    engine.renderFileSync('_papers', { papers, level, elsewhere }),
  );
  engine.registerFilter('listed', { raw: true, handler: listedHtml });
  const site = { name: 'Paperboy', url: publicUrl, editedBy };
  return (name, context = {}) => {
    try {
      return engine.renderFileSync(name, { site, ...context }) as string;
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
  return sendPage(reply, renderPage(name, { noindex: true, ...context }));
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
