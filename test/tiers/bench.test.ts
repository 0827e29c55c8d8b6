import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../bench/kit/report.js';
import { ROOT, tempDir } from '../support/program.js';
import { lacks } from './tier.js';

const leftOut = lacks('bench', '/usr/sbin/smtp-sink');

/** Its figures mean nothing here, and its marks are not asked for: only that it measures. */
describe.skipIf(leftOut)('npm run bench -- --quick', () => {
  test('measures everything there is to measure, and writes it down', {
    timeout: 300_000,
  }, async () => {
    using folder = tempDir();
    const out = join(folder.path, 'bench.json');
    const args = ['--import', 'tsx', 'test/bench/main.ts', '--quick', '--out', out];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let told = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        told += text;
      });
    }
    const [code] = await once(child, 'close');
    expect([code, existsSync(out)], told).toEqual([0, true]);
    const { benches, quick }: Report = JSON.parse(readFileSync(out, 'utf8'));
    expect(quick).toBe(true);
    expect(Object.keys(benches)).toEqual(
      expect.arrayContaining([
        'send',
        'selections',
        'plan',
        'interests',
        'scale',
        'latency',
        'web',
        'workers',
        'size',
      ]),
    );
    for (const [name, { rows, marks, skipped }] of Object.entries(benches)) {
      expect(rows.length > 0 || skipped.length > 0, name).toBe(true);
      for (const { value } of marks) expect(value, name).toBeGreaterThan(0);
      for (const { rate, cpu, peak } of rows) {
        for (const figure of [rate, cpu, peak]) {
          if (figure !== undefined) expect(Number.isFinite(figure), name).toBe(true);
        }
      }
    }
  });
});
