import type { lookup } from 'node:dns';
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { publicOnly } from '../../src/http/address-guard.js';
import type { HttpDeps } from '../../src/http/http-client.js';
import { fetchPictures } from '../../src/pictures/fetch-pictures.js';
import { saveListing } from '../papers/save-listing.js';
import { asking, notingLogger, type Served, serve } from '../sources/asking.js';
import { HOUR } from '../store/clock.js';
import { found, paper } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { drawPng } from './drawn.js';

const DAY = '2026-03-02';
const idOf = (n: number) => `2603.${String(n + 1).padStart(5, '0')}`;
const never = new AbortController().signal;

let temp: TempStore;
let served: Served;
let answer: RequestListener;
beforeEach(async () => {
  temp = await tempStore();
  answer = (_request, response) => response.writeHead(404).end();
  served = await serve((request, response) => answer(request, response));
});
afterEach(async () => {
  await served.close();
  await temp.close();
});

/** An edition whose papers have pictures at these addresses. */
async function edition(...addresses: (string | URL)[]): Promise<void> {
  const { papers, editions } = temp.store;
  const listed = addresses.map((address, n) => ({
    paper: { ...paper(idOf(n)), pictureUrl: toHref(address) },
    signal: { upvotes: 99 - n, comments: 0, codeStars: null },
  }));
  await saveListing(papers, 'huggingface', DAY, listed);
  await editions.saveDraft('daily', DAY, await papers.listedOn(DAY), temp.clock.now());
}

/** Two addresses with a space between stay what they are. */
function toHref(address: string | URL): string {
  return String(address).includes(' ') ? String(address) : new URL(address, served.url).href;
}

function run(http: Partial<HttpDeps> = {}, signal = never) {
  const { logger, lines } = notingLogger();
  const deps = { ...asking({ tries: 1 }), ...http };
  const { pictures } = temp.store;
  const fetched = fetchPictures(
    { pictures, pictureHttp: async () => () => deps, clock: temp.clock, logger },
    signal,
  );
  return { fetched, lines };
}

const sizes = async (count = 9) => {
  const ids = Array.from({ length: count }, (_, n) => idOf(n));
  return temp.store.pictures.sizes(ids);
};

test('each is fetched once, a few at a time, and kept as our own files', async () => {
  const png = await drawPng();
  let open = 0;
  let most = 0;
  answer = (_request, response) => {
    most = Math.max(most, ++open);
    setTimeout(() => {
      open--;
      response.setHeader('content-type', 'image/png');
      response.end(png);
    }, 20);
  };
  await edition(...Array.from({ length: 8 }, (_, n) => `/${n}.png`));
  expect(await run().fetched).toEqual({ fetched: 8, failed: 0 });
  expect(most).toBeLessThanOrEqual(3);
  expect((await sizes()).size).toBe(8);
  expect(await run().fetched).toEqual({ fetched: 0, failed: 0 });
  expect(served.requests).toHaveLength(8);
  const { hash } = found((await sizes()).get(idOf(0)));
  const file = found(await temp.store.pictures.file(hash, 'large'));
  expect(file.equals(png)).toBe(false);
});

describe('what cannot be fetched', () => {
  test('is tried again later and later, then never again', async () => {
    answer = (_request, response) => response.writeHead(503).end();
    await edition('/a.png');
    const waits: number[] = [];
    for (let asked = 0; asked < 20; asked++) {
      await run().fetched;
      waits.push(served.requests.length);
      temp.clock.advance(2 * HOUR);
    }
    expect(waits.slice(0, 3)).toEqual([1, 2, 3]);
    expect(served.requests).toHaveLength(4);
    expect((await sizes()).size).toBe(0);
  });

  test.each<[string, RequestListener]>([
    ['is gone', (_request, response) => response.writeHead(404).end()],
    ['is refused for good', (_request, response) => response.writeHead(410).end()],
    [
      'is a page',
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    ],
    [
      'says that it is a picture and is none',
      (_request, response) =>
        response.writeHead(200, { 'content-type': 'image/png' }).end('<svg></svg>'),
    ],
  ])('is not tried again where it %s', async (_name, listener) => {
    answer = listener;
    await edition('/a.png');
    const { fetched, lines } = run();
    expect(await fetched).toEqual({ fetched: 0, failed: 1 });
    expect(lines.find(({ event }) => event === 'picture_failed')).toMatchObject({
      paper: idOf(0),
      again: false,
    });
    temp.clock.advance(24 * HOUR);
    await run().fetched;
    expect(served.requests).toHaveLength(1);
  });

  test('does not keep the others from being fetched', async () => {
    const png = await drawPng();
    answer = (request, response) => {
      if (request.url === '/1.png') request.socket.destroy();
      else response.end(png);
    };
    await edition('/0.png', '/1.png', '/2.png');
    expect(await run().fetched).toEqual({ fetched: 2, failed: 1 });
    expect([...(await sizes()).keys()]).toEqual([idOf(0), idOf(2)]);
  });

  test('is what is too large: it is broken off', async () => {
    let sent = 0;
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'image/png' });
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 20))) sent++;
        sent++;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    await edition('/a.png');
    expect(await run({ retryPolicy: { tries: 1, timeout: 20_000 } }).fetched).toEqual({
      fetched: 0,
      failed: 1,
    });
    expect(sent).toBeLessThan(40);
  });

  test('is what takes too long', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'image/png' }).write('x');
    };
    await edition('/a.png');
    const retryPolicy = { tries: 1, timeout: 100 };
    expect(await run({ retryPolicy }).fetched).toEqual({ fetched: 0, failed: 1 });
  });
});

/** Whatever is asked for is on this machine. */
function lookUpHere(
  _name: string,
  _options: unknown,
  answered: (error: null, addresses: { address: string; family: number }[]) => void,
): void {
  answered(null, [{ address: '127.0.0.1', family: 4 }]);
}

describe('addresses that others have chosen', () => {
  test('lead to nothing of our own network, by name, number or redirect', async () => {
    const guard = publicOnly(lookUpHere as typeof lookup);
    await edition('/a.png', 'http://cdn.example/b.png', `http://[::1]:${served.url.port}/c.png`);
    expect(await run({ guard }).fetched).toEqual({ fetched: 0, failed: 3 });
    expect(served.requests).toEqual([]);
  });

  test('are followed a few times, and then no more', async () => {
    const png = await drawPng();
    answer = (request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end(png);
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    };
    await edition('/3', '/9');
    expect(await run().fetched).toEqual({ fetched: 1, failed: 1 });
  });
});

describe('a paper with two addresses', () => {
  test('has the second one’s picture where the first one’s is of no use', async () => {
    const png = await drawPng();
    answer = (request, response) => {
      if (request.url === '/large.gif') response.end(Buffer.alloc(9 << 20));
      else response.end(png);
    };
    await edition(`${new URL('/large.gif', served.url)} ${new URL('/good.png', served.url)}`);
    expect(await run().fetched).toEqual({ fetched: 1, failed: 0 });
    expect(served.requests).toHaveLength(2);
  });

  test('is tried again if one of them may be mended', async () => {
    answer = (request, response) => response.writeHead(request.url === '/a' ? 503 : 404).end();
    await edition(`${new URL('/a', served.url)} ${new URL('/b', served.url)}`);
    expect(await run().fetched).toEqual({ fetched: 0, failed: 1 });
    temp.clock.advance(2 * HOUR);
    await run().fetched;
    expect(served.requests).toHaveLength(4);
  });
});

test('editions of days long ago are left as they are', async () => {
  temp.clock.advance(30 * 24 * HOUR);
  await edition('/a.png');
  expect(await run().fetched).toEqual({ fetched: 0, failed: 0 });
  expect(served.requests).toEqual([]);
});

test('whoever stops it leaves no failure behind', async () => {
  const stop = new AbortController();
  answer = () => stop.abort();
  await edition('/a.png', '/b.png');
  expect(await run({}, stop.signal).fetched).toEqual({ fetched: 0, failed: 0 });
  const all = { pickedSince: 0, datedFrom: DAY, most: 9 };
  expect(await temp.store.pictures.wanted(all, temp.clock.now())).toHaveLength(2);
});
