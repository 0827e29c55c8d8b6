import { join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { memoize } from '../base/memo.js';
import { htmlEngine, TEMPLATES, templateFault } from '../views/liquid.js';
import type { WebContext } from './context.js';
import { markedHtml, optionsHtml } from './filters.js';

declare module 'fastify' {
  interface FastifyReply {
    /** Answers with the page `templates/pages/NAME.liquid`. */
    page(name: string, context?: object): Promise<FastifyReply>;
    /** The same for a page that belongs to one reader: not kept, not indexed. */
    privatePage(name: string, context?: object): Promise<FastifyReply>;
  }
}

/** Teaches replies to render pages. */
export function views(app: FastifyInstance, { publicUrl, editedBy }: WebContext): void {
  const engine = htmlEngine(join(TEMPLATES, 'pages'));
  engine.registerFilter('marked', { raw: true, handler: markedHtml });
  engine.registerFilter('options', { raw: true, handler: optionsHtml });
  const listedHtml = memoize((papers: unknown, level: number) =>
    engine.renderFileSync('_papers', { papers, level }),
  );
  engine.registerFilter('listed', { raw: true, handler: listedHtml });
  const site = { name: 'Paperboy', url: publicUrl, editedBy };

  app.decorateReply('page', async function (this: FastifyReply, name, context = {}) {
    let html: string;
    try {
      html = engine.renderFileSync(name, { site, ...context }) as string;
    } catch (error) {
      throw templateFault(`templates/pages/${name}.liquid`, error);
    }
    return this.type('text/html; charset=utf-8').send(html);
  });

  app.decorateReply('privatePage', function (this: FastifyReply, name, context = {}) {
    this.header('cache-control', 'no-store').header('x-robots-tag', 'noindex');
    return this.page(name, { noindex: true, ...context });
  });
}
