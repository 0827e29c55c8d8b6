import { sql } from 'kysely';
import { type Day, daysBetween } from '../base/day.js';
import type { TextQuery } from '../search/query.js';
import type { Findings, FoundPaper, SearchPage, SearchStore } from '../search/search-store.js';
import type { Database } from './database.js';
import { type Range, type SearchPart, SHOWN } from './search-sql.js';

/** The numbers of rows begin with the day, counted from here (`migrations/0001/search.js`). */
const FIRST_DAY = '2000-01-01';
const PER_DAY = 1_000_000_000;

export function searchStore(database: Database): SearchStore {
  return {
    findPapers: (query, page) => findPapers(database, query, page),
    findById: (arxivId, pickedBefore) => findById(database, arxivId, pickedBefore),
  };
}

async function findPapers(
  { db, dialect }: Database,
  query: TextQuery,
  { offset, limit, pickedBefore }: SearchPage,
): Promise<Findings> {
  const range = toRange(query);
  const part = (name: SearchPart) => dialect.search.matching(query, name, range);
  const titled = query.all.some(({ author }) => author)
    ? sql`select 0 as docid, 0 as score where false`
    : part('title');
  const within = Math.max(0, Math.min(limit, SHOWN - offset));
  const { rows } = await sql<FoundRow & { found: number }>`
    with titled as materialized (${titled}), anywhere as materialized (${part('anywhere')}),
    found as (
      select docid, score, 1 as tier from titled
      union all
      select docid, score, 0 as tier from anywhere
      where docid not in (select docid from titled)),
    page as (
      select docid, score, tier, count(*) over () as found from found
      order by tier desc, score desc, docid desc limit ${within} offset ${offset})
    select ${columns(pickedBefore)}, page.found
    from page join search_papers s on s.docid = page.docid join papers p on p.id = s.paper_id
    order by page.tier desc, page.score desc, page.docid desc`.execute(db);
  const found = rows[0]?.found ?? 0;
  return { papers: rows.map(toFound), count: Math.min(found, SHOWN), more: found > SHOWN };
}

async function findById(
  { db }: Database,
  arxivId: string,
  pickedBefore?: number,
): Promise<FoundPaper | null> {
  const { rows } = await sql<FoundRow>`
    select ${columns(pickedBefore)} from search_papers s join papers p on p.id = s.paper_id
    where s.paper_id = ${arxivId}`.execute(db);
  return rows[0] ? toFound(rows[0]) : null;
}

function columns(pickedBefore = Number.MAX_SAFE_INTEGER) {
  return sql`
  p.id, p.title, p.abstract, p.summary, p.authors, p.organisation, p.url, p.pdf_url, s.day,
  (select min(e.date) from edition_papers ep join editions e on e.id = ep.edition_id
    where ep.paper_id = p.id and e.kind = 'daily'
      and (e.state = 'frozen' or e.picked_at <= ${pickedBefore})) as edition`;
}

interface FoundRow {
  id: string;
  title: string;
  abstract: string;
  summary: string | null;
  authors: string;
  organisation: string | null;
  url: string;
  pdf_url: string | null;
  day: Day;
  edition: Day | null;
}

function toFound(row: FoundRow): FoundPaper {
  return {
    id: row.id,
    title: row.title,
    abstract: row.abstract,
    summary: row.summary,
    authors: JSON.parse(row.authors) as string[],
    organisation: row.organisation,
    url: row.url,
    pdfUrl: row.pdf_url,
    listedOn: row.day,
    edition: row.edition,
  };
}

function toRange({ from, to }: TextQuery): Range {
  const start = (day: Day) => daysBetween(FIRST_DAY, day) * PER_DAY;
  return {
    first: from === null ? Number.MIN_SAFE_INTEGER : start(from),
    last: to === null ? Number.MAX_SAFE_INTEGER : start(to) + PER_DAY - 1,
  };
}
