/** Where a paper may say that it was withdrawn. */
export interface WithdrawalTexts {
  title?: string | undefined;
  comment?: string | undefined;
  abstract?: string | undefined;
}

const WORD = '(?:withdrawn|retracted)(?![\\p{L}-])';
const NOUN =
  '(?:e-?print|preprint|paper|article|submission|manuscript|work|note|letter|report|thesis|version|document|entry|contribution|draft)';
const OWN = `(?:this|our|my|the)\\s+(?:(?:entire|whole|present|current|arxiv)\\s+)?${NOUN}`;
const AUTHORS =
  '(?:we|i|(?:the\\s+)?(?:(?:first|corresponding|submitting)\\s+)?authors?|arxiv(?:\\s+admin\\w*)?|please)';
const IS =
  '(?:has|have|had|is|was|are|were)(?:\\s+(?:now|since|hereby|therefore|thus|been|being|also|temporarily|permanently|voluntarily))*';
/** Papers are withdrawn from conferences, too, and stay where they are. */
const PLACE =
  '(?!\\s+from\\s+(?!(?:the\\s+|this\\s+)?(?:arxiv|archive|e-?print|repository|server)))';

const isMatch = (pattern: string) => {
  const regex = new RegExp(pattern, 'iu');
  return (text: string) => regex.test(text);
};

const saysSo = isMatch(
  `^(?:${OWN}|(?:${NOUN}))(?:\\s*\\([^()]*\\))?\\s+(?:${IS}\\s+)?${WORD}${PLACE}`,
);
const saysThisIs = isMatch(
  `^(?:this|our|my)\\s+(?:(?:entire|whole|present|current|arxiv)\\s+)?${NOUN}\\s+${IS}\\s+${WORD}${PLACE}`,
);
const saysThisAtLast = isMatch(
  `^(?:this|our|my)\\s+${NOUN}\\s+(?:contains?|has|had|was|is)\\s[^;]{1,80}\\sand\\s+${IS}\\s+${WORD}${PLACE}`,
);
const authorsDo = isMatch(
  `^(?:(?:at|on)\\s[^,.]{1,60},\\s*)?${AUTHORS}\\s+(?:[\\p{L}'’]+\\s+){0,5}(?:withdr[ae]w|withdrew|withdrawn|withdrawing|retract(?:ed|ing)?)\\s+(?:this|our|my|their|the)\\s+(?:(?:entire|whole|present|current|arxiv)\\s+)?${NOUN}`,
);
const standsAlone = isMatch(
  `^(?:this\\s+(?=has|is|was))?(?:(?:${IS}|to\\s+be|temporarily|hereby|now)\\s+)*${WORD}${PLACE}(?:\\s+(?:${NOUN}|by|due|because|as|since|for|on|at|in\\s+(?:favou?r|order)|pending|until|temporarily|owing|from|and|after|while|with)\\b|\\s*$|\\s*[-–—:]|\\s+\\d)`,
);
const standsAloneInAbstract = isMatch(
  `^(?:${IS}\\s+)?${WORD}(?:\\s*$|\\s+by\\s+(?:the\\s+|its\\s+)?(?:\\w+\\s+)?(?:authors?|submitters?|arxiv)\\b|\\s+from\\s+(?:the\\s+)?arxiv\\b)`,
);
const isRestored = isMatch('\\b(?:is|has\\s+been|was)(?:\\s+now)?\\s+(?:reinstated|restored)\\b');
const hasReturned = isMatch(
  '\\b(?:is|are|has\\s+been|have\\s+been|was)(?:\\s+now)?\\s+(?:re-?submitted|reinstated|restored|re-?posted)\\b|\\b(?:but|and)\\s+(?:now\\s+)?(?:reinstated|restored|re-?posted|re-?submitted)\\b',
);
/** How long a comment counts its pages before it comes to the point. */
const COUNTS =
  /^(?:[\d\s+&.]|\b(?:pages?|pp|p|figures?|figs?|tables?|latex2?e?|revtex\d?|amstex|tex|ps|eps|postscript|colou?r|plain|uuencoded|references|refs|appendix|appendices|files?|and|with|in|including|supplementary|material)\b)*$/i;
/** What makes `the paper` another one. */
const OF_ANOTHER = isMatch(
  '\\b(?:comments?\\s+on|reply|response|rebuttal|erratum|refutation|addendum)\\b',
);
/** Why authors withdraw a paper, as opposed to a drug. */
const CAUSES = isMatch(
  '\\b(?:error|mistake|flaw|gap|incorrect|wrong|proof|lemma|theorem|result|plagiari|duplicat|copyright|permission|policy|revis|publication|overlap|supersed|inaccura|author|version|crucial)',
);
const SHORT_ABSTRACT = 250;

/** Whether a paper says of itself that it was withdrawn, not of another, nor of a drug. */
export function saysWithdrawn({
  title = '',
  comment = '',
  abstract = '',
}: WithdrawalTexts): boolean {
  if (isRestored(comment) || isRestored(abstract)) return false;
  return (
    /^[[(]?\s*(?:withdrawn|retracted)(?:\s+(?:article|paper|preprint))?\s*(?:[\])]|:|$)/i.test(
      title,
    ) ||
    isWithdrawnByComment(comment) ||
    isWithdrawnByAbstract(abstract)
  );
}

function isWithdrawnByComment(comment: string): boolean {
  const isOfAnother = OF_ANOTHER(comment);
  return splitSentences(comment).some((sentence) => {
    if (hasReturned(sentence)) return false;
    const said = isOfAnother ? saysThisIs : saysSo;
    const says = (clause: string) =>
      said(clause) || saysThisAtLast(clause) || authorsDo(clause) || standsAlone(clause);
    if (says(sentence)) return true;
    // `10 pages, 3 figures, withdrawn by the authors`; but not `Replaces X, withdrawn by its authors`.
    let isStart = true;
    return sentence.split(/[,()[\]]/).some((clause) => {
      const isSaid = isStart && says(clause.trim());
      isStart &&= COUNTS.test(clause);
      return isSaid;
    });
  });
}

function isWithdrawnByAbstract(abstract: string): boolean {
  const sentences = splitSentences(abstract);
  if (
    sentences.some(
      (one) => !hasReturned(one) && (saysThisIs(one) || saysThisAtLast(one) || authorsDo(one)),
    )
  )
    return true;
  const [first = ''] = sentences;
  if (hasReturned(abstract)) return false;
  if (standsAloneInAbstract(first)) return true;
  if (abstract.length > SHORT_ABSTRACT || !CAUSES(first)) return false;
  return saysSo(first) || standsAlone(first);
}

/** arXiv's administrators and authors say first whose note it is. */
const NOTE =
  /^(?:(?:arxiv\s+)?(?:admin\w*|author'?s?'?)?\s*(?:note|remark|comment|update)|important|attention|v\d{1,2}|version\s+\d{1,2})\s*[:.-]\s*/i;

const BEFOREHAND = /^(?:unfortunately|(?:due to|because of|owing to)\s[^,]{1,80}),\s*/i;
const LONGEST = 20_000;

function splitSentences(text: string): string[] {
  return text
    .slice(0, LONGEST)
    .split(/[.;!?\n]+(?=\s|$)|\s[–—-]+\s|^["“'*\s]+/)
    .map((sentence) =>
      (sentence ?? '')
        .trim()
        .replace(NOTE, '')
        .replace(BEFOREHAND, '')
        .replace(/^["“'*([\s]+/, ''),
    )
    .filter((sentence) => sentence !== '');
}
