import { Parser } from 'htmlparser2';

/** Elements whose content is not shown. */
const UNREAD = new Set([
  'script',
  'style',
  'head',
  'template',
  'iframe',
  'object',
  'svg',
  'noscript',
]);
/** Elements that stand on lines of their own, JATS included. */
const BLOCK =
  /^(?:address|article|aside|blockquote|br|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul|jats:p|jats:title|jats:sec)$/;
const INLINE =
  /^(?:a|abbr|b|bdi|bdo|body|button|center|cite|code|del|dfn|em|font|html|i|img|input|ins|kbd|label|link|mark|math|meta|picture|q|s|samp|small|source|span|strike|strong|sub|sup|time|tt|u|var|video|audio|wbr|title|form|m[a-z]{1,9})$/;

/** Pictures that stand in a text themselves; they are far longer than it. */
const PICTURE = /\bdata:[\w+./-]+[;,][^\s"'<>()&]{100,}/g;

/** HTML, or what becomes HTML, without the data of its pictures. */
export function withoutPictures(html: string): string {
  return html.replace(PICTURE, 'data:,');
}

/** What is nested deeper is a trick: each tag costs the parser as much as are open around it. */
const MAX_DEPTH = 256;

/**
 * The text that a browser would show for a piece of HTML. A tag that HTML does not know is text:
 * `<think>` stays. Where elements are nested too deep, it goes on as if none were open.
 */
export function htmlToText(html: string): string {
  const pieces: string[] = [];
  for (let rest = html; rest !== ''; ) rest = rest.slice(readPiece(rest, pieces));
  return pieces.join('');
}

/** @returns where the next piece begins */
function readPiece(html: string, pieces: string[]): number {
  let unread = 0;
  let depth = 0;
  let end = html.length;
  const parser = new Parser(
    {
      onopentag(name) {
        if (UNREAD.has(name)) unread++;
        else if (unread === 0) pieces.push(toReplacement(name, html, parser));
        if (++depth < MAX_DEPTH || end < html.length) return;
        end = parser.endIndex + 1;
        parser.pause();
      },
      ontext(text) {
        if (unread === 0) pieces.push(text);
      },
      onclosetag(name, isImplied) {
        depth--;
        if (UNREAD.has(name)) unread = Math.max(unread - 1, 0);
        else if (unread === 0 && BLOCK.test(name)) pieces.push(' ');
        else if (unread === 0 && !isImplied && !isElement(name)) {
          pieces.push(toReplacement(name, html, parser));
        }
      },
    },
    { recognizeSelfClosing: true },
  );
  parser.write(html);
  if (end === html.length) parser.end();
  return end;
}

function isElement(name: string): boolean {
  return INLINE.test(name) || name.includes(':');
}

/** What a tag leaves in the text. */
function toReplacement(name: string, html: string, { startIndex, endIndex }: Parser): string {
  if (BLOCK.test(name)) return ' ';
  return isElement(name) ? '' : html.slice(startIndex, endIndex + 1);
}
