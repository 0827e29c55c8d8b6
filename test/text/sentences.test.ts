import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shortenProse } from '../../src/text/clean.js';
import { findSentenceEnds } from '../../src/text/sentences.js';
import { expectLinear } from '../support/growth.js';

// The kind: a full stop behind what is no end of a sentence, though a capital letter or a number
// follows it. A bar stands at each end.

function mark(text: string): string {
  const ends = findSentenceEnds(text);
  return [...ends, text.length]
    .map((end, place) => text.slice(ends[place - 1] ?? 0, end))
    .join('|')
    .replace(/\|$/, '|');
}

describe('ends of sentences', () => {
  test.each([
    'It works (e.g. Foo and Bar) well.| Then more',
    'It works, e.g. GPT-4, i.e. Fine, cf. Brown, viz. One, a.k.a. Two, w.r.t. Three.| We go',
    'Tried vs. Others, ca. 30, approx. Ten, resp. Zed, incl. Foo.| So it is',
    'The U.S. Congress and the U.K. Parliament met.| In the U.S.| The law',
    'Made by Dr. Smith, Prof. J. R. Brown, J.-P. Serre and Mrs. Who.| Next',
    'See Fig. 3, Figs. 4 and 5, Eq. (4), No. 5, Vol. II, Sec. 2.| Then we go',
    'As Smith et al. Show.| By Smith et al.| We show',
    'A value of 3.5, v2.0 and Qwen2.5.| We use GPT-4.| It is LLaMA-2.| Models',
    'Wait... What, and so on… Then.| We go',
    '1. First do. 2. Second do.| But in 2024.| We took the top 5.| We go',
    'Does it?| Yes!| It does.| OK',
    'He said “stop.”| Then (it went.)| And (as in Fig. 3.) too.| So',
    'Many tools, etc. Foo is one, etc.| We go',
    'On Jan. 5 and Sept. 2024 in St. Petersburg at 5 p.m. Moscow time.| We go',
    'It uses LLMs.| Models of LLM.| Most are of the state of the art.| Hope is against it.| Surely',
    'It runs on .NET and Node.js.| We go',
    'これは。|それは！|Foo',
    'See the paper (as in Fig. 3. We go on and',
    'A list (1) one. (2) three.| 360 papers',
  ])('%s', (marked) => {
    expect(mark(marked.replaceAll('|', ''))).toBe(marked);
  });

  test.each([
    ['A model is tried (e.g. GPT-4 is tried), and more is said of it here.', 40],
    ['A model is compared here vs. Others of its kind, and more is said.', 34],
    ['A model is shown to the U.S. Senate and to others of their kind too.', 34],
    ['A model was made by a friend of Dr. Smith and by others of the kind.', 40],
  ])('no text is cut behind the abbreviation of %j', (text, max) => {
    expect(shortenProse(text, max)).toMatch(/…$/);
  });

  test('are in order, inside the text, and behind a mark', () => {
    const piece = fc.constantFrom(
      ...[
        'It works. ',
        'e.g. ',
        'Dr. ',
        '(',
        ')',
        '… ',
        '3.5 ',
        'U.S. ',
        'Foo ',
        '"A." ',
        '。',
        '. ',
      ],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        const text = pieces.join('');
        const ends = findSentenceEnds(text);
        expect(ends).toEqual([...new Set(ends)].sort((a, b) => a - b));
        for (const end of ends) expect(text.slice(0, end)).toMatch(/[.!?。！？]["'”’)\]」』）]*$/);
      }),
    );
  });

  test.each(['It is. ', '(A. ', 'U.S. ', '. A', '((', 'a.b. A', '"." A'])(
    'of %j are found in one pass',
    (unit) => expectLinear((parts) => findSentenceEnds(unit.repeat(parts * 5_000))),
  );
});
