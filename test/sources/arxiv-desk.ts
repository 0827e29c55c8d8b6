import { arxiv } from '../../src/sources/arxiv/arxiv.js';
import type { Source, SourceAnswer } from '../../src/sources/source.js';
import { type ArxivStub, startArxiv } from '../support/arxiv.js';
import { type Asking, asking } from './asking.js';

/** Wednesday; the clock of the tests stands at 09:00 UTC on it. */
export const TODAY = '2026-03-04';
export const YESTERDAY = '2026-03-03';

/** arXiv's API and RSS, and the source that asks them. */
export class ArxivDesk {
  readonly stub: ArxivStub;
  deps: Asking = asking();

  private constructor(stub: ArxivStub) {
    this.stub = stub;
  }

  static async open(): Promise<ArxivDesk> {
    return new ArxivDesk(await startArxiv());
  }

  source({ crossLists = false, categories = ['cs.CL', 'cs.LG'] } = {}): Source {
    const url = new URL(this.stub.url);
    return arxiv({ apiUrl: url, rssUrl: url, categories, crossLists }, this.deps);
  }

  /** The paths that were asked for, in their order. */
  asked(): string[] {
    return this.stub.requests.map(({ path }) => path);
  }
}

export const ids = ({ papers }: SourceAnswer) => papers.map(({ paper }) => paper.id);
