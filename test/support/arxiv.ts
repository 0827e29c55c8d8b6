import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ArxivPaper {
  id: string;
  title?: string;
  abstract?: string;
  /** The first is the primary one. */
  categories?: string[];
  /** When its first version was submitted, in UTC. */
  submitted?: string;
  comment?: string;
  doi?: string;
  authors?: string[];
  version?: number;
  /** As the RSS has it; left out, it is not in the RSS. */
  announced?: string;
  /** The date of its item in the RSS; the RSS's own where left out. */
  dated?: string;
}

export type ArxivFault =
  | 429
  | 503
  | '403 empty'
  | '406 empty'
  | '403 words'
  | 'empty'
  | 'no-entries'
  | 'cut'
  | 'html';

export interface ArxivStub {
  readonly url: string;
  readonly requests: { path: string; query: URLSearchParams; at: number }[];
  /** The most requests that were open at once. */
  readonly mostOpen: number;
  papers: ArxivPaper[];
  /** The day of the RSS; `null`: there is none. */
  rssDay: string | null;
  /** What the next requests are answered with instead. */
  faults: ArxivFault[];
  close(): Promise<void>;
}

const TAIL = { rss: '</channel>\n</rss>', feed: '</feed>' };

/** arXiv as far as its API and its RSS are used: dates, categories and pages are heeded. */
export async function startArxiv(): Promise<ArxivStub> {
  let open = 0;
  const stub = { requests: [] as ArxivStub['requests'], mostOpen: 0 };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    stub.requests.push({ path: url.pathname, query: url.searchParams, at: Date.now() });
    stub.mostOpen = Math.max(stub.mostOpen, ++open);
    // A little later, so that requests side by side are seen to be.
    setTimeout(() => {
      open--;
      answer(whole, url, response);
    }, 5);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const whole: ArxivStub = Object.assign(stub, {
    url: `http://127.0.0.1:${port}`,
    papers: [] as ArxivPaper[],
    rssDay: null,
    faults: [] as ArxivFault[],
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  return whole;
}

function answer(stub: ArxivStub, url: URL, response: ServerResponse): void {
  const fault = stub.faults.shift();
  if (typeof fault === 'number') return void response.writeHead(fault).end('Rate exceeded.');
  if (fault === '403 words') return void response.writeHead(403).end('You are banned for good.');
  const refusal = /^(\d+) empty$/.exec(fault ?? '')?.[1];
  if (refusal !== undefined) return void response.writeHead(Number(refusal)).end();
  if (fault === 'empty') return void response.end('');
  if (fault === 'html') return void response.end('<!doctype html><title>Maintenance</title>');
  const body = url.pathname.startsWith('/rss/')
    ? rss(stub)
    : atom(stub, url.searchParams, fault === 'no-entries');
  response.setHeader('content-type', 'application/xml; charset=utf-8');
  response.end(fault === 'cut' ? body.slice(0, body.length / 2) : body);
}

function atom({ papers }: ArxivStub, query: URLSearchParams, isEmpty: boolean): string {
  const search = query.get('search_query') ?? '';
  const [, from, to] = /submittedDate:\[(\d{12}) TO (\d{12})\]/.exec(search) ?? [];
  const wanted = [...search.matchAll(/cat:([\w.-]+)/g)].map(([, name]) => name);
  const ids = query.get('id_list')?.split(',');
  const found = papers
    .filter(({ id, categories = ['cs.CL'], submitted = '' }) => {
      if (ids) return ids.includes(id);
      const minute = submitted.replace(/\D/g, '').slice(0, 12);
      const inTime = !from || !to || (minute >= from && minute <= to);
      return inTime && categories.some((one) => wanted.includes(one));
    })
    .sort((a, b) => ((a.submitted ?? '') < (b.submitted ?? '') ? -1 : 1));
  if (query.get('sortOrder') === 'descending') found.reverse();
  const start = Number(query.get('start') ?? 0);
  const page = found.slice(start, start + Number(query.get('max_results') ?? 10));
  return `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
<opensearch:totalResults>${found.length}</opensearch:totalResults>
${isEmpty ? '' : page.map(entry).join('\n')}${TAIL.feed}`;
}

function entry(paper: ArxivPaper): string {
  const { id, version = 1, categories = ['cs.CL'], submitted = '', comment, doi } = paper;
  return `<entry>
<id>http://arxiv.org/abs/${id}v${version}</id>
<published>${submitted}</published>
<title>${escaped(
    paper.title ??
      `The paper
  ${id}`,
  )}</title>
<summary>  ${escaped(paper.abstract ?? 'It says something.')}
</summary>
${(paper.authors ?? ['Ada Lovelace']).map((name) => `<author><name>${escaped(name)}</name></author>`).join('')}
${comment === undefined ? '' : `<arxiv:comment>${escaped(comment)}</arxiv:comment>`}
${doi === undefined ? '' : `<arxiv:doi>${doi}</arxiv:doi>`}
<arxiv:primary_category term="${categories[0]}"/>
${categories.map((term) => `<category term="${term}"/>`).join('')}
</entry>`;
}

function rss({ papers, rssDay }: ArxivStub): string {
  const date =
    rssDay === null ? '' : `<pubDate>${new Date(`${rssDay}T05:00:00Z`).toUTCString()}</pubDate>`;
  const items = papers
    .filter(({ announced }) => announced !== undefined)
    .map((paper) => item(paper, paper.dated ?? rssDay ?? '2026-03-04'));
  return `<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">
<channel><title>updates</title>${date}
${items.join('\n')}${TAIL.rss}`;
}

function item(paper: ArxivPaper, day: string): string {
  const { id, version = 1, categories = ['cs.CL'], announced = 'new', authors } = paper;
  const abstract = escaped(paper.abstract ?? 'It says something.');
  return `<item><title>${escaped(paper.title ?? `The paper ${id}`)}</title>
<link>https://arxiv.org/abs/${id}</link>
<description>arXiv:${id}v${version} Announce Type: ${announced}
Abstract: ${abstract}</description>
<guid isPermaLink="false">oai:arXiv.org:${id}v${version}</guid>
${categories.map((name) => `<category>${name}</category>`).join('')}
<pubDate>${new Date(`${day}T05:00:00Z`).toUTCString()}</pubDate>
<arxiv:announce_type>${announced}</arxiv:announce_type>
<dc:creator>${escaped((authors ?? ['Ada Lovelace']).join(', '))}</dc:creator></item>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
