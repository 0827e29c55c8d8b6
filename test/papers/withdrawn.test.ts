import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { saysWithdrawn } from '../../src/papers/withdrawn.js';

/** What a paper says of itself, in the ways in which authors and arXiv's administrators say it. */
describe('withdrawn', () => {
  test.each([
    'Withdrawn',
    'withdrawn.',
    'Paper withdrawn',
    'This paper has been withdrawn',
    'This paper has been withdrawn by the author due to a crucial sign error in equation 1',
    'This paper is withdrawn.',
    'The paper has been withdrawn by the authors',
    'Our submission was withdrawn because Lemma 3 is wrong',
    'arXiv admin note: This submission has been withdrawn by arXiv administrators',
    'arXiv admin note: submission has been withdrawn by arXiv administrators due to plagiarism',
    'This version withdrawn by arXiv administrators because of disputed authorship',
    'Withdrawn by the author, who found an error',
    'Withdrawn due to an error in the proof',
    'Withdrawn: the main theorem is false',
    'Withdrawn for revision',
    'Withdrawn from arXiv',
    '12 pages, 3 figures; withdrawn by the authors',
    '12 pages, 3 figures, withdrawn',
    '10 pages (withdrawn)',
    '[withdrawn]',
    '10 pages. This paper has been withdrawn.',
    'We withdraw this paper since the result is known',
    'The authors have decided to withdraw this submission',
    'The author has withdrawn this paper due to an error in Section 2',
    'I have withdrawn this manuscript',
    'v3: withdrawn',
    'This article has been retracted',
    'Has been withdrawn by the author',
    'This paper has been withdrawn; a corrected version will be submitted',
    'This paper has been withdrawn by the author(s)',
    'Paper is withdrawn',
    'This paper has been temporarily withdrawn',
    'This manuscript is being withdrawn',
    'arXiv admin note: withdrawn by arXiv admin due to overlap',
    'Withdrawn by arXiv admin because of the use of a pseudonym',
    'The authors wish to withdraw this paper',
    'I would like to withdraw my paper',
    'Please withdraw this article',
    'Superseded by arXiv:1234.56789; this paper is withdrawn',
    'Manuscript withdrawn by authors',
    'Paper withdrawn: error in Lemma',
    'Withdrawn because superseded by arXiv:1234.56789',
    'The manuscript has been withdrawn',
    'This paper has been withdrawn by the authors, due to an error. 12 pages',
    'This paper is withdrawn due to overlap',
    'Due to an error, this paper has been withdrawn',
    'Unfortunately, this paper has been withdrawn',
    'The paper is now withdrawn',
    'withdrawn by author',
    'THIS PAPER HAS BEEN WITHDRAWN',
    'This paper has been withdrawn from arXiv',
    'This paper was submitted in error and has been withdrawn',
    'This paper contains an error and has been withdrawn',
    'The article has been withdrawn by the authors for major revision',
    'Paper has been withdrawn due to a mistake',
    'The authors have withdrawn their paper',
    'Author withdrew this paper',
    'Draft withdrawn',
    'Submission has been withdrawn',
    'This draft is withdrawn',
    'This paper (arXiv:1234.56789) has been withdrawn',
    'This has been withdrawn',
    'Retracted by the authors',
    'Withdrawn by the submitter',
  ])('by a comment: %s', (comment) => expect(saysWithdrawn({ comment })).toBe(true));

  test.each([
    'This paper has been withdrawn by the author due to a crucial error.',
    'Withdrawn.',
    'Withdrawn by the authors.',
    'Withdrawn due to an error in Lemma 2.',
    'The paper has been withdrawn due to a gap in the proof.',
    'We show that X is Y. This paper has been withdrawn.',
    'The authors withdraw this paper because the data are wrong.',
    'Paper withdrawn by the author.',
  ])('by an abstract: %s', (abstract) => expect(saysWithdrawn({ abstract })).toBe(true));

  test.each([
    'WITHDRAWN: On cells',
    '[Withdrawn] On cells',
    'Retracted: On cells',
    'RETRACTED ARTICLE: X',
  ])('by a title: %s', (title) => expect(saysWithdrawn({ title })).toBe(true));
});

describe('not withdrawn', () => {
  const OF_OTHERS = [
    'Supersedes the withdrawn arXiv:1234.56789',
    'Replaces arXiv:1234.56789, withdrawn by its authors',
    'Replaces the paper math/0101001, withdrawn',
    'Extends our withdrawn paper of last year',
    'Comment on a withdrawn paper',
    'Comment on arXiv:1234.56789. The paper has been withdrawn',
    'Withdrawn from ICLR 2026, submitted to a journal',
    'This paper was withdrawn from NeurIPS',
    'Previous version was withdrawn',
    'An earlier version of this paper has been withdrawn',
    'The claim of Section 3 has been withdrawn',
    'Theorem 2 withdrawn, others unchanged',
    'This paper has not been withdrawn',
    'This paper was withdrawn and is now resubmitted with a new proof',
    'This paper, once withdrawn, has been reinstated',
    'Withdrawn drugs in the data set are listed in the appendix',
    '12 pages, withdrawn drugs in the appendix',
    'We withdraw the assumption of v1',
    'A study of withdrawn and retracted papers',
    'This paper retracts nothing',
    'Revised version of a withdrawn paper',
    'Replacement of withdrawn arXiv:1234.56789',
    'Resubmission of withdrawn arXiv:1234.56789',
    'Corrected version of the withdrawn paper',
    'Formerly withdrawn, now corrected',
    'Not withdrawn',
    'The first version was withdrawn',
    'v1 was withdrawn',
    'v1 withdrawn due to error; this is the corrected v2',
    'no longer withdrawn',
    'This paper was withdrawn by mistake; it has been restored',
    'Paper withdrawn from the conference',
    '4 pages, companion to the withdrawn arXiv:1234.56789',
    'Paper withdrawn from PRL',
    'Theorem 3 of the first version has been withdrawn',
    'Comments: withdrawn claim in Sec. 3 removed',
    'This paper has been withdrawn from Phys. Rev. Lett. and submitted to JHEP',
    'We withdraw the claim of v1',
    'The authors withdraw Conjecture 2',
    'Supersedes arXiv:1234.56789 (withdrawn)',
    'Supersedes arXiv:1234.56789, which has been withdrawn',
    'This paper replaces arXiv:1234.56789 [withdrawn]',
    'This paper was withdrawn, then corrected and resubmitted',
    'Companion of paper withdrawn by its author',
    'The withdrawn paper arXiv:1 is corrected here',
    'Addresses errors in a paper that has been withdrawn',
  ];
  test.each(OF_OTHERS)('%s', (text) => {
    expect(saysWithdrawn({ comment: text })).toBe(false);
    expect(saysWithdrawn({ abstract: `${text}.` })).toBe(false);
    expect(saysWithdrawn({ title: text })).toBe(false);
  });

  test.each([
    'Withdrawn drugs are a source of knowledge.',
    'Withdrawn for safety reasons, drugs leave data behind.',
    'Withdrawn from the market in 2004, rofecoxib is a case in point.',
    'Money is withdrawn by machines.',
    'The report was withdrawn in 1995 after a long debate in the public, and we ask why.',
    'This work studies withdrawn papers. The paper that was withdrawn most often is known.',
    'Retracted articles are still cited.',
    'The article was retracted after an inquiry. We trace how its result was cited later on.',
  ])('by an abstract: %s', (abstract) => expect(saysWithdrawn({ abstract })).toBe(false));

  test('whatever sentence speaks of what others withdraw', () => {
    const who = fc.constantFrom(
      ...[
        'Drugs',
        'The offer',
        'Cash',
        'Some of these papers',
        'An older paper by X',
        'Which article',
      ],
      ...[
        'A paper on cells',
        'Consent that',
        'Troops',
        'The electrode',
        'Their submission',
        'Blood',
      ],
    );
    const does = fc.constantFrom(
      ...[
        'was withdrawn',
        'has been withdrawn',
        'is withdrawn',
        'had to be withdrawn',
        'were retracted',
      ],
      ...['replaces a withdrawn paper', 'cites withdrawn work', 'may be withdrawn at any time'],
    );
    const why = fc.constantFrom(
      '',
      ' by the FDA',
      ' due to an error',
      ' from the market',
      ' in 1999',
    );
    const sentence = fc.tuple(who, does, why).map((parts) => `${parts.join(' ').trim()}.`);
    fc.assert(
      fc.property(fc.array(sentence, { minLength: 1, maxLength: 4 }), (sentences) => {
        const text = sentences.join(' ');
        expect(saysWithdrawn({ comment: text, abstract: text })).toBe(false);
      }),
    );
  });

  test('and no text takes long', () => {
    for (const one of [
      'this paper has been ',
      'we have ',
      '10 pages, ',
      'withdrawn, ',
      '(',
      'the ',
    ])
      expect(saysWithdrawn({ comment: `x ${one.repeat(10_000)}` })).toBe(false);
  });
});
