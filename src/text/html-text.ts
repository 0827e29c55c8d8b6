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

/**
 * The text that a browser would show for a piece of HTML. A tag that HTML does not know is text:
 * `<think>` stays.
 */
export function htmlToText(html: string): string {
  const pieces: string[] = [];
  let unread = 0;
  const parser = new Parser(
    {
      onopentag(name) {
        if (UNREAD.has(name)) unread++;
        else if (unread === 0) pieces.push(toReplacement(name, html, parser));
      },
      ontext(text) {
        if (unread === 0) pieces.push(text);
      },
      onclosetag(name, isImplied) {
        if (UNREAD.has(name)) unread = Math.max(unread - 1, 0);
        else if (unread === 0 && BLOCK.test(name)) pieces.push(' ');
        else if (unread === 0 && !isImplied && !isElement(name)) {
          pieces.push(toReplacement(name, html, parser));
        }
      },
    },
    { recognizeSelfClosing: true },
  );
  parser.end(html);
  return pieces.join('');
}

function isElement(name: string): boolean {
  return INLINE.test(name) || name.includes(':');
}

/** What a tag leaves in the text. */
function toReplacement(name: string, html: string, { startIndex, endIndex }: Parser): string {
  if (BLOCK.test(name)) return ' ';
  return isElement(name) ? '' : html.slice(startIndex, endIndex + 1);
}
