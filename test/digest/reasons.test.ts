import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Reason } from '../../src/interests/matcher.js';
import { placeholderMarks } from '../../src/mail/mime.js';
import { digestOf, fixtureEdition, mailOf } from './editions.js';

/** A body without the marks of the reader’s own links. */
function withoutLinks(body: string): string {
  return Object.values(placeholderMarks).reduce((text, mark) => text.replaceAll(mark, ''), body);
}

const edition = fixtureEdition('2026-03-02');
const ids = edition.papers.map(({ id }) => id);
const why: Reason[] = [
  ['by', 'Jane Doe'],
  ['from', 'Example & Lab'],
  ['matches', 'few-shot'],
  ['topic', 'Robotics'],
];

test('what matches comes under a heading, with why, and the rest under another', () => {
  const { html, text } = digestOf(edition, { reasons: [why, [['matches', 'diffusion']]] });
  const order = ['For you', 'by Jane Doe', 'matches diffusion', 'Trending'];
  const plain = html.slice(html.indexOf('<body')).replace(/<[^>]+>/g, '');
  for (const part of [plain, text]) {
    const places = order.map((words) => part.indexOf(words));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(part).not.toContain('Also in this edition');
  }
  expect(html).toContain(
    'by <em>Jane Doe</em> &middot; from <em>Example &amp; Lab</em> &middot; matches <em>few-shot</em> &middot; topic: <em>Robotics</em>',
  );
  expect(text).toContain(
    '\n     by Jane Doe; from Example & Lab; matches few-shot; topic: Robotics\n',
  );
});

test('a topic that is offered is told by its label, also where a selection has that itself', () => {
  const by = (topic: string) => digestOf(edition, { reasons: [[['topic', topic]]] });
  const [now, before] = [by('reinforcement-learning'), by('Reinforcement learning')];
  expect(now.html).toContain('topic: <em>Reinforcement learning</em>');
  expect(mailOf(now)).toEqual(mailOf(before));
  expect(by('cs.RO').html).toContain('topic: <em>cs.RO</em>');
});

test('where all of it matches nothing else is announced', () => {
  const { html } = digestOf(edition, { ids: ids.slice(0, 2), reasons: [why, why] });
  expect(html).not.toContain('>Trending<');
});

test('where nothing matches the digest has no such headings', () => {
  const { html, text } = digestOf(edition);
  for (const part of [html, text]) expect(part).not.toMatch(/For you|Trending/);
});

test('readers with other reasons do not see each other’s', () => {
  const one = digestOf(edition, { reasons: [[['matches', 'oneself']]] });
  const other = digestOf(edition, { reasons: [[['matches', 'others']]] });
  expect(one.html).not.toContain('others</em>');
  expect(other.html).not.toContain('oneself');
  expect(mailOf(one)).not.toEqual(mailOf(other));
});

test('whatever a reader typed is shown as text and leaves the mail whole', () => {
  const unit = fc.constantFrom(
    '<b>',
    '"',
    "'",
    '&',
    '\ufdd0',
    'rank',
    '{{ x }}',
    ' ',
    'é',
    '.',
    '\r\n',
  );
  fc.assert(
    fc.property(fc.string({ unit, minLength: 1, maxLength: 30 }), (words) => {
      const digest = digestOf(edition, { ids: ids.slice(0, 2), reasons: [[['matches', words]]] });
      expect(withoutLinks(digest.html)).not.toMatch(/<b>|\ufdd0/);
      expect(withoutLinks(digest.text)).not.toContain('\ufdd0');
      const raw = mailOf(digest).toString('latin1');
      expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(98);
      expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    }),
    { numRuns: 40 },
  );
});
