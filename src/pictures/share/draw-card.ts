import { fileURLToPath } from 'node:url';
import type { ResvgRenderOptions } from '@resvg/resvg-js';
import { PaperboyError } from '../../base/errors.js';
import { once } from '../../base/memo.js';
import { type OneByOne, oneByOne } from '../../base/one-by-one.js';
import {
  buildCardSvg,
  CARD_FONTS,
  CARD_HEIGHT,
  CARD_WIDTH,
  type CardMetrics,
  cleanLine,
  escapeXml,
  loadCardMetrics,
  type ShareCard,
} from './share-card.js';

/** Cards that are kept, of some 20 KB each. */
const KEPT = 60;
/** More are not kept waiting: a card takes a tenth of a second. */
const MOST_WAITING = 20;
/** Strange letters of one card that are looked at; what has more is left out. */
const MOST_STRANGE = 60;
/** The side of the square in which a letter is tried. */
const CELL = 24;
/** Nothing will ever be assigned to it, so it looks like all that no font has. */
const NOBODYS = '\u0378';

/** Draws cards as PNG, one at a time, outside of the event loop. */
export class CardPainter {
  readonly #kept = new Map<string, Promise<Buffer>>();
  readonly #inTurn: OneByOne = oneByOne();
  #waiting = 0;
  readonly #metrics = once(async () => loadCardMetrics());

  /**
   * A text with letters that neither our fonts nor the system's have is left out: a card shows no boxes.
   * @throws PaperboyError `overloaded`
   */
  async draw(card: ShareCard): Promise<Buffer> {
    const key = JSON.stringify(card);
    const known = this.#kept.get(key);
    if (known) return known;
    if (this.#waiting >= MOST_WAITING) {
      throw new PaperboyError('overloaded', 'Too many pictures are being drawn.');
    }
    this.#waiting++;
    const drawn = this.#inTurn(() => this.#paint(card)).finally(() => this.#waiting--);
    this.#kept.set(key, drawn);
    drawn.catch(() => this.#kept.delete(key));
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return drawn;
  }

  async #paint(card: ShareCard): Promise<Buffer> {
    const metrics = await this.#metrics();
    const texts = [card.siteName, card.left, card.right, card.title, ...card.others].map(cleanLine);
    const strange = findStrange(texts, metrics);
    const missing = strange.size === 0 ? strange : await findMissing(strange);
    const shown = (text: string) =>
      [...cleanLine(text)].some((one) => missing.has(one)) ? '' : text;
    const { left, right } = card;
    const others = card.others.filter((text) => shown(text) !== '');
    const drawable: ShareCard = {
      ...{ siteName: shown(card.siteName), left: shown(left), right: shown(right) },
      ...{ title: shown(card.title), others },
    };
    const pixels = await render(buildCardSvg(drawable, metrics), strange.size > 0);
    const { default: sharp } = await import('sharp');
    const raw = { width: CARD_WIDTH, height: CARD_HEIGHT, channels: 4 } as const;
    return sharp(pixels, { raw }).removeAlpha().png({ palette: true, colours: 32 }).toBuffer();
  }
}

/** The letters that our own fonts lack. */
function findStrange(texts: readonly string[], { regular }: CardMetrics): Set<string> {
  return new Set(
    texts.flatMap((text) =>
      [...text].filter((letter) => regular.advance(letter.codePointAt(0) ?? 0) === null),
    ),
  );
}

/** Those that no font of the system has either: they look like what nobody has. */
async function findMissing(strange: ReadonlySet<string>): Promise<Set<string>> {
  const [...letters] = strange;
  const tried = letters.slice(0, MOST_STRANGE);
  const cells = [NOBODYS, ...tried]
    .map(
      (letter, n) =>
        `<text x="${n * CELL + 2}" y="18" font-family="Source Serif 4" font-size="16">${escapeXml(letter)}</text>`,
    )
    .join('');
  const width = CELL * (tried.length + 1);
  const pixels = await render(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${CELL}">${cells}</svg>`,
    true,
  );
  const cellAt = (n: number) =>
    Buffer.concat(
      Array.from({ length: CELL }, (_, y) =>
        pixels.subarray((y * width + n * CELL) * 4, (y * width + (n + 1) * CELL) * 4),
      ),
    );
  const none = cellAt(0);
  return new Set([
    // A space of another kind looks like nothing, and is nothing to be missed.
    ...tried.filter((letter, n) => letter.trim() !== '' && cellAt(n + 1).equals(none)),
    ...letters.slice(MOST_STRANGE),
  ]);
}

async function render(svg: string, loadSystemFonts: boolean): Promise<Buffer> {
  const { renderAsync } = await import('@resvg/resvg-js');
  const options: ResvgRenderOptions = {
    font: {
      loadSystemFonts,
      fontFiles: CARD_FONTS.map((file) => fileURLToPath(file)),
      defaultFontFamily: 'Source Serif 4',
      serifFamily: 'Source Serif 4',
    },
  };
  return (await renderAsync(svg, options)).pixels;
}
