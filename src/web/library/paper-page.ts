import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../../base/clock.js';
import { PaperboyError } from '../../base/errors.js';
import { toPickedBefore } from '../../editions/shown-editions.js';
import { formatBibtex, toCiteKey } from '../../library/bibtex.js';
import {
  findPaperId,
  type LoadPaperDeps,
  loadPaper,
  type PaperRecord,
} from '../../library/load-paper.js';
import type { Messages } from '../../views/messages.js';
import { paperPath } from '../../views/paper-path.js';
import type { Site } from '../../views/site.js';
import type { PageCache } from '../page-cache.js';
import { type Content, HTML } from '../rendered.js';
import { FAILURES, page } from '../schemas.js';
import type { RenderPage } from '../views.js';
import { Moved, orMoved } from './moved.js';
import { presentPaperPage } from './present-paper.js';

export interface PaperPageDeps extends LoadPaperDeps {
  cache: PageCache;
  renderPage: RenderPage;
  site: Pick<Site, 'publicUrl'>;
  clock: Pick<Clock, 'now'>;
  freezeAfter: number;
}

/** No id comes near. */
const LONGEST = 500;
/** Requests per client: a page takes as long as a search. Crawlers come back later. */
const LIMIT = { max: 300, timeWindow: '1 minute' };

const SCHEMA = {
  hide: true,
  params: Type.Object({ '*': Type.String() }),
  response: { 200: page('A paper.'), ...FAILURES },
};

/**
 * `GET /paper/ID` and `/paper/ID.bib`. Ids have slashes, so they are all that follows. Whatever else
 * leads to a paper, like an id that it had or an address of arXiv's, is redirected.
 */
export const paperPage: FastifyPluginAsyncTypebox<PaperPageDeps> = async (app, deps) => {
  app.get('/paper/*', { schema: SCHEMA, config: { rateLimit: LIMIT } }, (request, reply) => {
    const asked = request.params['*'];
    return orMoved(reply, () =>
      deps.cache.send(request, reply, `/paper/${asked.slice(0, LONGEST + 1)}`, async (messages) =>
        (await isBibtex(deps, asked))
          ? renderBibtex(deps, asked.slice(0, -BIBTEX.length))
          : renderPaper(deps, asked, messages),
      ),
    );
  });
};

const BIBTEX = '.bib';

/** A paper whose own id ends so is a paper. */
async function isBibtex({ papers }: PaperPageDeps, asked: string): Promise<boolean> {
  return asked.endsWith(BIBTEX) && asked.length <= LONGEST && (await papers.find(asked)) === null;
}

async function renderPaper(
  deps: PaperPageDeps,
  asked: string,
  messages: Messages,
): Promise<Content> {
  const record = await findPaper(deps, asked, '');
  const paper = presentPaperPage(record, deps.site.publicUrl, messages);
  return { type: HTML, body: deps.renderPage('paper', messages, { paper }) };
}

/** The type is what reference managers register for. */
async function renderBibtex(deps: PaperPageDeps, asked: string): Promise<Content> {
  const { paper } = await findPaper(deps, asked, BIBTEX);
  const name = `${toCiteKey(paper)}.bib`;
  return {
    type: 'application/x-bibtex; charset=utf-8',
    body: formatBibtex(paper, deps.site.publicUrl + paperPath(paper.id)),
    headers: { 'content-disposition': `attachment; filename="${name}"` },
  };
}

/** @throws Moved, PaperboyError `no_paper` */
async function findPaper(deps: PaperPageDeps, asked: string, ending: string): Promise<PaperRecord> {
  const pickedBefore = toPickedBefore(deps.freezeAfter, deps.clock.now());
  const id = asked.length > LONGEST ? null : await findPaperId(deps, asked, pickedBefore);
  if (id !== null && id !== asked) throw new Moved(paperPath(id) + ending);
  const record = id === null ? null : await loadPaper(deps, id, pickedBefore);
  if (record) return record;
  throw new PaperboyError('no_paper', 'No source has listed a paper of that id.');
}
