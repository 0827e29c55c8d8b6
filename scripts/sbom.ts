import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Prints the bill of materials of what is shipped (CycloneDX), from the lock file alone.
 * `npm sbom --omit dev` leaves out packages that development needs as well, so npm gets to see a
 * package without development.
 */
const folder = mkdtempSync(join(tmpdir(), 'paperboy-sbom-'));
try {
  const { devDependencies: _, ...manifest } = readJson('package.json');
  const lock = readJson('package-lock.json') as { packages: Record<string, { dev?: boolean }> };
  const shipped = Object.entries(lock.packages).filter(([, { dev }]) => dev !== true);
  const packages = { ...Object.fromEntries(shipped), '': manifest };
  writeJson('package.json', manifest);
  writeJson('package-lock.json', { ...lock, packages });
  const format = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  const args = ['sbom', '--package-lock-only', '--omit', 'dev', ...format];
  process.stdout.write(execFileSync('npm', args, { cwd: folder, encoding: 'utf8' }));
} finally {
  rmSync(folder, { recursive: true });
}

function readJson(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
}

function writeJson(name: string, value: unknown): void {
  writeFileSync(join(folder, name), JSON.stringify(value));
}
