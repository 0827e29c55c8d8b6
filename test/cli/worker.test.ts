import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../support/program.js';
import { type Desk, openDesk, sentences } from './desk.js';

let desk: Desk;
let port: number;

beforeEach(async () => {
  desk = await openDesk({ parse: false });
  port = await freePort();
});
afterEach(() => desk.close());

const ask = (path: string, headers: Record<string, string> = {}) =>
  fetch(`http://localhost:${port}${path}`, { headers });

async function startWorker(env: Record<string, string> = {}) {
  const worker = desk.start(['worker'], { METRICS_PORT: String(port), ...env });
  await worker.waitForLog(/^The worker \S+ is at work$/m, 30_000);
  return worker;
}

describe('a worker with METRICS_PORT', () => {
  test('tells of its own mails, and stops as one without', async () => {
    const worker = await startWorker();
    await desk.json(['subscribers', 'add', 'ada@reader.test']);
    await desk.smtp.waitFor(1);
    const metrics = async () => (await ask('/metrics')).text();
    await expect
      .poll(metrics, { timeout: 10_000 })
      .toMatch(/^paperboy_mails_total\{kind="confirm",outcome="accepted"\} 1$/m);
    expect(await metrics()).toMatch(/^paperboy_store_up 1$/m);
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    await expect(ask('/healthz')).rejects.toThrow();
  });

  test('tells how it is, and shows no pages', async () => {
    const worker = await startWorker({ SMTP_URL: `smtp://127.0.0.1:${await freePort()}` });
    await desk.json(['subscribers', 'add', 'ada@reader.test']);
    expect(await (await ask('/healthz')).json()).toEqual({ status: 'ok', version: '0.1.0' });
    const ready = async () => (await ask('/readyz')).json();
    await expect.poll(ready, { timeout: 10_000 }).toMatchObject({
      status: 'ready',
      sending: 'waiting',
      sources: { huggingface: expect.anything() },
    });
    for (const path of ['/', '/archive', '/assets/style.css', '/metrics/x', '/%']) {
      const answer = await ask(path, { accept: 'text/html' });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        404,
        expect.stringContaining('application/json'),
      ]);
    }
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
  });

  test('asks for METRICS_TOKEN', async () => {
    await startWorker({ METRICS_TOKEN: 'a token of tests' });
    const refused = await ask('/metrics');
    expect([refused.status, await refused.json()]).toEqual([
      403,
      { error: { code: 'metrics_closed', message: expect.stringContaining('METRICS_TOKEN') } },
    ]);
    const given = await ask('/metrics', { authorization: 'Bearer a token of tests' });
    expect([given.status, await given.text()]).toEqual([200, expect.stringContaining('paperboy_')]);
    expect((await ask('/healthz')).status).toBe(200);
  });

  test('fails in one sentence where the port is taken', async () => {
    await startWorker();
    const second = await desk.run(['worker'], { env: { METRICS_PORT: String(port) } });
    expect([second.code, sentences(second)]).toEqual([
      1,
      [`paperboy: Port ${port} is taken by another program; stop that one, or set METRICS_PORT.`],
    ]);
  });
});

test('a worker without METRICS_PORT listens nowhere', async () => {
  const worker = desk.start(['worker']);
  await worker.waitForLog(/^The worker \S+ is at work$/m, 30_000);
  await expect(ask('/healthz')).rejects.toThrow();
  await expect(fetch(`${desk.site}/healthz`)).rejects.toThrow();
});
