import { join } from 'node:path';
import compress from '@fastify/compress';
import formbody from '@fastify/formbody';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { openShownEditions, type ShownEditions } from '../editions/shown-editions.js';
import { SelectorCache } from '../interests/selection.js';
import { CardPainter } from '../pictures/share/draw-card.js';
import { toTokenHour } from '../subscribers/form/form-state.js';
import { TEMPLATES } from '../views/liquid.js';
import { presentSite } from '../views/site.js';
import { assetRoutes, loadAssets, robotsRoute } from './assets.js';
import { toLimitKey } from './client-address.js';
import { openConsentWords } from './consent-words.js';
import { handleErrors, pageFailures } from './errors.js';
import { NOT_FOUND } from './failure.js';
import { type BlankForm, createBlankForm } from './form-page.js';
import { hooks } from './hooks/hooks.js';
import { addLanguages, openLanguages } from './language.js';
import { registerLibrary } from './library/register-library.js';
import { refuseOverload } from './overload.js';
import { PageCache } from './page-cache.js';
import { archivePage } from './pages/archive.js';
import { confirmPages } from './pages/confirm.js';
import { describeRoutes, docsPages } from './pages/docs.js';
import { feeds } from './pages/feeds.js';
import { guessedPages } from './pages/guessed.js';
import { HEALTH_ROUTES, healthRoutes } from './pages/health.js';
import { homePage } from './pages/home.js';
import { imprintPage } from './pages/imprint.js';
import { manifestRoute } from './pages/manifest.js';
import { metricsRoute } from './pages/metrics.js';
import { neverPages } from './pages/never.js';
import { papersPages } from './pages/papers.js';
import { pictureRoute } from './pages/pictures.js';
import { preferencesPages } from './pages/preferences.js';
import { privacyPage } from './pages/privacy.js';
import { proofRoute } from './pages/proof.js';
import { reflectionRoute } from './pages/reflection.js';
import { searchPage } from './pages/search.js';
import { shareCards } from './pages/share-cards.js';
import { subscribeRoute } from './pages/subscribe.js';
import { suggestPages } from './pages/suggest.js';
import { timezonesPage } from './pages/timezones.js';
import { unsubscribePages } from './pages/unsubscribe.js';
import { withPictures } from './pictured-editions.js';
import { securityHeaders } from './security.js';
import { createServer } from './server.js';
import { pageViews, type RenderPage } from './views.js';
import type { WebDeps } from './web-deps.js';

/** No form of ours comes near; a larger body is refused before it is read. */
const BODY_LIMIT = 64 * 1024;

/** Builds the web server without starting it, so that tests can ask it without a port. */
export async function buildApp(deps: WebDeps): Promise<FastifyInstance> {
  const { site, logo, catalogues, logger, random, server } = deps;
  const security = securityHeaders(site.publicUrl);
  const assets = await loadAssets(join(TEMPLATES, 'assets'), { security, site, logo });
  const { languages } = catalogues;
  const renderPage = pageViews({
    ...{ site, languages, logoUrl: logo && assets.url(logo.name), assetUrl: assets.url },
  });
  const chooseMessages = openLanguages(catalogues);
  const sendFailure = pageFailures(renderPage, chooseMessages);
  const app = createServer({
    ...{ logger, random, trustProxy: server.trustProxy, bodyLimit: BODY_LIMIT },
    onUnreadableAddress: (request, reply) =>
      sendFailure(request, reply.headers(security), NOT_FOUND),
  });
  // What is served from memory has these headers among its own.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.headers(security);
    done();
  });
  const secure = site.publicUrl.startsWith('https:');
  addLanguages(app, catalogues, { chooseMessages, secure });
  waitUntilStarted(app, deps.started);
  await refuseOverload(app, server.overload);
  handleErrors(app, logger, sendFailure);
  await app.register(formbody, { bodyLimit: BODY_LIMIT });
  // A form or JSON, as the answer to anything else says.
  app.removeContentTypeParser('text/plain');
  await app.register(rateLimit, { global: false, keyGenerator: toLimitKey });
  // What is not kept ready is compressed as it goes out. Bodies that come in stay as they are: a
  // small one that is unpacked may have no end.
  await app.register(compress, { encodings: ['gzip'], globalDecompression: false });
  await describeRoutes(app, site);
  await app.register(assetRoutes, { assets, sendFailure });
  const all = openShownEditions({ ...deps, editions: deps.store.editions });
  const { clock } = deps;
  const { pictures } = deps.store;
  const shown = deps.showsPictures === false ? all : withPictures(all, pictures, clock);
  await app.register(pictureRoute, { pictures, headers: security, sendFailure });
  // The form's token is part of the pages, and another one every hour.
  const version = async () => `${await shown.version()} ${toTokenHour(clock.now())}`;
  const caching = { version, clock, headers: security, speaksMore: languages.length > 1 };
  const cache = new PageCache(caching);
  const { name: siteName } = site;
  const painter = new CardPainter();
  await app.register(shareCards, { cache, editions: shown, painter, siteName, sendFailure });
  await app.register(manifestRoute, { cache, siteName, assetUrl: assets.url });
  const blankForm = createBlankForm(deps, deps.pages.defaultTimezone);
  const shared = { renderPage, shown, blankForm };
  await registerPages(app, deps, { ...shared, cache });
  await registerLibrary(app, deps, { renderPage, shown, caching });
  await registerReadersPages(app, deps, shared);
  await app.register(healthRoutes, { ...deps.health, logger });
  await app.register(metricsRoute, deps.metrics);
  if (deps.hooks) await app.register(hooks, { ...deps.hooks, clock, logger });
  if (deps.reflection) await app.register(reflectionRoute, deps.reflection);
  return app;
}

/** Pages wait while a new store still waits for its first edition; whoever leaves meanwhile gets none. */
function waitUntilStarted(app: FastifyInstance, started: Promise<void>): void {
  let isStarted = false;
  const ready = started.then(() => {
    isStarted = true;
  });
  ready.catch(() => undefined);
  app.addHook('onRequest', (request, reply, done) => {
    if (isStarted || HEALTH_ROUTES.has(request.routeOptions.url ?? '')) {
      done();
      return;
    }
    ready.then(() => {
      if (request.raw.socket.destroyed) reply.hijack();
      else done();
    }, done);
  });
}

/** What both kinds of pages are made with. */
interface SharedDeps {
  renderPage: RenderPage;
  shown: ShownEditions;
  blankForm: BlankForm;
}

/** What is the same for everybody. */
async function registerPages(
  app: FastifyInstance,
  { store, site, pages, clock, freezeAfter }: WebDeps,
  { renderPage, cache, shown, blankForm }: SharedDeps & { cache: PageCache },
): Promise<void> {
  const { search, suggestions, library } = store;
  const editions = shown;
  await app.register(homePage, { cache, editions, renderPage, blankForm });
  await app.register(papersPages, { cache, editions, renderPage, blankForm, library });
  await app.register(archivePage, { cache, editions, renderPage });
  await app.register(feeds, { cache, editions, site, clock });
  await app.register(searchPage, { search, renderPage, clock, freezeAfter });
  await app.register(suggestPages, { cache, suggestions, clock, renderPage });
  await app.register(timezonesPage, { cache, renderPage });
  await app.register(privacyPage, { cache, renderPage, keep: pages.keep });
  if (presentSite(site).imprintLines.length > 0) {
    await app.register(imprintPage, { cache, renderPage });
  }
  await app.register(guessedPages, { cache, renderPage, blankForm });
  await app.register(robotsRoute, { cache, publicUrl: site.publicUrl });
  await app.register(docsPages, { cache, renderPage });
}

/** What readers send, and the pages that belong to one of them. */
async function registerReadersPages(
  app: FastifyInstance,
  {
    store,
    site,
    catalogues,
    pages,
    tokens,
    noticeLimits,
    clock,
    logger,
    freezeAfter,
    form,
  }: WebDeps,
  { renderPage, shown, blankForm }: SharedDeps,
): Promise<void> {
  const { editions, subscribers, ledger, atomically } = store;
  const { publicUrl } = site;
  const { defaultTimezone, inboxUrl } = pages;
  const { codes: languages } = catalogues;
  const changing = { atomically, clock, renderPage };
  const words = openConsentWords(renderPage, { site, blankForm });
  await app.register(subscribeRoute, {
    ...{ ...changing, editions: shown, blankForm, inboxUrl, publicUrl, tokens, logger, form },
    ...{ words, languages, limits: noticeLimits },
  });
  await app.register(proofRoute, { form: store.form, proofs: form.proofs, clock });
  const confirming = {
    ...{ subscribers, editions, atomically, clock },
    ...{ freezeAfter, logger, defaultLanguage: languages.own },
  };
  await app.register(confirmPages, {
    ...{ tokens, publicUrl, renderPage, words },
    confirming: { ...confirming, selectors: new SelectorCache() },
  });
  await app.register(unsubscribePages, {
    ...{ ...changing, tokens, subscribers, languages, logger },
  });
  await app.register(neverPages, { ...changing, tokens, subscribers, logger });
  const preferring = {
    ...{ ...changing, tokens, subscribers, ledger, defaultTimezone, languages },
  };
  await app.register(preferencesPages, preferring);
}
