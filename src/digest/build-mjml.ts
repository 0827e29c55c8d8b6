/** A step of `npm run build`: compiles the MJML templates that `mjml.ts` looks up. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TEMPLATES } from '../views/liquid.js';
import { BUILT_FILE, type Built, compileMjml, toMjmlKey } from './mjml.js';
import { MAILS } from './templates.js';

const compiled = MAILS.map(async (name) => {
  const file = join(TEMPLATES, `${name}.mjml`);
  const source = await readFile(file, 'utf8');
  return [toMjmlKey(source), await compileMjml(source, file)] as const;
});
const built: Built = Object.fromEntries(await Promise.all(compiled));
await writeFile(BUILT_FILE, `${JSON.stringify(built)}\n`);
