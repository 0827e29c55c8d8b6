import { toErrorMessage } from '../base/errors.js';
import type { ListedPaper } from '../papers/paper.js';

/**
 * Each paper of an answer once. Of two items for the same paper the newer version's texts stay, of
 * the same version those with more votes; and the stronger signal in any case.
 */
export function distinctPapers(listed: readonly ListedPaper[]): {
  papers: ListedPaper[];
  repeated: string[];
} {
  const papers = new Map<string, ListedPaper>();
  const repeated: string[] = [];
  for (const one of listed) {
    const { id } = one.paper;
    const known = papers.get(id);
    if (known) repeated.push(id);
    papers.set(id, known ? better(known, one) : one);
  }
  return { papers: [...papers.values()], repeated };
}

function better(a: ListedPaper, b: ListedPaper): ListedPaper {
  const newer = (b.version ?? 0) - (a.version ?? 0) || votes(b) - votes(a);
  return { ...(newer > 0 ? b : a), signal: votes(b) > votes(a) ? b.signal : a.signal };
}

function votes({ signal }: ListedPaper): number {
  return signal?.upvotes ?? -1;
}

/** Reads one item of an answer. Whatever goes wrong with it costs it alone. */
export function readOne<T>(read: () => T): T | { reason: string } {
  try {
    return read();
  } catch (error) {
    return { reason: `it could not be read (${toErrorMessage(error).slice(0, 100)})` };
  }
}
