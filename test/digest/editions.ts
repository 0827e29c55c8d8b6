import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cards } from '../../src/digest/cards.js';
import { type Digest, renderDigest } from '../../src/digest/digest.js';
import { compileTemplates } from '../../src/digest/templates.js';
import type { FullEdition } from '../../src/editions/edition.js';
import type { Selection } from '../../src/interests/selection.js';
import { digestHeaders } from '../../src/mail/headers.js';
import { fillPlaceholders } from '../../src/mail/mime.js';
import type { RatedPaper } from '../../src/papers/paper.js';
import { rankPapers } from '../../src/papers/rank.js';
import { readItem } from '../../src/sources/huggingface/huggingface-item.js';
import type { Cadence } from '../../src/subscribers/preferences.js';
import { TEMPLATES } from '../../src/views/liquid.js';
import { octets } from '../support/octets.js';
import { ROOT } from '../support/program.js';
import { english, plainSite } from '../support/words.js';

export const PUBLIC_URL = 'https://papers.example.org';
export const UNSUBSCRIBE = `${PUBLIC_URL}/unsubscribe/AAAAAAAAAAEx_-0123456789abcdef`;
export const PREFERENCES = `${PUBLIC_URL}/preferences/AAAAAAAAAAEx_-0123456789abcdef`;
export const templates = await compileTemplates(TEMPLATES);

export function editionOf(
  papers: readonly RatedPaper[],
  changes: Partial<FullEdition> = {},
): FullEdition {
  return {
    id: 1,
    kind: 'daily',
    date: '2026-03-02',
    state: 'frozen',
    pickedAt: 0,
    frozenAt: 0,
    sendAt: null,
    count: papers.length,
    note: null,
    changedAt: 0,
    papers: [...papers],
    ...changes,
  };
}

/** The edition of a day of the fixtures, as a pick would make it. */
export function fixtureEdition(date: string): FullEdition {
  const file = join(ROOT, 'test/fixtures/huggingface', `${date}.json`);
  const items: unknown[] = JSON.parse(readFileSync(file, 'utf8'));
  const papers = new Map<string, RatedPaper>();
  for (const item of items) {
    const read = readItem(item);
    if ('reason' in read) throw new Error(read.reason);
    const { paper, signal } = read.listed;
    if (signal && !papers.has(paper.id)) papers.set(paper.id, { ...paper, signal });
  }
  return editionOf(rankPapers([...papers.values()]), { date });
}

/** The digest of the whole edition, or of the papers named. */
export function digestOf(
  edition: FullEdition,
  {
    first = null,
    ids = edition.papers.map(({ id }) => id),
    reasons = [],
  }: { first?: Cadence | null; ids?: string[]; reasons?: Selection['reasons'] } = {},
): Digest {
  const deps = { templates, site: plainSite({ publicUrl: PUBLIC_URL }) };
  return renderDigest(
    deps,
    new Cards(edition, templates, english),
    { papers: ids, reasons },
    first,
  );
}

/** The digest as a whole mail. */
export function mailOf({ subject, compiled }: Digest): Buffer {
  const headers = digestHeaders(
    {
      from: { name: 'Paperboy', address: 'paperboy@papers.example.org' },
      to: 'a.reader.with.a.long.name@university.example.org',
      subject,
      date: Date.UTC(2026, 2, 2, 6),
      messageId: '<d1z.0123456789abcdef@papers.example.org>',
    },
    { listId: 'digest.papers.example.org', unsubscribeUrl: UNSUBSCRIBE },
  );
  return octets(
    fillPlaceholders(headers, compiled, { unsubscribe: UNSUBSCRIBE, preferences: PREFERENCES }),
  );
}
