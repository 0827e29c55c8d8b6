import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BUILT_FILE, type Built, compileMjml, toMjmlKey } from '../../src/digest/mjml.js';
import { MAILS } from '../../src/digest/templates.js';
import { TEMPLATES } from '../../src/views/liquid.js';

test.each(MAILS)('the build has compiled %s as MJML compiles it now', async (name) => {
  const file = join(TEMPLATES, `${name}.mjml`);
  const source = readFileSync(file, 'utf8');
  const built: Built = JSON.parse(readFileSync(BUILT_FILE, 'utf8'));
  expect(built[toMjmlKey(source)]).toBe(await compileMjml(source, file));
});

test.each(MAILS)('%s hides its preview as plainly as can be, and does not pad it', async (name) => {
  const file = join(TEMPLATES, `${name}.mjml`);
  const html = await compileMjml(readFileSync(file, 'utf8'), file);
  const [, style, preview = ''] = /<body[^>]*>\s*<div style="([^"]*)">([^<]*)</.exec(html) ?? [];
  // White letters, or such of one pixel, are what filters look for: HTML_FONT_LOW_CONTRAST.
  expect(style).toBe('display:none;mso-hide:all');
  expect(preview.trim()).toMatch(/^(\{\{ preheader \}\}|[\w’,. ]{30,90})$/);
});

test('a preview of an operator’s own is hidden in the same way', async () => {
  const source =
    '<mjml><mj-head><mj-preview>Seen <b>first</b></mj-preview></mj-head><mj-body></mj-body></mjml>';
  const html = await compileMjml(source, 'own.mjml');
  expect(html).toContain('<div style="display:none;mso-hide:all">Seen <b>first</b></div>');
  expect(html).not.toMatch(/color:#fff|font-size:1px|opacity/);
});
