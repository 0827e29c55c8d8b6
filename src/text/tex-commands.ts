import { withoutHidden } from './hidden.js';
import { hollow, indexed, raised } from './tex-forms.js';

/** Commands that only say how their argument looks. */
export const FONT =
  /^(?:text[a-z]*|math[a-z]+|emph|underline|uline|boldsymbol|bm|pmb|operatorname|mbox|hbox|ensuremath|url|path|nolinkurl|(?:eq|auto|[cC]|name|page)?ref|overbrace|underbrace|substack|smash|boxed|fbox)$/;
/** Switches such as `{\bf …}`, and other commands that leave nothing in the text. */
export const SILENT =
  /^(?:bf|it|em|tt|sc|sf|rm|sl|cal|(?:bf|md)series|(?:it|sc|sl|up)shape|(?:rm|sf|tt)family|normalfont|tiny|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|[hH]uge|left|right|middle|[bB]igg?[lrm]?|displaystyle|textstyle|scriptstyle|limits|nolimits|centering|protect|noindent|relax|nonumber|notag|hfill|strut|footnotemark)$/;
/** Like those, with an argument that is dropped too. */
export const UNSEEN =
  /^(?:label|color|begin|end|[vh]space|[vh]?phantom|vskip|hskip|includegraphics|vphantom|thispagestyle|pagestyle|bibliography|bibliographystyle|input|usepackage)$/;
export const SPACE =
  /^(?:xspace|space|(?:small|med|big)skip|newline|linebreak|par|quad|qquad|enspace|thinspace|medspace|thickspace|nobreakspace)$/;
export const FRACTION = /^(?:[dtsc]|nice|x)?frac$/;

/** A command with arguments, and the text that stands for it. */
export interface Shape {
  arguments: number;
  write(first: string, second: string, third: string): string;
}

const first = (count: number): Shape => ({ arguments: count, write: (one) => one });
const second = (count: number): Shape => ({ arguments: count, write: (_one, two) => two });
const third: Shape = { arguments: 3, write: (_one, _two, three) => three };
const around = (open: string, close: string): Shape => ({
  arguments: 1,
  write: (one) => `${open}${one}${close}`,
});

/**
 * Commands whose arguments are not all text of the same kind. What stands above or below a sign says
 * little without it, and can't be written in a line.
 */
export const shapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['texorpdfstring', first(2)],
  ['overset', second(2)],
  ['underset', second(2)],
  ['stackrel', second(2)],
  ['accentset', second(2)],
  ['xrightarrow', { arguments: 1, write: () => '→' }],
  ['xleftarrow', { arguments: 1, write: () => '←' }],
  ['xleftrightarrow', { arguments: 1, write: () => '↔' }],
  ['xRightarrow', { arguments: 1, write: () => '⇒' }],
  ['unicode', { arguments: 1, write: toCharacter }],
  ['symbol', { arguments: 1, write: toCharacter }],
  ['binom', { arguments: 2, write: choose }],
  ['dbinom', { arguments: 2, write: choose }],
  ['tbinom', { arguments: 2, write: choose }],
  ['pmod', { arguments: 1, write: (one) => ` (mod ${one})` }],
  ['textsuperscript', { arguments: 1, write: (one) => raised('^', one) }],
  ['textsubscript', { arguments: 1, write: (one) => raised('_', one) }],
  ['textcolor', second(2)],
  ['colorbox', second(2)],
  ['fcolorbox', third],
  ['hyperref', first(1)],
  ['hyperlink', second(2)],
  ['hypertarget', second(2)],
  ['scalebox', second(2)],
  ['raisebox', second(2)],
  ['rotatebox', second(2)],
  ['parbox', second(2)],
  ['makebox', first(1)],
  ['framebox', first(1)],
  ['resizebox', third],
  ['multirow', third],
  ['multicolumn', third],
  ['fontsize', { arguments: 2, write: () => '' }],
  ['setlength', { arguments: 2, write: () => '' }],
  ['abs', around('|', '|')],
  ['norm', around('‖', '‖')],
  ['floor', around('⌊', '⌋')],
  ['ceil', around('⌈', '⌉')],
  ['ket', around('|', '⟩')],
  ['bra', around('⟨', '|')],
  ['braket', around('⟨', '⟩')],
  ['enquote', around('“', '”')],
  ['textquote', around('“', '”')],
  ['tag', around('(', ')')],
  ['mathbb', { arguments: 1, write: hollow }],
  ['ce', { arguments: 1, write: indexed }],
  ['num', first(1)],
  ['si', first(1)],
  ['unit', first(1)],
  ['SI', { arguments: 2, write: (one, two) => `${one} ${two}`.trim() }],
  ['qty', { arguments: 2, write: (one, two) => `${one} ${two}`.trim() }],
]);

function choose(above: string, below: string): string {
  return `(${above} choose ${below})`;
}

/** MathJax's `\unicode{x2014}`, also with a decimal number. Only what may stand in a text is shown. */
function toCharacter(code: string): string {
  const [, hex, decimal] = /^(?:(?:0?x|U\+|")([\da-f]{1,6})|(\d{1,7}))$/i.exec(code.trim()) ?? [];
  const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  if (!(point > 0x1f && point <= 0x10ffff)) return code;
  const character = String.fromCodePoint(point);
  if (/[\p{M}\p{Cs}]/u.test(character)) return '';
  return /\s/.test(character) ? ' ' : withoutHidden(character);
}
