import { expect, test } from 'vitest';
import { arxiv } from '../../src/sources/arxiv/arxiv.js';
import { fetchDay, newestDay } from '../../src/sources/fetch.js';
import { tempStore } from '../store/temp-store.js';
import { startArxiv } from '../support/arxiv.js';
import { asking } from './asking.js';

/** What was stored yesterday tells that today's RSS has nothing new, without a request for it. */
test('the list of yesterday under the date of today is no list of today', async () => {
  const [temp, stub, deps] = [await tempStore(), await startArxiv(), asking()];
  try {
    const url = new URL(stub.url);
    const options = { apiUrl: url, rssUrl: url, categories: ['cs.CL'], crossLists: false };
    const sources = [arxiv(options, deps)];
    const all = { ...temp.store, sources, clock: deps.clock, logger: deps.logger };
    stub.papers = [
      { id: '2603.00001', announced: 'new' },
      { id: '2603.00002', announced: 'new' },
    ];
    stub.rssDay = '2026-03-03';
    await fetchDay(all, '2026-03-03');
    stub.rssDay = '2026-03-04';
    const { reports } = await fetchDay(all, '2026-03-04');
    expect(reports['arxiv']).toMatchObject({ listed: 0, stored: 0 });
    expect(await temp.store.papers.listedOn('2026-03-04')).toEqual([]);
    expect(await temp.store.sourceStates.fetchedDay('arxiv', '2026-03-04')).toBeNull();
    stub.papers.push({ id: '2603.00003', submitted: '2026-03-03T10:00:00Z' });
    expect((await newestDay(all, '2026-03-04')).day).toBe('2026-03-04');
    stub.papers = ['2603.00003', '2603.00004'].map((id) => ({ id, announced: 'new' }));
    stub.requests.length = 0;
    expect((await fetchDay(all, '2026-03-04')).reports['arxiv']).toMatchObject({ stored: 2 });
    expect(stub.requests.map(({ path }) => path)).toEqual(['/rss/cs.CL']);
  } finally {
    await stub.close();
    await temp.close();
  }
});
