import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { get } from '../../src/http/http-client.js';
import { asking, type Served, serve } from '../sources/asking.js';
import { type HuggingFaceStub, startHuggingFace } from '../support/huggingface.js';

let stub: HuggingFaceStub;
let url: URL;
let served: Served | undefined;

beforeEach(async () => {
  stub = await startHuggingFace();
  url = new URL(`${stub.url}/api/daily_papers?date=2026-03-02`);
});
afterEach(async () => {
  await stub.close();
  await served?.close();
  served = undefined;
});

const failing = (message: string | RegExp) =>
  expect.objectContaining({
    code: 'source_failed',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });

describe('an answer', () => {
  test('comes with its status, type and body', async () => {
    const answer = await get(asking(), url);
    expect(answer).toEqual({
      status: 200,
      contentType: 'application/json; charset=utf-8',
      body: '[]',
      validator: null,
    });
  });

  test('that refuses is given back, not asked for again', async () => {
    const deps = asking();
    expect((await get(deps, new URL('/nowhere', stub.url))).status).toBe(404);
    expect(stub.requests).toHaveLength(1);
    expect(deps.clock.waits).toEqual([]);
  });
});

test('a source is told which program asks it, and its version', async () => {
  let agent: string | undefined;
  served = await serve((request, response) => {
    agent = request.headers['user-agent'];
    response.end('[]');
  });
  await get(asking(), served.url);
  expect(agent).toBe('Paperboy/0.1.0');
  const userAgent = 'Paperboy/0.1.0 (+https://papers.example)';
  await get({ ...asking(), userAgent }, served.url);
  expect(agent).toBe(userAgent);
});

test('an answer in another encoding is read, and told where some of it is lost', async () => {
  served = await serve((request, response) => {
    response.setHeader('content-type', 'text/plain; charset=iso-8859-1');
    if (request.url === '/bad') response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.end(Buffer.from('Größe', 'latin1'));
  });
  const deps = asking();
  expect((await get(deps, served.url)).body).toBe('Größe');
  expect(deps.lines).toEqual([]);
  expect((await get(deps, new URL('/bad', served.url))).body).toBe('Größe');
  expect(deps.lines).toMatchObject([{ event: 'answer_garbled', host: served.url.host }]);
});

describe('asking again', () => {
  test('waits longer each time', async () => {
    const deps = asking({ tries: 5 });
    stub.fail({ status: 500, times: 4 });
    expect((await get(deps, url)).status).toBe(200);
    expect(deps.clock.waits).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(deps.lines).toHaveLength(4);
    expect(deps.lines[0]).toMatchObject({ level: 'warn', attempt: 1, reason: 'answered 500' });
  });

  test.each([
    [0, 750],
    [0.999, 1249.5],
  ])('spreads the waits of many programs: %d', async (fraction, wait) => {
    const deps = asking();
    deps.random = { ...deps.random, fraction: () => fraction };
    stub.fail({ status: 503, times: 1 });
    await get(deps, url);
    expect(deps.clock.waits).toEqual([wait]);
  });

  test('waits as long as the server asks', async () => {
    const deps = asking();
    stub.fail({ status: 429, times: 2, retryAfter: 7 });
    expect((await get(deps, url)).status).toBe(200);
    expect(deps.clock.waits).toEqual([7_000, 7_000]);
  });

  test.each([
    ['a date', 'Wed, 04 Mar 2026 09:00:30 GMT', 30_000],
    ['a date that is past', 'Wed, 04 Mar 2026 08:00:00 GMT', 1_000],
    ['no time at all', '0', 1_000],
    ['minutes', '240', 240_000],
    ['nothing', '', 1_000],
    ['nonsense', 'soon', 1_000],
    ['less than nothing', '-5', expect.any(Number)],
  ])('understands Retry-After with %s', async (_what, header, wait) => {
    let asked = 0;
    served = await serve((_request, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(429, { 'retry-after': header });
      response.end('[]');
    });
    const deps = asking();
    expect((await get(deps, served.url)).status).toBe(200);
    expect(deps.clock.waits).toEqual([wait]);
    expect(deps.clock.waits[0]).toBeGreaterThanOrEqual(1_000);
    expect(deps.clock.waits[0]).toBeLessThanOrEqual(300_000);
  });

  test.each([
    ['when nobody says until when', 86_400, undefined],
    ['when somebody does', 90, 60_000],
  ])(
    'gives up at once if Retry-After is longer than there is time, %s',
    async (_what, seconds, time) => {
      const deps = asking();
      stub.fail({ status: 429, retryAfter: seconds });
      const until = time && deps.clock.now() + time;
      await expect(get(deps, url, { until })).rejects.toEqual(
        failing(`${url.host} answered 429 and is not to be asked again for ${seconds} s.`),
      );
      expect(stub.requests).toHaveLength(1);
      expect(deps.clock.waits).toEqual([]);
    },
  );

  test('waits for hours where there is time for that', async () => {
    const deps = asking();
    stub.fail({ status: 429, times: 1, retryAfter: 7_200 });
    const until = deps.clock.now() + 3 * 3_600_000;
    expect((await get(deps, url, { until })).status).toBe(200);
    expect(deps.clock.waits).toEqual([7_200_000]);
  });

  test('ends with the last try', async () => {
    const deps = asking({ tries: 3 });
    stub.fail({ status: 503 });
    await expect(get(deps, url)).rejects.toEqual(failing(`${url.host} answered 503.`));
    expect(stub.requests).toHaveLength(3);
    expect(deps.clock.waits).toHaveLength(2);
  });

  test('follows an answer that was cut off, and a connection that was reset', async () => {
    const deps = asking();
    stub.setDay('2026-03-02', [{ paper: 'x'.repeat(1_000) }]);
    stub.fail({ kind: 'cut', times: 1 });
    expect((await get(deps, url)).body).toHaveLength(1_014);
    stub.fail({ kind: 'reset', times: 1 });
    expect((await get(deps, url)).status).toBe(200);
    expect(deps.lines.map(({ reason }) => reason)).toEqual([
      'could not be read (UND_ERR_SOCKET)',
      'could not be read (ECONNRESET)',
    ]);
  });

  test('follows silence', async () => {
    const deps = asking({ tries: 2, timeout: 50 });
    const limits: AbortController[] = [];
    deps.timeLimit = (ms) => {
      expect(ms).toBe(50);
      const limit = new AbortController();
      limits.push(limit);
      return limit.signal;
    };
    // Time is up when the server has been asked, not before.
    stub.fail(() => {
      setImmediate(() => limits.at(-1)?.abort());
      return { kind: 'hang' };
    });
    await expect(get(deps, url)).rejects.toEqual(
      failing(`${url.host} did not answer within 0.05 s.`),
    );
    expect(stub.requests).toHaveLength(2);
  });

  test('does not help where nobody listens', async () => {
    const deps = asking();
    await stub.close();
    await expect(get(deps, url)).rejects.toEqual(
      failing(`${url.host} could not be read (ECONNREFUSED).`),
    );
    expect(deps.clock.waits).toHaveLength(2);
  });

  test('stops when the program stops', async () => {
    const stop = new AbortController();
    const deps = asking({ timeout: 60_000 });
    stub.fail(() => {
      setImmediate(() => stop.abort());
      return { kind: 'hang' };
    });
    await expect(get(deps, url, { signal: stop.signal })).rejects.toEqual(
      failing(/could not be read/),
    );
    expect(stub.requests).toHaveLength(1);
    expect(deps.clock.waits).toEqual([]);
  });
});

describe('a body beyond 4 MB', () => {
  test('is left at that, however much more would come', async () => {
    const chunk = Buffer.alloc(1024 * 1024, ' ');
    let sent = 0;
    served = await serve((_request, response) => {
      const more = () => {
        while (sent < 1_024 && !response.destroyed) {
          sent += 1;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    const deps = asking({ timeout: 20_000 });
    const before = process.memoryUsage().rss;
    await expect(get(deps, served.url)).rejects.toEqual(
      failing(`${served.url.host} sent more than 4 MB.`),
    );
    expect(sent).toBeLessThan(64);
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024);
    expect(served.requests).toHaveLength(1);
  });

  test('is found out even when it comes packed small', async () => {
    const packed = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    served = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(packed);
    });
    const deps = asking({ timeout: 20_000 });
    await expect(get(deps, served.url)).rejects.toEqual(failing(/sent more than 4 MB/));
  });

  test('is none with 4 MB exactly', async () => {
    served = await serve((_request, response) => {
      response.end(Buffer.alloc(4 * 1024 * 1024, ' '));
    });
    const { body } = await get(asking({ timeout: 20_000 }), served.url);
    expect(body.length).toBe(4 * 1024 * 1024);
  });
});

describe('an answer that is known already', () => {
  test.each([
    ['an entity tag', { etag: 'W/"7"' }, 'if-none-match', 'W/"7"'],
    [
      'a date',
      { 'last-modified': 'Wed, 04 Mar 2026 09:00:30 GMT' },
      'if-modified-since',
      'Wed, 04 Mar 2026 09:00:30 GMT',
    ],
  ])('is asked for by %s', async (_what, headers, condition, value) => {
    served = await serve((request, response) => {
      const same = request.headers[condition] === value;
      response.writeHead(same ? 304 : 200, headers).end(same ? '' : '[]');
    });
    const first = await get(asking(), served.url);
    expect([first.status, first.validator]).toEqual([200, value]);
    const again = await get(asking(), served.url, { validator: value });
    expect([again.status, again.body]).toEqual([304, '']);
  });
});
