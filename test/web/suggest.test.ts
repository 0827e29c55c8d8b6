import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { attribute, elementText, tags, textOf } from './markup.js';
import { openSite, type Site } from './site.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const pending = async () => {
  const found = await site.store.suggestions.list({ state: 'pending', limit: 100 });
  return found.map(({ paperId }) => paperId);
};

describe('a suggestion', () => {
  test.each([
    ['2603.12345', '2603.12345'],
    [' arXiv:2603.12345v2 ', '2603.12345'],
    ['https://arxiv.org/abs/2603.12345', '2603.12345'],
    ['http://www.arxiv.org/pdf/2603.12345v1.pdf', '2603.12345'],
    ['arxiv.org/html/2603.12345v3#S2', '2603.12345'],
    ['https://huggingface.co/papers/2603.12345?utm=x', '2603.12345'],
    ['https://arxiv.org/abs/hep-th/9901001v2', 'hep-th/9901001'],
    ['math.GT/0309136', 'math/0309136'],
    ['0704.0001', '0704.0001'],
    ['hep-th/9108001', 'hep-th/9108001'],
    ['hep-th/0703999', 'hep-th/0703999'],
  ])('of %s is one of the paper %s', async (link, id) => {
    const { statusCode, body } = await site.post('/suggest', { link });
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'Thank you']);
    expect(textOf(body)).toContain(id);
    expect(await pending()).toEqual([id]);
  });

  test.each([
    '',
    'x',
    '2613.12345',
    '2604.00001',
    '9901.00001',
    '0703.0001',
    'hep-th/0704001',
    'hep-th/9107001',
    'hep-th/9913001',
    '2603.123456',
    'https://arxiv.org/abs/',
    'https://arxiv.org.evil.example/abs/2603.12345',
    'https://evil.example/?https://arxiv.org/abs/2603.12345',
    'javascript:alert(1)//arxiv.org/abs/2603.12345',
    '2603.12345 2603.12346',
    'https://arxiv.org/abs/../../2603.12345',
    "2603.12345'); drop table suggestions;--",
    '<script>alert(1)</script>',
  ])('of %j is none: the form says so beside the field, with what was typed', async (link) => {
    const { statusCode, body } = await site.post('/suggest', { link, name: 'Ada', comment: 'C"' });
    expect(statusCode).toBe(400);
    const field = (id: string) => tags(body).find((tag) => attribute(tag, 'id') === id);
    expect(attribute(field('link'), 'aria-invalid')).toBe('true');
    expect(attribute(field('link-error'), 'role')).toBe('alert');
    expect(textOf(body)).toMatch(/its? (?:link )?looks like|There is no paper \S+ on arXiv so far/);
    expect(attribute(field('name'), 'value')).toBe('Ada');
    expect(body).toContain('>C&#34;</textarea>');
    expect(body).not.toContain('<script');
    expect(await pending()).toEqual([]);
  });

  test.each(['See https://evil.example/x', 'evil.example', 'www.x', 'ada@reader.test'])(
    'with the name "%s" is refused, since mails would make a link of it',
    async (name) => {
      const { statusCode, body } = await site.postJson('/suggest', { link: '2603.12345', name });
      expect([statusCode, JSON.parse(body).error.code]).toEqual([400, 'bad_name']);
    },
  );

  test('with a name or comment that is too long is told so, by its field', async () => {
    const link = '2603.12345';
    for (const [name, length] of [
      ['name', 61],
      ['comment', 501],
    ] as const) {
      const { statusCode, body } = await site.post('/suggest', {
        link,
        [name]: 'x'.repeat(length),
      });
      expect(statusCode).toBe(400);
      expect(textOf(body)).toContain(`has ${length} characters`);
      const error = tags(body).find((tag) => attribute(tag, 'id') === `${name}-error`);
      expect(attribute(error, 'role')).toBe('alert');
    }
    expect(await pending()).toEqual([]);
  });

  test('by JSON is answered in JSON', async () => {
    const good = await site.postJson('/suggest', { link: '2603.12345', name: 'Ada' });
    expect([good.statusCode, good.json()]).toEqual([
      202,
      { paper: '2603.12345', message: 'The editor looks at it.' },
    ]);
    const bad = await site.postJson('/suggest', { link: 'x' });
    expect([bad.statusCode, bad.json()]).toMatchObject([400, { error: { code: 'bad_link' } }]);
  });

  test('whoever fills in the field that people do not see is thanked, and that is all', async () => {
    const { statusCode, body } = await site.post('/suggest', {
      link: '2603.12345',
      website: 'https://spam.example',
    });
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'Thank you']);
    expect(await pending()).toEqual([]);
    const { body: form } = await site.get('/suggest');
    const trap = tags(form, 'input').find((tag) => attribute(tag, 'name') === 'website');
    expect(trap?.attributes).toMatchObject({ tabindex: '-1', autocomplete: 'off' });
    const css = (await site.get('/assets/site.css')).body;
    expect(css).toMatch(/\.trap \{\s*display: none;/);
  });

  test('needs no cookie and sets none; a look at the form changes nothing', async () => {
    const before = site.rows();
    const look = await site.get('/suggest');
    expect([look.statusCode, look.headers['set-cookie']]).toEqual([200, undefined]);
    expect(site.rows()).toEqual(before);
    const answer = await site.post('/suggest', { link: '2603.12345' });
    expect([answer.headers['set-cookie'], answer.headers['cache-control']]).toEqual([
      undefined,
      'no-store',
    ]);
  });

  test('is limited to ten from one client in ten minutes', async () => {
    const statuses = new Map<number, number>();
    for (let n = 0; n < 14; n++) {
      const { statusCode } = await site.post('/suggest', { link: `2603.${10_000 + n}` });
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([
      [200, 10],
      [429, 4],
    ]);
    expect(await pending()).toHaveLength(10);
    expect((await site.get('/suggest')).statusCode).toBe(200);
  });

  test('is linked from the foot of the front page', async () => {
    const { body } = await site.get('/');
    const foot = body.slice(body.indexOf('<footer'));
    expect(tags(foot, 'a').map((tag) => attribute(tag, 'href'))).toContain('/suggest');
  });
});

test('whatever is sent is kept as one harmless line or refused, never a fault', async () => {
  const unlimited = await openSite({ trustProxy: true });
  let client = 0;
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 80 }),
        fc.string({ unit: 'binary', maxLength: 600 }),
        async (name, comment) => {
          client += 1;
          const { statusCode, body } = await unlimited.app.inject({
            method: 'POST',
            url: '/suggest',
            headers: {
              accept: 'text/html',
              'content-type': 'application/x-www-form-urlencoded',
              'x-forwarded-for': `10.0.${client >> 8}.${client & 255}`,
            },
            payload: new URLSearchParams({ link: '2603.12345', name, comment }).toString(),
          });
          expect([200, 400]).toContain(statusCode);
          expect(tags(body, 'script')).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
    const [kept] = await unlimited.store.suggestions.list({ state: 'pending', limit: 1 });
    for (const { name, comment } of kept?.suggesters ?? []) {
      expect(`${name}${comment}`).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    }
  } finally {
    await unlimited.close();
  }
});
