import { afterEach, describe, expect, test } from 'vitest';
import { publicOnly } from '../../src/http/address-guard.js';
import { get } from '../../src/http/http-client.js';
import { asking, type Served, serve } from '../sources/asking.js';

let served: Served | undefined;
afterEach(async () => {
  await served?.close();
  served = undefined;
});

const start = (): URL => {
  if (!served) throw new Error('Nothing is served.');
  return served.url;
};
const failing = (message: string | RegExp) =>
  expect.objectContaining({
    code: 'source_failed',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });

describe('redirects', () => {
  async function redirecting(to: (n: number) => string): Promise<Served> {
    let n = 0;
    served = await serve((request, response) => {
      if (request.url === '/end') return response.end('here');
      n += 1;
      return response.writeHead(302, { location: to(n) }).end();
    });
    return served;
  }

  test('are followed, a few of them', async () => {
    const { url } = await redirecting((n) => (n < 5 ? `/step${n}` : '/end'));
    expect((await get(asking(), url)).body).toBe('here');
  });

  test.each([
    ['without end', (n: number) => `/step${n}`, 'redirects more than 5 times'],
    ['to files', () => 'file:///etc/passwd', 'redirects to what is not the web'],
    ['to nonsense', () => 'http://', 'redirects to what is no address'],
    ['with a login', () => 'http://u:geheim@feed.example/', 'redirects to an address with a login'],
  ])('%s are not', async (_what, to, reason) => {
    const { url, requests } = await redirecting(to);
    await expect(get(asking(), url)).rejects.toEqual(failing(`${url.host} ${reason}.`));
    expect(requests.length).toBeLessThan(8);
  });
});

describe('a host that the guard does not hold for', () => {
  test('is asked, but leads nowhere else', async () => {
    const other = await serve((_request, response) => response.end('secret'));
    served = await serve((request, response) => {
      if (request.url === '/own') return response.writeHead(302, { location: '/end' }).end();
      if (request.url === '/end') return response.end('here');
      return response.writeHead(302, { location: other.url.href }).end();
    });
    const { url } = served;
    const deps = { ...asking({ tries: 1 }), guard: publicOnly(), freeHost: url.host };
    expect((await get(deps, new URL('/own', url))).body).toBe('here');
    await expect(get(deps, new URL('/away', url))).rejects.toEqual(failing(/not on the public/));
    await expect(get(deps, other.url)).rejects.toEqual(failing(/not on the public/));
    expect(other.requests).toEqual([]);
    await other.close();
  });
});

describe('cookies', () => {
  /** A site that redirects until it gets its cookie back; what each request brought. */
  async function gate(given: string[], target = '/feed'): Promise<(string | undefined)[]> {
    const brought: (string | undefined)[] = [];
    served = await serve((request, response) => {
      brought.push(request.headers.cookie);
      if (request.headers.cookie) return response.end('here');
      return response.writeHead(302, { location: target, 'set-cookie': given }).end();
    });
    return brought;
  }

  test.each([
    ['one', ['seen=1'], 'seen=1'],
    ['one with its attributes', ['seen=1; Path=/; HttpOnly; SameSite=Lax; Max-Age=60'], 'seen=1'],
    ['two', ['a=1', 'b=2; Path=/'], 'a=1; b=2'],
    ['a broken one beside a good one', ['=; Domain=', 'a=1'], 'a=1'],
    ['one whose path it has', ['a=1; Path=/fee; HttpOnly', 'b=2; Path=/feed'], 'b=2'],
    ['one that is over beside another', ['a=1; Max-Age=0', 'b=2'], 'b=2'],
  ])('are given back within one chain: %s', async (_what, given, cookie) => {
    const brought = await gate(given);
    expect((await get(asking(), start())).body).toBe('here');
    expect(brought).toEqual([undefined, cookie]);
    // The next chain knows nothing of it.
    await get(asking(), start());
    expect(brought).toEqual([undefined, cookie, undefined, cookie]);
  });

  test.each([
    ['for another host', ['a=1; Domain=journal.example']],
    ['for a whole top-level domain', ['a=1; Domain=example']],
    ['for TLS alone', ['a=1; Secure; Domain=journal.example', '__Host-a=1']],
  ])('are given to nobody that they are not for: %s', async (_what, given) => {
    const brought = await gate(given);
    await expect(get(asking(), start())).rejects.toEqual(failing(/more than 5 times/));
    expect(new Set(brought)).toEqual(new Set([undefined]));
  });

  test('of one host are not those of the next', async () => {
    const other = await serve((request, response) =>
      response.end(request.headers.cookie ?? 'none'),
    );
    served = await serve((_request, response) => {
      // The same machine by another name: cookies know no ports, but they know names.
      const location = `http://localhost:${other.url.port}/`;
      response.writeHead(302, { location, 'set-cookie': 'a=1' }).end();
    });
    const answer = await get(asking(), served.url).finally(() => other.close());
    expect(answer.body).toBe('none');
  });
});

test('an answer says where it came from, if it was redirected', async () => {
  served = await serve((request, response) => {
    if (request.url === '/new/feed') return response.end('here');
    return response.writeHead(301, { location: 'new/feed' }).end();
  });
  const { movedTo } = await get(asking(), served.url);
  expect(movedTo?.href).toBe(`${served.url.origin}/new/feed`);
  expect(await get(asking(), new URL('/new/feed', served.url))).not.toHaveProperty('movedTo');
});
