import type { Piece } from '../search/highlight.js';
import { escapeHtml } from '../views/liquid.js';

/**
 * A text in HTML with what was searched for marked. A loop of many steps in a template takes ten
 * times as long.
 */
export function markedHtml(pieces: readonly Piece[]): string {
  return pieces
    .map(({ text, marked }) => (marked ? `<mark>${escapeHtml(text)}</mark>` : escapeHtml(text)))
    .join('');
}
