import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { CONNECTIONS, READERS, Standstill } from './standstill.js';

/** Until the machine's fault is assumed; nothing here waits for so long. */
const PATIENCE = 60_000;

const open: Standstill[] = [];
afterAll(async () => {
  for (const scene of open.splice(0)) await scene.desk.close();
});

async function standstill(env: Record<string, string> = {}): Promise<Standstill> {
  const scene = await Standstill.open(env);
  open.push(scene);
  return scene;
}

// Side by side, since most of their time is waiting.
describe.concurrent('while mails are under way', () => {
  test('SIGTERM: serve finishes them, exits 0, and the next send does the rest', async () => {
    const scene = await standstill();
    scene.holdBackFrom(20);
    const server = await scene.start('serve');
    const stopping = server.stop('SIGTERM', PATIENCE);
    const down = () =>
      fetch(`${scene.desk.site}/healthz`).then(
        () => false,
        () => true,
      );
    await vi.waitUntil(down, { timeout: 10_000, interval: 50 });
    scene.answer();
    expect(await stopping).toEqual({ code: 0, signal: null });
    const { accepted = 0, ...others } = scene.states();
    expect(accepted).toBe(scene.desk.smtp.received.length);
    expect(others).toEqual({ planned: READERS.length - accepted });
    expect(accepted).toBeLessThan(READERS.length);
    await scene.finish();
    scene.expectEachOnce();
  }, 240_000);

  test('Ctrl-C: send finishes them, says what is left with exit code 1, and the next one does it', async () => {
    const scene = await standstill();
    scene.holdBackFrom(20);
    const sending = await scene.start('send');
    const stopping = sending.stop('SIGINT', PATIENCE);
    scene.answer();
    expect(await stopping).toEqual({ code: 1, signal: null });
    const counts = JSON.parse(sending.stdout);
    expect(counts.accepted).toBe(scene.desk.smtp.received.length);
    expect(counts.planned).toBe(READERS.length - counts.accepted);
    expect(sending.stderr).toContain(`paperboy: ${counts.planned} deliveries are left`);
    await scene.finish();
    scene.expectEachOnce();
  }, 240_000);

  test.each([
    ['serve', 0],
    ['send', 1],
  ] as const)(
    'SIGTERM: %s does not wait for a server that says nothing, and the next one goes on',
    async (command, code) => {
      const scene = await standstill();
      scene.holdBackFrom(20);
      const running = await scene.start(command);
      expect(await running.stop('SIGTERM', PATIENCE)).toEqual({ code, signal: null });
      // What was answered too late may have arrived, and the ledger does not take it for anything else.
      const { accepted = 0, sending = 0, uncertain = 0, ...others } = scene.states();
      expect(sending + uncertain).toBe(CONNECTIONS);
      expect(others).toEqual({ planned: READERS.length - accepted - CONNECTIONS });
      scene.answer();
      await scene.desk.smtp.waitFor(accepted + CONNECTIONS, PATIENCE);
      await scene.finish();
      scene.expectFewRepeats();
    },
    240_000,
  );

  test.each(['serve', 'send'] as const)(
    'a second SIGTERM ends %s at once, and the next one goes on',
    async (command) => {
      // It drains for longer than anybody waits here: only the second signal ends it.
      const scene = await standstill({ HURRIED: JSON.stringify({ drainLimit: 10 * PATIENCE }) });
      scene.holdBackFrom(20);
      const running = await scene.start(command);
      process.kill(running.pid, 'SIGTERM');
      await sleep(500);
      expect(scene.states()).toMatchObject({ sending: CONNECTIONS });
      expect(await running.stop('SIGTERM', PATIENCE)).toEqual({ code: 130, signal: null });
      scene.answer();
      await scene.finish();
      scene.expectFewRepeats();
    },
    240_000,
  );

  test('SIGKILL loses none and repeats at most one a connection, as they were', async () => {
    const scene = await standstill();
    scene.holdBackFrom(20);
    const sending = await scene.start('send');
    await sending.kill();
    scene.answer();
    await scene.desk.smtp.waitFor(20 + CONNECTIONS - 1, 15_000);
    expect(scene.states()).toMatchObject({ sending: CONNECTIONS });
    await scene.finish();
    scene.expectFewRepeats();
  }, 240_000);
});
