import type { Reason } from '../interests/matcher.js';
import { type Encoded, encodePart, withoutMarks } from '../mail/mime.js';
import { escapeHtml, wrap } from '../views/liquid.js';

/** How each kind of reason begins. */
const BEGINNINGS: Readonly<Record<Reason[0], string>> = {
  by: 'by ',
  from: 'from ',
  matches: 'matches ',
  topic: 'topic: ',
};

/** Why a paper is in a digest, for both parts of a mail: `matches diffusion · by Jane Doe`. */
export function encodeReasons(reasons: readonly Reason[]): { html: Encoded; text: Encoded } {
  const safe = reasons.map(([how, words]) => [BEGINNINGS[how], withoutMarks(words)] as const);
  const html = safe.map(([begin, words]) => `${begin}<em>${escapeHtml(words)}</em>`);
  const text = safe.map(([begin, words]) => begin + words).join('; ');
  return {
    html: encodePart(html.join(' &middot; ')),
    text: encodePart(wrap(text, TEXT_WIDTH, TEXT_INDENT).trimStart()),
  };
}

/** As the text part's cards are set. */
const TEXT_WIDTH = 72;
const TEXT_INDENT = '     ';
