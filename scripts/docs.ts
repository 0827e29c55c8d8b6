import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildGeneratedFiles } from './docs/generated-files.js';

// Rewrites what docs say of settings, commands and modules: `npm run docs`.

const ROOT = fileURLToPath(new URL('..', import.meta.url));

for (const { file, text } of await buildGeneratedFiles(ROOT)) {
  const path = `${ROOT}/${file}`;
  const isSame = readFileSync(path, 'utf8') === text;
  if (!isSame) writeFileSync(path, text);
  process.stdout.write(`${isSame ? 'the same' : 'written '}  ${file}\n`);
}
