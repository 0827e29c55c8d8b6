import { readFileSync } from 'node:fs';
import { type FontMetrics, readFontMetrics } from './font-metrics.js';
import { cutLine, type Measure, wrapLines } from './wrap-lines.js';

/** What a picture that stands for a page shows. */
export interface ShareCard {
  siteName: string;
  /** Left and right under the name: a date, and how much there is. */
  left: string;
  right: string;
  /** In large letters, as many lines as it needs, up to four. */
  title: string;
  /** Below it, a line each; as many as there is room for. */
  others: readonly string[];
}

/** As the networks ask for it. */
export const CARD_WIDTH = 1_200;
export const CARD_HEIGHT = 630;
const MARGIN = 72;
const ROOM = CARD_WIDTH - 2 * MARGIN;
const INK = '#17201b';
const QUIET = '#56615a';

/** The largest size comes first at which the title takes no more lines than this. */
const TITLE_SIZES: readonly { size: number; lines: number }[] = [
  { size: 76, lines: 2 },
  { size: 66, lines: 3 },
  { size: 56, lines: 4 },
  { size: 46, lines: 4 },
];
const OTHER_SIZE = 30;
const OTHER_STEP = 46;
/** No title is longer; more would be cut away anyhow. */
const LONGEST = 400;
const TOP = 244;
const BOTTOM = CARD_HEIGHT - 44;

const FOLDER = new URL('../../../templates/fonts/', import.meta.url);
const PARTS = ['latin', 'latin-ext', 'greek'];
const toFile = (weight: string, part: string) => new URL(`serif-${weight}-${part}.ttf`, FOLDER);

/** Files of the letters that cards are drawn with. Of rare ones the first is taken, so bold: titles are. */
export const CARD_FONTS = ['bold', 'regular'].flatMap((weight) =>
  PARTS.map((part) => toFile(weight, part)),
);

/** How wide texts are in our own letters, by weight. */
export interface CardMetrics {
  regular: FontMetrics;
  bold: FontMetrics;
}

export function loadCardMetrics(): CardMetrics {
  const load = (weight: string): FontMetrics => {
    const fonts = PARTS.map((part) => readFontMetrics(readFileSync(toFile(weight, part))));
    return {
      advance: (codePoint) => {
        for (const font of fonts) {
          const advance = font.advance(codePoint);
          if (advance !== null) return advance;
        }
        return null;
      },
    };
  };
  return { regular: load('regular'), bold: load('bold') };
}

/** The card as SVG. All that is in it is text and lines; nothing is loaded. */
export function buildCardSvg(card: ShareCard, { regular, bold }: CardMetrics): string {
  const measure =
    (font: FontMetrics, size: number): Measure =>
    (text) =>
      toWidth(text, font) * size;
  const title = cleanLine(card.title);
  const [fit, lines] = fitTitle(title, (size) => measure(bold, size));
  const texts: string[] = [
    toText(cutLine(cleanLine(card.siteName), ROOM, measure(bold, 60)), {
      ...{ x: CARD_WIDTH / 2, y: 116, size: 60, weight: 700, anchor: 'middle', fill: INK },
    }),
    toText(cleanLine(card.left), { x: MARGIN, y: 192, size: 28, fill: INK }),
    toText(cleanLine(card.right), {
      ...{ x: CARD_WIDTH - MARGIN, y: 192, size: 28, anchor: 'end', fill: QUIET },
    }),
  ];
  const step = Math.round(fit * 1.16);
  const top = TOP + Math.round(fit * 0.8);
  lines.forEach((line, n) => {
    texts.push(toText(line, { x: MARGIN, y: top + n * step, size: fit, weight: 700, fill: INK }));
  });
  let y = top + (lines.length - 1) * step + 76;
  for (const other of card.others) {
    if (y > BOTTOM) break;
    const line = cutLine(cleanLine(other), ROOM, measure(regular, OTHER_SIZE));
    texts.push(toText(line, { x: MARGIN, y, size: OTHER_SIZE, fill: QUIET }));
    y += OTHER_STEP;
  }
  const rule = (at: number, height: number) =>
    `<rect x="${MARGIN}" y="${at}" width="${ROOM}" height="${height}" fill="${INK}"/>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${CARD_WIDTH}" height="${CARD_HEIGHT}">` +
    `<rect width="100%" height="100%" fill="#f1f4ec"/>${rule(144, 5)}${rule(152, 1.5)}` +
    `${rule(210, 1.5)}${texts.join('')}</svg>`
  );
}

function fitTitle(title: string, measureAt: (size: number) => Measure): [number, string[]] {
  for (const { size, lines: most } of TITLE_SIZES) {
    const lines = wrapLines(title, ROOM, measureAt(size));
    if (lines.length <= most) return [size, lines];
  }
  const { size, lines: most } = TITLE_SIZES.at(-1) ?? { size: 46, lines: 4 };
  const lines = wrapLines(title, ROOM, measureAt(size));
  const last = lines.slice(most - 1).join(' ');
  return [size, [...lines.slice(0, most - 1), cutLine(last, ROOM, measureAt(size))]];
}

/** Letters that ours lacks come from the system; those of East Asia are as wide as they are high. */
function toWidth(text: string, font: FontMetrics): number {
  let width = 0;
  for (const letter of text) {
    const codePoint = letter.codePointAt(0) ?? 0;
    if (/\p{Mn}/u.test(letter)) continue;
    width += font.advance(codePoint) ?? (codePoint >= 0x1100 ? 1 : 0.62);
  }
  return width;
}

interface TextPlace {
  x: number;
  y: number;
  size: number;
  weight?: number;
  anchor?: 'start' | 'middle' | 'end';
  fill: string;
}

function toText(
  text: string,
  { x, y, size, weight = 400, anchor = 'start', fill }: TextPlace,
): string {
  if (text === '') return '';
  return (
    `<text x="${x}" y="${y}" font-family="Source Serif 4" font-size="${size}" ` +
    `font-weight="${weight}" text-anchor="${anchor}" fill="${fill}">${escapeXml(text)}</text>`
  );
}

/** One line of what may stand in XML (XML 1.0 §2.2), without what is not to be seen. */
export function cleanLine(text: string): string {
  return text
    .slice(0, LONGEST)
    .toWellFormed()
    .replace(/(?:\p{C}|\ufffd|\p{Variation_Selector})+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
