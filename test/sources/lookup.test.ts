import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { arxivLookup } from '../../src/sources/arxiv/arxiv-lookup.js';
import { huggingFaceLookup } from '../../src/sources/huggingface/huggingface.js';
import { firstLookup, type PaperLookup } from '../../src/sources/lookup.js';
import { startArxiv } from '../support/arxiv.js';
import { type HuggingFaceStub, startHuggingFace } from '../support/huggingface.js';
import { type Asking, asking, items, serve } from './asking.js';

let stub: HuggingFaceStub;
let deps: Asking;

beforeEach(async () => {
  stub = await startHuggingFace();
  stub.setDay('2026-03-02', items(3));
  deps = asking();
});
afterEach(() => stub.close());

const lookup = (url = stub.url) => huggingFaceLookup(new URL(url), deps);
const idOf = (item: unknown) => (item as { paper: { id: string } }).paper.id;
const failing = (message: string) =>
  expect.objectContaining({ code: 'source_failed', message: expect.stringContaining(message) });

describe('a paper looked up at Hugging Face', () => {
  test('is what the day would list, whatever the day', async () => {
    const id = idOf(items(3)[1]);
    expect(await lookup()(id)).toMatchObject({ paper: { id, title: expect.any(String) } });
    expect(stub.requests.map(({ path }) => path)).toEqual([`/api/papers/${id}`]);
  });

  test('is null when it is not known there, old ids included', async () => {
    expect(await lookup()('2601.99999')).toBeNull();
    expect(await lookup()('hep-th/9901001')).toBeNull();
    expect(stub.requests.at(-1)?.path).toBe('/api/papers/hep-th/9901001');
  });

  test('is asked for again when the server is busy, and then told as a failure', async () => {
    const id = idOf(items(3)[0]);
    stub.fail({ status: 503, times: 2 });
    expect(await lookup()(id)).not.toBeNull();
    stub.fail({ status: 503 });
    await expect(lookup()(id)).rejects.toEqual(failing('answered 503'));
    stub.fail('html');
    await expect(lookup()(id)).rejects.toEqual(failing("can't be used"));
  });

  test('that is not as it should be is told as a failure', async () => {
    const served = await serve((_request, response) => response.end('{"id":"2603.00001"}'));
    try {
      await expect(lookup(served.url.href)('2603.00001')).rejects.toEqual(
        failing("tells of 2603.00001 can't be used"),
      );
    } finally {
      await served.close();
    }
  });
});

describe('a paper looked up at arXiv', () => {
  test('is found by its id, whatever its categories; others are not known', async () => {
    const arxiv = await startArxiv();
    try {
      const lookup = arxivLookup(new URL(arxiv.url), deps);
      arxiv.papers = [
        { id: '2603.00001' },
        { id: 'hep-th/9901001', categories: ['hep-th'], version: 3, title: 'An old\n  one' },
      ];
      expect(await lookup('hep-th/9901001')).toMatchObject({
        paper: { id: 'hep-th/9901001', title: 'An old one', categories: ['hep-th'] },
        ...{ signal: null, version: 3 },
      });
      expect(await lookup('2603.99999')).toBeNull();
      expect(arxiv.requests.map(({ query }) => query.get('id_list'))).toEqual([
        'hep-th/9901001',
        '2603.99999',
      ]);
    } finally {
      await arxiv.close();
    }
  });

  test('is asked for again when arXiv is busy, and then told as a failure', async () => {
    const arxiv = await startArxiv();
    try {
      const lookup = arxivLookup(new URL(arxiv.url), asking({ tries: 4 }));
      arxiv.papers = [{ id: '2603.00001' }];
      arxiv.faults = [429, 'cut'];
      expect(await lookup('2603.00001')).toMatchObject({ paper: { id: '2603.00001' } });
      arxiv.faults = Array.from({ length: 9 }, () => 'html' as const);
      await expect(lookup('2603.00001')).rejects.toEqual(failing('answered no feed'));
      arxiv.faults = Array.from({ length: 9 }, () => 503);
      await expect(lookup('2603.00001')).rejects.toEqual(failing('answered 503'));
    } finally {
      await arxiv.close();
    }
  });

  test('is null when arXiv tells of an error, and a failure when it is another', async () => {
    const entry = (id: string) =>
      `<feed><entry><id>${id}</id><title>Error</title><summary>x</summary></entry></feed>`;
    let told = entry('http://arxiv.org/api/errors#incorrect_id_format');
    const served = await serve((_request, response) => response.end(told));
    try {
      const lookup = arxivLookup(served.url, deps);
      expect(await lookup('2603.00001')).toBeNull();
      told = entry('http://arxiv.org/abs/2603.00002v1');
      await expect(lookup('2603.00001')).rejects.toEqual(failing('it is of 2603.00002'));
    } finally {
      await served.close();
    }
  });
});

describe('several lookups', () => {
  const none: PaperLookup = async () => null;
  const broken: PaperLookup = async () => {
    throw new Error('away');
  };

  test('are asked until one knows it; a failure counts only when none does', async () => {
    const id = idOf(items(3)[0]);
    expect(await firstLookup([none, broken, lookup()])(id)).not.toBeNull();
    await expect(firstLookup([none, broken, none])(id)).rejects.toThrow('away');
    expect(await firstLookup([none, none])(id)).toBeNull();
  });
});
