import { toFacets } from './facets.js';
import type { LibraryStore } from './library-store.js';

/**
 * Files some papers that are new or have changed, by their topics, authors and organisations. Finding
 * topics takes some milliseconds a paper, so it is done here, where nobody waits for it, and not where
 * papers are taken in, which keeps others from writing.
 * @returns how many it found
 */
export async function fileSome(
  library: Pick<LibraryStore, 'loadUnfiled' | 'saveFacets'>,
  most: number,
): Promise<number> {
  const unfiled = await library.loadUnfiled(most);
  if (unfiled.length === 0) return 0;
  const all = toFacets(unfiled.map(({ paper }) => paper));
  await library.saveFacets(
    unfiled.map(({ paper, mark }, place) => ({
      ...{ paperId: paper.id, mark },
      // A withdrawn paper is in no list.
      facets: paper.withdrawn ? [] : (all[place] ?? []),
    })),
  );
  return unfiled.length;
}
