import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, openDesk } from './desk.js';

/** As Node reads `SECRET_KEY=abc#def` in a file of its own, and as systemd does. */
const [CUT, WHOLE] = ['abc'.repeat(12), `${'abc'.repeat(12)}#def`];

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  await desk.json(['fetch', '--date', '2026-03-02']);
  await desk.json(['pick', '--date', '2026-03-02']);
});
afterEach(() => desk.close());

const preview = (SECRET_KEY: string) =>
  desk.run(['preview', '--date', '2026-03-02'], { env: { SECRET_KEY } });
const doctor = (SECRET_KEY: string, ...args: string[]) =>
  desk.run(['doctor', ...args], { env: { SECRET_KEY } });
const TOLD = 'SECRET_KEY is not the one that this store has known';

describe('a key that is not the one that has signed the links', () => {
  test('is told by whatever uses it, and by doctor, which fails', async () => {
    expect((await preview(WHOLE)).stderr).not.toContain(TOLD);
    expect((await preview(WHOLE)).stderr).not.toContain(TOLD);
    const { code, stderr } = await preview(CUT);
    expect([code, stderr.split(TOLD)]).toEqual([
      0,
      expect.toSatisfy((parts) => parts.length === 2),
    ]);
    expect(stderr).toContain('"secret_key_changed"');
    const examined = await doctor(CUT);
    expect([examined.code, examined.stdout]).toEqual([
      1,
      expect.stringContaining(`FAIL  settings: ${TOLD}`),
    ]);
    expect(stderr + examined.stdout + examined.stderr).not.toMatch(/abcabc/);
  });

  test('is told once by serve when it starts', async () => {
    await preview(WHOLE);
    const serve = await desk.serve({ SECRET_KEY: CUT });
    await serve.stop();
    expect(serve.stderr.split(TOLD)).toHaveLength(2);
  });

  test('is no news once the former key is back', async () => {
    await preview(WHOLE);
    await preview(CUT);
    expect((await preview(WHOLE)).stderr).not.toContain(TOLD);
    expect((await doctor(WHOLE)).stdout).not.toContain(TOLD);
  });

  test('may be accepted', async () => {
    await preview(WHOLE);
    expect((await doctor(CUT, '--accept-key')).stdout).not.toContain(TOLD);
    expect((await preview(CUT)).stderr).not.toContain(TOLD);
    expect((await preview(WHOLE)).stderr).toContain(TOLD);
  });
});

test('a key that was made is one, too, when another is set', async () => {
  await preview('');
  expect((await preview('')).stderr).not.toContain(TOLD);
  expect((await preview(WHOLE)).stderr).toContain(TOLD);
});

test('the key can not be read from what the store keeps of it', async () => {
  await preview(WHOLE);
  const [row] = desk.rows<{ value: string }>(
    "select value from settings where name = 'secret_key_fingerprint'",
  );
  expect(row?.value).toMatch(/^[\w-]{12}$/);
});
