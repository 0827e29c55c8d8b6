import { converter, formatHex, inGamut, parse, wcagContrast } from 'culori';

/** The ground of pages and mails, in both schemes. */
const GROUNDS = { light: '#f1f4ec', dark: '#121714' } as const;
/** What text of ordinary size needs (WCAG 2.2, 1.4.3). */
const CONTRAST = 4.5;
const STEP = 0.005;

/** The operator's colour, as links and marks have it on each ground. */
export interface Accent {
  readonly light: string;
  readonly dark: string;
}

/** The shades that are there for the product's own colour. */
export const DEFAULT_ACCENT: Accent = { light: '#0d5c45', dark: '#82cfad' };

/** Style sheets and mails are written in the product's own colour. */
export function withAccent(text: string, { light, dark }: Accent): string {
  return text.replaceAll(DEFAULT_ACCENT.light, light).replaceAll(DEFAULT_ACCENT.dark, dark);
}

/**
 * Makes each scheme's shade of a colour: as it is where it can be read on that ground, otherwise
 * darker or lighter in the same hue (OKLCH) until it can.
 * @param text a colour as CSS writes it
 * @returns `null` where it is no colour
 */
export function buildAccent(text: string): Accent | null {
  const colour = parse(text);
  if (!colour || (colour.alpha ?? 1) < 1) return null;
  const oklch = converter('oklch')(colour);
  const light = findShade(oklch, GROUNDS.light, -STEP);
  const dark = findShade(oklch, GROUNDS.dark, STEP);
  return { light, dark };
}

type Oklch = NonNullable<ReturnType<ReturnType<typeof converter<'oklch'>>>>;

function findShade(colour: Oklch, ground: string, step: number): string {
  const fits = inGamut('rgb');
  for (let lightness = colour.l; lightness >= 0 && lightness <= 1; lightness += step) {
    // A hue can't be as strong in all shades.
    let shade = { ...colour, l: lightness };
    while (!fits(shade) && shade.c > 0) shade = { ...shade, c: Math.max(0, shade.c - STEP) };
    const hex = formatHex(shade);
    if (wcagContrast(hex, ground) >= CONTRAST) return hex;
  }
  return step < 0 ? '#000000' : '#ffffff';
}
