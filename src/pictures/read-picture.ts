import { createHash } from 'node:crypto';
import type { Sharp, SharpOptions } from 'sharp';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import { once } from '../base/memo.js';
import type { Picture, PictureFile } from './picture.js';

/** Photographs of large cameras; unpacked, they take four bytes a pixel at most. */
const MOST_PIXELS = 40_000_000;
/** Seconds for one file. */
const LONGEST = 20;
/** Smaller ones are icons, or count readers. */
const LEAST_SIDE = 64;

/** Into how much room a file has to go, and how many bytes it may have. */
interface Bounds {
  width: number;
  height: number;
  bytes: number;
}

const LARGE: Bounds = { width: 560, height: 420, bytes: 20_000 };
const SMALL: Bounds = { width: 224, height: 168, bytes: 5_000 };
/** Tried in this order until a file is small enough. */
const QUALITIES = [80, 65, 50, 35];
/** What is still too large then is made so much smaller, again and again. */
const SMALLER = 0.75;
const TIMES_SMALLER = 6;

/** How files of the kinds begin that we read: no other reader of sharp's is to see strange bytes. */
const BEGINNINGS: readonly RegExp[] = [/^ÿØÿ/, /^\u0089PNG\r\n/, /^GIF8[79]a/, /^RIFF.{4}WEBP/s];

/**
 * Makes our own files of a picture: its first frame, on white, without anything that it says of itself.
 * It is unpacked outside of the event loop.
 * @throws PaperboyError `picture_unreadable`
 */
export async function readPicture(bytes: Buffer): Promise<Picture> {
  const start = bytes.toString('latin1', 0, 16);
  if (!BEGINNINGS.some((begin) => begin.test(start)))
    throw unreadable('is no JPEG, PNG, GIF or WebP');
  const open = await loadSharp();
  try {
    const { width, height } = await open(bytes).metadata();
    if (Math.min(width, height) < LEAST_SIDE)
      throw unreadable(`has only ${width} × ${height} pixels`);
    const large = await shrink(open, bytes, LARGE, (one, quality) =>
      one.jpeg({ quality, mozjpeg: true }),
    );
    const small = await shrink(open, bytes, SMALL, (one, quality) =>
      one.webp({ quality, effort: 5 }),
    );
    const { entropy } = await open(small.body).stats();
    if (entropy === 0) throw unreadable('shows nothing');
    const hash = createHash('sha256').update(large.body).update(small.body).digest('hex');
    return { hash: hash.slice(0, 20), large, small };
  } catch (error) {
    if (error instanceof PaperboyError) throw error;
    throw unreadable(
      `can’t be read (${toErrorMessage(error).split('\n')[0]?.slice(0, 200)})`,
      error,
    );
  }
}

type Open = (bytes: Buffer) => Sharp;

/** The package is loaded when the first picture comes: it takes longer than most commands do. */
const loadSharp = once(async (): Promise<Open> => {
  const { default: sharp } = await import('sharp');
  // Pictures come once: nothing is gained by keeping them, or by reading one on all processors.
  sharp.cache(false);
  sharp.concurrency(1);
  const options: SharpOptions = {
    failOn: 'error',
    limitInputPixels: MOST_PIXELS,
    pages: 1,
    sequentialRead: true,
  };
  return (bytes) => sharp(bytes, options).timeout({ seconds: LONGEST });
});

/** The best file that keeps within its bounds. */
async function shrink(
  open: Open,
  bytes: Buffer,
  { width, height, bytes: most }: Bounds,
  encode: (picture: Sharp, quality: number) => Sharp,
): Promise<PictureFile> {
  for (let times = 0; times < TIMES_SMALLER; times++) {
    const scale = SMALLER ** times;
    const room = { width: Math.round(width * scale), height: Math.round(height * scale) };
    const { data, info } = await open(bytes)
      .autoOrient()
      .resize({ ...room, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    for (const quality of QUALITIES) {
      const body = await encode(await fromRaw(data, info), quality).toBuffer();
      if (body.length <= most) return { width: info.width, height: info.height, body };
    }
  }
  throw unreadable('stays too large');
}

async function fromRaw(
  data: Buffer,
  { width, height, channels }: { width: number; height: number; channels: 1 | 2 | 3 | 4 },
): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  return sharp(data, { raw: { width, height, channels } });
}

function unreadable(what: string, cause?: unknown): PaperboyError {
  return new PaperboyError('picture_unreadable', what, { cause });
}
