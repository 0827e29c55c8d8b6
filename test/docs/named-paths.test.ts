import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findBroken, listDocs } from '../../scripts/docs/named-paths.js';
import { ROOT, tempDir } from '../support/program.js';

const DOCS = listDocs(ROOT);

test('there are docs to look through', () => {
  expect(DOCS).toEqual(expect.arrayContaining(['README.md', 'docs/FLOW.md', 'CONTRIBUTING.md']));
});

test.each(DOCS)('%s names only files, links and headings that exist', (file) => {
  expect(findBroken(ROOT, file)).toEqual([]);
});

test('what is missing is found', () => {
  using dir = tempDir();
  mkdirSync(join(dir.path, 'src/papers'), { recursive: true });
  writeFileSync(join(dir.path, 'src/papers/score.ts'), '');
  writeFileSync(
    join(dir.path, 'README.md'),
    `# A heading, of two
\`src/papers/score.ts\` \`papers/score.ts\` \`src/NAME.ts\` \`10.0.0.0/8\` \`text/html\`
\`src/papers/gone.ts\` \`papers/gone.ts\` [here](#a-heading-of-two) [out](https://example.org)
[gone](GONE.md) [no part](#nothing)
`,
  );
  expect(findBroken(dir.path, 'README.md')).toEqual([
    ...['src/papers/gone.ts', 'papers/gone.ts', 'GONE.md', '#nothing'],
  ]);
});
