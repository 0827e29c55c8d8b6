import { afterEach, describe, expect, test } from 'vitest';
import { PaperboyError } from '../../src/base/errors.js';
import { elementText, textOf } from './markup.js';
import { openSite, type Site } from './site.js';

let site: Site;
afterEach(() => site.close());

describe('/healthz', () => {
  test('answers while the first edition is still awaited, which pages wait for', async () => {
    let start = () => {};
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    site = await openSite({ started });
    for (const url of ['/healthz', '/healthz/', '/healthz?x=1']) {
      const { statusCode, body } = await site.get(url);
      expect([statusCode, JSON.parse(body)]).toEqual([200, { status: 'ok', version: '0.1.0' }]);
    }
    let answered = false;
    const page = site.get('/').then((answer) => {
      answered = true;
      return answer;
    });
    await site.get('/healthz');
    expect(answered).toBe(false);
    start();
    expect((await page).statusCode).toBe(200);
  });
});

const READY = { status: 'ready', held: null, sources: { huggingface: 'not asked yet' } };

describe('/readyz', () => {
  test('says that it is ready, and how sending is', async () => {
    site = await openSite();
    const { statusCode, body } = await site.get('/readyz');
    expect([statusCode, JSON.parse(body)]).toEqual([200, { ...READY, sending: 'ok' }]);
  });

  test('stays ready while the SMTP server is away: pages work, and mail waits', async () => {
    const trouble = { code: 'smtp_unreachable', reason: 'The server 10.0.0.7 is away.' } as const;
    for (const sender of [() => ({ trouble, held: null }), () => null]) {
      site = await openSite({ sender });
      const { statusCode, body } = await site.get('/readyz');
      expect([statusCode, JSON.parse(body)]).toEqual([200, { ...READY, sending: 'waiting' }]);
      expect(body).not.toContain('10.0.0.7');
      if (sender() !== null) await site.close();
    }
  });

  test('says that notices wait for their budget', async () => {
    const throttling = { noticesWait: true };
    site = await openSite({ sender: () => ({ trouble: null, held: null, throttling }) });
    const { body } = await site.get('/readyz');
    expect(JSON.parse(body)).toEqual({ ...READY, sending: 'ok', notices: 'waiting' });
  });

  test('tells what has to be mended while sending is held', async () => {
    const held = {
      ...{ reason: 'Sending is held: the server refuses the login.', route: 'smtp', domain: '' },
      ...{ reply: '535 5.7.8 No', since: Date.UTC(2026, 2, 5, 11), next: Date.UTC(2026, 2, 5, 13) },
    };
    site = await openSite({ sender: () => ({ trouble: null, held }) });
    const { statusCode, body } = await site.get('/readyz');
    expect([statusCode, JSON.parse(body)]).toEqual([
      200,
      {
        ...READY,
        sending: 'waiting',
        held: {
          reason: held.reason,
          since: '2026-03-05T11:00:00.000Z',
          reply: held.reply,
          next: '2026-03-05T13:00:00.000Z',
        },
      },
    ]);
  });

  test('stays ready while a source is down, and says which, without details', async () => {
    site = await openSite();
    const { sourceStates } = site.store;
    const sources = async () => (await site.get('/readyz')).json().sources;
    await sourceStates.answered('huggingface', 1_000);
    expect(await sources()).toEqual({ huggingface: 'ok' });
    await sourceStates.failed('huggingface', 2_000, '10.0.0.7 could not be read (ECONNREFUSED).');
    const { statusCode, body } = await site.get('/readyz');
    expect([statusCode, JSON.parse(body).sources]).toEqual([200, { huggingface: 'failing' }]);
    expect(body).not.toContain('10.0.0.7');
    await sourceStates.answered('huggingface', 3_000);
    expect(await sources()).toEqual({ huggingface: 'ok' });
  });

  test('answers 503 with the code of the reason when it can not serve, and no details', async () => {
    site = await openSite({
      checkReady: async () => {
        throw new PaperboyError('store_full', 'The disk of /srv is full.');
      },
    });
    const { statusCode, body } = await site.get('/readyz');
    expect([statusCode, JSON.parse(body)]).toEqual([
      503,
      { status: 'not ready', reason: 'store_full', sending: 'ok', held: null },
    ]);
  });

  test('answers 503 when the store is gone', async () => {
    site = await openSite();
    await site.store.close();
    expect((await site.get('/readyz')).statusCode).toBe(503);
    expect((await site.get('/healthz')).statusCode).toBe(200);
  });
});

test('a fault of the program is told without its details', async () => {
  site = await openSite();
  await site.store.close();
  const page = await site.get('/');
  expect([page.statusCode, elementText(page.body, 'h1')]).toEqual([500, 'Something went wrong']);
  expect(textOf(page.body)).not.toMatch(/driver|sqlite|kysely|\.js/i);
  const json = await site.get('/', { accept: 'application/json' });
  expect([json.statusCode, json.json().error.code]).toEqual([500, 'internal']);
});
