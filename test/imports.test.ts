import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ROOT } from './support/program.js';

const run = promisify(execFile);
let tree: string;

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'paperboy-imports-'));
  for (const name of ['src', 'package.json', '.dependency-cruiser.mjs']) {
    cpSync(join(ROOT, name), join(tree, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
});

afterEach(() => rmSync(tree, { recursive: true }));

/** What the check says of a tree with these files put in. */
async function check(files: Record<string, string>): Promise<string> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(tree, name), text);
  return run('npm', ['run', '--silent', 'imports'], { cwd: tree }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => `failed\n${stdout}`,
  );
}

it('takes the sources as they are, and reads them all', async () => {
  const said = await check({});
  expect(said).not.toContain('failed');
  expect(Number(/\((\d+) modules/.exec(said)?.[1])).toBeGreaterThan(200);
});

it('refuses an import that its line does not allow, of types too', async () => {
  const said = await check({
    'src/papers/planted.ts': `import { openStore } from '../store/open.js';\nopenStore;\n`,
    'src/mail/planted.ts': `import type { Edition } from '../editions/edition.js';\nexport type E = Edition;\n`,
  });
  expect(said).toContain('failed');
  expect(said).toContain('papers-imports: src/papers/planted.ts → src/store/open.ts');
  expect(said).toContain('mail-imports: src/mail/planted.ts → src/editions/edition.ts');
});

it('refuses a circle, of types too', async () => {
  const said = await check({
    'src/text/one.ts': `import type { Two } from './two.js';\nexport interface One { two: Two }\n`,
    'src/text/two.ts': `import type { One } from './one.js';\nexport interface Two { one: One }\n`,
  });
  expect(said).toContain('failed');
  expect(said).toContain('no-circles');
});
