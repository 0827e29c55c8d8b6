import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { buildGeneratedFiles } from '../../scripts/docs/generated-files.js';
import { loadConfig } from '../../src/config/config.js';
import { SETTINGS } from '../../src/config/settings.js';
import { ROOT } from '../support/program.js';

const load = (file: string) => readFileSync(join(ROOT, file), 'utf8');

test('docs say of settings, commands and modules what the code says; else run "npm run docs"', async () => {
  const files = await buildGeneratedFiles(ROOT);
  expect(files.map(({ file }) => file)).toContain('.env.example');
  for (const { file, text } of files) expect([file, load(file)]).toEqual([file, text]);
});

test('the example has all settings, commented, and each of its values may be used', () => {
  const example = load('.env.example');
  expect(parseEnv(example)).toEqual({});
  const values = parseEnv(example.replace(/^#(?=[A-Z])/gm, ''));
  expect(Object.keys(values).sort()).toEqual(
    Object.values(SETTINGS)
      .map(({ name }) => name)
      .sort(),
  );
  // These need others beside them, or a file.
  const { SMTP_ROUTES, DKIM_DOMAIN, DKIM_SELECTOR, DKIM_KEY_FILE, ...others } = values;
  const { BOUNCE_TLS_CERT_FILE, BOUNCE_TLS_KEY_FILE, ...more } = others;
  const { DISPOSABLE_DOMAINS_FILE, LOGO_FILE, ...alone } = more;
  for (const [name, value] of Object.entries(alone)) {
    expect(() => loadConfig({ [name]: value }), name).not.toThrow();
  }
  expect(SMTP_ROUTES).toContain('*=');
});
