import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { webUrl } from '../../src/sources/fields.js';
import { fileSource } from '../../src/sources/files/file.js';
import { readItem } from '../../src/sources/huggingface/huggingface-item.js';
import { item } from './asking.js';

// The kind: addresses that a source gives and no reader may be led to.
const BAD = [
  ...['https://user:pw@e.example/', 'https://user@e.example/', 'https://:pw@e.example/'],
  ...[
    'http://127.0.0.1/',
    'http://0x7f.1/',
    'http://[::1]/',
    'http://10.0.0.1/',
    'http://172.16.9.1/',
  ],
  ...['http://192.168.1.10:8080/a', 'http://169.254.169.254/latest', 'http://100.64.0.1/'],
  ...[
    'http://[fe80::1]/',
    'http://[fd00::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[64:ff9b::a00:1]/',
  ],
  ...[
    'http://localhost/',
    'http://a.localhost/',
    'http://nas.local/',
    'http://printer/',
    'http://x.internal',
  ],
  ...['javascript:alert(1)', 'JAVASCRIPT:alert(1)', 'data:text/html,x', 'file:///etc/passwd'],
  ...['ftp://e.example/', 'mailto:a@e.example', '//e.example/', '/papers/1', '', ' '],
];

describe.each(BAD)('%s', (address) => {
  test('is no address of the web', () => {
    expect(webUrl(address)).toBeNull();
  });

  test('is no link of a paper of Hugging Face', () => {
    const links = { githubRepo: address, projectPage: address };
    const read = readItem(item('2603.00001', { paper: links }));
    expect(read).toMatchObject({ listed: { paper: { codeUrl: null, projectUrl: null } } });
  });

  test('is no link of a paper of a file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'paperboy-links-')), 'papers.json');
    const links = { url: address, pdf_url: address, code_url: address, project_url: address };
    writeFileSync(file, JSON.stringify([{ title: 'A', abstract: 'B.', ...links }]));
    const { papers } = await fileSource(file).listDay('2026-03-04');
    expect(papers[0]?.paper).toMatchObject({
      url: expect.stringMatching(/^https:\/\/scholar\.google\.com\//),
      ...{ pdfUrl: null, codeUrl: null, projectUrl: null },
    });
  });
});

test.each([
  ['https://e.example', 'https://e.example/'],
  ['HTTP://E.Example:8080/a?b#c', 'http://e.example:8080/a?b#c'],
  ['https://93.184.216.34/', 'https://93.184.216.34/'],
  ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]/'],
  ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
])('%s is one', (address, url) => {
  expect(webUrl(address)).toBe(url);
});

test('no text becomes an address with a login, or of another kind', () => {
  const piece = fc.constantFrom(
    'http',
    's',
    ':',
    '/',
    '//',
    '@',
    'e.example',
    '10.0.0.1',
    '[::1]',
    '\\',
    ' ',
    '%',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webUrl(),
        fc.array(piece).map((all) => all.join('')),
      ),
      (text) => {
        const url = webUrl(text);
        if (url === null) return;
        expect(new URL(url)).toMatchObject({ username: '', password: '' });
        expect(url).toMatch(/^https?:\/\/(?!10\.|\[::1\])/);
      },
    ),
  );
});
