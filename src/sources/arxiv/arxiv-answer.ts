import type { DroppedItem, ListedPaper } from '../../papers/paper.js';
import { readOne } from '../answer.js';
import type { SourceAnswer } from '../source.js';
import type { ArxivEntry, readItem } from './arxiv-entry.js';
import type { Element } from './xml.js';

/** Of a paper that stands there twice, as new and as a cross-list, the new one counts. */
export function toAnswer(
  elements: readonly Element[],
  { crossLists }: { crossLists: boolean },
  read: (element: Element) => ReturnType<typeof readItem>,
): SourceAnswer {
  const papers = new Map<string, ListedPaper>();
  const updates = new Map<string, ListedPaper>();
  const dropped: DroppedItem[] = [];
  const repeated: string[] = [];
  elements.forEach((element, index) => {
    const entry = readOne(() => read(element));
    if ('reason' in entry) {
      const id = ('id' in entry && entry.id) || `#${index + 1}`;
      dropped.push({ id, reason: entry.reason });
      return;
    }
    const { id } = entry.listed.paper;
    const kept = isListed(entry, crossLists) ? papers : updates;
    if (papers.has(id)) repeated.push(id);
    else if (kept === papers) updates.delete(id);
    if (!papers.has(id)) kept.set(id, entry.listed);
  });
  return {
    listed: elements.length,
    papers: [...papers.values()],
    dropped,
    repeated,
    updates: [...updates.values()],
  };
}

/** What the API has for a list beside what the RSS shows of it, which knows more of each paper. */
export function joinAnswers(rss: SourceAnswer, api: SourceAnswer): SourceAnswer {
  const known = new Set(rss.papers.map(({ paper }) => paper.id));
  const papers = [...rss.papers, ...api.papers.filter(({ paper }) => !known.has(paper.id))];
  const listed = new Set(papers.map(({ paper }) => paper.id));
  const updates = [...(rss.updates ?? []), ...(api.updates ?? [])];
  return {
    ...api,
    papers,
    listed: rss.listed + papers.length - rss.papers.length,
    dropped: [...rss.dropped, ...api.dropped],
    repeated: rss.repeated ?? [],
    updates: updates.filter(({ paper }) => !listed.has(paper.id)),
  };
}

function isListed({ announcement }: ArxivEntry, crossLists: boolean): boolean {
  return announcement === 'new' || (announcement === 'cross' && crossLists);
}
