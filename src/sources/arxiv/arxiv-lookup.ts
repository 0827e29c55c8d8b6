import { PaperboyError } from '../../base/errors.js';
import type { HttpDeps } from '../../http/http-client.js';
import type { PaperLookup } from '../lookup.js';
import { apiQuery, getApi, parseEntries } from './arxiv-api.js';
import { readEntry } from './arxiv-entry.js';
import { findText } from './xml.js';

/**
 * One paper of arXiv, through its API.
 * @param apiUrl where the API lives, without a path
 */
export function arxivLookup(apiUrl: URL, http: HttpDeps): PaperLookup {
  return async (arxivId, signal) => {
    const url = apiQuery(apiUrl, { id_list: arxivId, max_results: '1' });
    const [entry] = parseEntries(await getApi(http, url, { signal }));
    // What arXiv can't find it may tell of in an entry of its own.
    if (!entry || findText(entry, 'id').includes('/api/errors')) return null;
    const read = readEntry(entry, []);
    const reason = 'reason' in read ? read.reason : wrongId(read.listed.paper.arxivId, arxivId);
    if ('listed' in read && reason === null) return read.listed;
    throw new PaperboyError(
      'source_failed',
      `What ${apiUrl.host} tells of ${arxivId} can't be used: ${reason}.`,
    );
  };
}

function wrongId(answered: string | null, wanted: string): string | null {
  return answered === wanted ? null : `it is of ${answered}`;
}
