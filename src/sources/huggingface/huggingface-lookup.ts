import { PaperboyError } from '../../base/errors.js';
import { get, type HttpDeps } from '../../http/http-client.js';
import type { PaperLookup } from '../lookup.js';
import { readItem } from './huggingface-item.js';

/**
 * One paper of Hugging Face: `GET /api/papers/ID`, whatever day it was listed on, if any.
 * @param baseUrl where the API lives, without a path
 */
export function huggingFaceLookup(baseUrl: URL, http: HttpDeps): PaperLookup {
  return async (arxivId, signal) => {
    const path = arxivId.split('/').map(encodeURIComponent).join('/');
    const answer = await get(http, new URL(`/api/papers/${path}`, baseUrl), { signal });
    if (answer.status === 404) return null;
    if (answer.status !== 200) {
      throw new PaperboyError('source_failed', `${baseUrl.host} answered ${answer.status}.`);
    }
    const read = readItem(parseItem(answer.body));
    if ('reason' in read) {
      throw new PaperboyError(
        'source_failed',
        `What ${baseUrl.host} tells of ${arxivId} can't be used: ${read.reason}.`,
      );
    }
    return read.listed;
  };
}

/** As the answer for a day has it: there the paper is inside, and its comments are outside. */
function parseItem(body: string): unknown {
  try {
    const paper = JSON.parse(body);
    if (typeof paper !== 'object' || paper === null) return paper;
    const comments = 'numComments' in paper ? { numComments: paper.numComments } : {};
    return { paper, ...comments };
  } catch {
    return null;
  }
}
