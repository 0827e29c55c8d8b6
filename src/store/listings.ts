import type { IngestStore, Listing, SavedPaper } from '../papers/ingest-store.js';
import type { Signal } from '../papers/paper.js';
import { texts, toBatches } from './batch.js';
import type { Database } from './database.js';
import { fileDays, fileVotes, markUnfiled } from './filing.js';
import { recordRows } from './records.js';
import type { Tables } from './tables.js';

/** What taking in an answer writes; in a transaction, with nobody else taking in one. */
export function ingestStore(database: Database): IngestStore {
  return {
    ...recordRows(database),
    savePapers: (papers) => savePapers(database, papers),
    removePapers: (ids) => removePapers(database, ids),
    saveListings: (listings) => saveListings(database, listings),
    saveSignals: (signals, observedAt) => saveSignals(database, signals, observedAt),
  };
}

async function savePapers(database: Database, papers: readonly SavedPaper[]): Promise<void> {
  for (const some of toBatches(papers)) {
    await database.db
      .insertInto('papers')
      .values(some.map(toPaperRow))
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((eb) => ({
          title: eb.ref('excluded.title'),
          abstract: eb.ref('excluded.abstract'),
          summary: eb.ref('excluded.summary'),
          authors: eb.ref('excluded.authors'),
          organisation: eb.ref('excluded.organisation'),
          published_on: eb.ref('excluded.published_on'),
          url: eb.ref('excluded.url'),
          pdf_url: eb.ref('excluded.pdf_url'),
          code_url: eb.ref('excluded.code_url'),
          project_url: eb.ref('excluded.project_url'),
          picture_url: eb.ref('excluded.picture_url'),
          keywords: eb.ref('excluded.keywords'),
          arxiv_id: eb.ref('excluded.arxiv_id'),
          doi: eb.ref('excluded.doi'),
          categories: eb.ref('excluded.categories'),
          withdrawn: eb.ref('excluded.withdrawn'),
          origins: eb.ref('excluded.origins'),
          searched: eb.ref('excluded.searched'),
        })),
      )
      .execute();
  }
  await markUnfiled(
    database,
    papers.map(({ paper }) => paper.id),
  );
}

async function removePapers({ db, dialect }: Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.deleteFrom('papers').where('id', 'in', texts(dialect, ids)).execute();
}

async function saveListings(database: Database, listings: readonly Listing[]): Promise<void> {
  for (const some of toBatches(listings)) {
    await database.db
      .insertInto('listings')
      .values(some.map(toListingRow))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  await fileDays(
    database,
    listings.map(({ paperId }) => paperId),
  );
}

async function saveSignals(
  database: Database,
  signals: readonly { listing: Listing; signal: Signal }[],
  observedAt: number,
): Promise<void> {
  const rows = signals.map(({ listing, signal: { upvotes, comments, codeStars } }) => ({
    ...toListingRow(listing),
    ...{ observed_at: observedAt, upvotes, comments, code_stars: codeStars },
  }));
  for (const some of toBatches(rows)) {
    await database.db
      .insertInto('signals')
      .values([...some])
      .onConflict((conflict) =>
        conflict.columns(['key', 'source', 'day', 'observed_at']).doUpdateSet((eb) => ({
          upvotes: eb.ref('excluded.upvotes'),
          comments: eb.ref('excluded.comments'),
          code_stars: eb.ref('excluded.code_stars'),
        })),
      )
      .execute();
  }
  await fileVotes(
    database,
    signals.map(({ listing }) => listing.paperId),
  );
}

function toListingRow({ paperId, source, key, day }: Listing): Tables['listings'] {
  return { paper_id: paperId, source, key, day };
}

function toPaperRow({ paper, origins, searched }: SavedPaper): Tables['papers'] {
  return {
    id: paper.id,
    title: paper.title,
    abstract: paper.abstract,
    summary: paper.summary,
    authors: JSON.stringify(paper.authors),
    organisation: paper.organisation,
    published_on: paper.publishedOn,
    url: paper.url,
    pdf_url: paper.pdfUrl,
    code_url: paper.codeUrl,
    project_url: paper.projectUrl,
    picture_url: paper.pictureUrl ?? null,
    keywords: JSON.stringify(paper.keywords),
    arxiv_id: paper.arxivId,
    doi: paper.doi,
    categories: JSON.stringify(paper.categories),
    withdrawn: paper.withdrawn ? 1 : 0,
    origins: JSON.stringify(origins),
    searched: searched && JSON.stringify(searched),
  };
}
