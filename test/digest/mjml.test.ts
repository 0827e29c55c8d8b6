import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TEMPLATES } from '../../src/digest/liquid.js';
import { BUILT_FILE, type Built, compileMjml, keyOf } from '../../src/digest/mjml.js';
import { MAILS } from '../../src/digest/templates.js';

test.each(MAILS)('the build has compiled %s as MJML compiles it now', async (name) => {
  const file = join(TEMPLATES, `${name}.mjml`);
  const source = readFileSync(file, 'utf8');
  const built: Built = JSON.parse(readFileSync(BUILT_FILE, 'utf8'));
  expect(built[keyOf(source)]).toBe(await compileMjml(source, file));
});
