import type { Piece } from '../search/highlight.js';
import { escapeHtml } from '../views/liquid.js';

// Loops of many steps in a template take ten times as long as these filters.

/** A text in HTML with what was searched for marked. */
export function markedHtml(pieces: readonly Piece[]): string {
  return pieces
    .map(({ text, marked }) => (marked ? `<mark>${escapeHtml(text)}</mark>` : escapeHtml(text)))
    .join('');
}

/** The options of a select, one of them selected where it is among them. */
export function optionsHtml(values: readonly string[], selected: unknown): string {
  return values
    .map((value) => `<option${value === selected ? ' selected' : ''}>${escapeHtml(value)}</option>`)
    .join('\n');
}
