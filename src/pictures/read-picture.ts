import { createHash } from 'node:crypto';
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import { once } from '../base/memo.js';
import type { Picture, PictureFile } from './picture.js';

/** Most figures have one or two millions. */
const MOST_PIXELS = 16_000_000;
/** Bytes of what has to be unpacked whole before it can be made small: it is next to what sends mail. */
const MOST_UNPACKED = 64_000_000;
/** Milliseconds for one file. */
const LONGEST = 20_000;
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
 * It is unpacked once, outside of the event loop.
 * @throws PaperboyError `picture_unreadable`
 */
export async function readPicture(bytes: Buffer, signal?: AbortSignal): Promise<Picture> {
  const start = bytes.toString('latin1', 0, 16);
  if (!BEGINNINGS.some((begin) => begin.test(start)))
    throw unreadable('is no JPEG, PNG, GIF or WebP');
  const sharp = await loadSharp();
  const deadline = openDeadline(signal);
  try {
    const source = await deadline(sharp(bytes, READING), (one) => one.metadata());
    checkSize(source);
    const raw = await unpack(sharp, deadline, bytes, source);
    const large = await shrink(sharp, deadline, raw, LARGE, (one, quality) =>
      one.jpeg({ quality, mozjpeg: true }),
    );
    const small = await shrink(sharp, deadline, raw, SMALL, (one, quality) =>
      one.webp({ quality, effort: 5 }),
    );
    const { entropy } = await deadline(sharp(small.body), (one) => one.stats());
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

type OpenSharp = (bytes: Buffer, options?: SharpOptions) => Sharp;

const READING: SharpOptions = {
  failOn: 'error',
  limitInputPixels: MOST_PIXELS,
  pages: 1,
  sequentialRead: true,
};

/** The package is loaded when the first picture comes: it takes longer than most commands do. */
const loadSharp = once(async (): Promise<OpenSharp> => {
  const { default: sharp } = await import('sharp');
  // Pictures come once: nothing is gained by keeping them, or by reading one on all processors.
  sharp.cache(false);
  sharp.concurrency(1);
  return sharp;
});

/** Does one step of the work on a file; `sharp` breaks one off when the time is over. */
type Deadline = <T>(picture: Sharp, step: (picture: Sharp) => Promise<T>) => Promise<T>;

/** One for all steps of a file. Between them it looks whether somebody has stopped the work. */
function openDeadline(signal: AbortSignal | undefined): Deadline {
  const end = performance.now() + LONGEST;
  return (picture, step) => {
    if (signal?.aborted) throw unreadable('was broken off');
    const left = Math.ceil((end - performance.now()) / 1_000);
    if (left <= 0) throw unreadable('takes too long');
    return step(picture.timeout({ seconds: left }));
  };
}

/** What is interlaced, and GIF and WebP, are unpacked whole; anything else line by line. */
function checkSize({ width, height, format, depth, channels, isProgressive }: Metadata): void {
  if (Math.min(width, height) < LEAST_SIDE)
    throw unreadable(`has only ${width} × ${height} pixels`);
  if (!isProgressive && (format === 'png' || format === 'jpeg')) return;
  // A JPEG's pixels are kept as coefficients, of two bytes each, until the last pass is read.
  const isWide = format === 'jpeg' || depth !== 'uchar';
  const unpacked = width * height * channels * (isWide ? 2 : 1);
  if (unpacked > MOST_UNPACKED)
    throw unreadable(`has ${width} × ${height} pixels, which are too many to be unpacked whole`);
}

/** How each orientation of EXIF is turned upright: what is mirrored is so before it is rotated. */
const UPRIGHT: readonly { flip?: boolean; flop?: boolean; angle?: number }[] = [
  ...[{}, {}, { flop: true }, { angle: 180 }, { flip: true }],
  ...[{ flip: true, angle: 90 }, { angle: 90 }, { flop: true, angle: 90 }, { angle: 270 }],
];

/** A picture's pixels, three or one of a byte each. */
interface Raw {
  data: Buffer;
  info: { width: number; height: number; channels: 1 | 2 | 3 | 4 };
}

/** Unpacks a file within the bounds of the larger of ours, and turns it upright only then. */
async function unpack(
  sharp: OpenSharp,
  deadline: Deadline,
  bytes: Buffer,
  { orientation = 1 }: Metadata,
): Promise<Raw> {
  const isTurned = orientation > 4;
  const [width, height] = isTurned ? [LARGE.height, LARGE.width] : [LARGE.width, LARGE.height];
  const raw = await deadline(sharp(bytes, READING), (one) =>
    one
      .resize({ width, height, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  );
  const { flip = false, flop = false, angle = 0 } = UPRIGHT[orientation] ?? {};
  return deadline(sharp(raw.data, { raw: raw.info }), (one) =>
    one.flip(flip).flop(flop).rotate(angle).raw().toBuffer({ resolveWithObject: true }),
  );
}

/** The best file that keeps within its bounds. */
async function shrink(
  sharp: OpenSharp,
  deadline: Deadline,
  { data, info }: Raw,
  { width, height, bytes: most }: Bounds,
  encode: (picture: Sharp, quality: number) => Sharp,
): Promise<PictureFile> {
  for (let times = 0; times < TIMES_SMALLER; times++) {
    const scale = SMALLER ** times;
    const room = { width: Math.round(width * scale), height: Math.round(height * scale) };
    const sized = await deadline(sharp(data, { raw: info }), (one) =>
      one
        .resize({ ...room, fit: 'inside', withoutEnlargement: true })
        .raw()
        .toBuffer({ resolveWithObject: true }),
    );
    for (const quality of QUALITIES) {
      const body = await deadline(sharp(sized.data, { raw: sized.info }), (one) =>
        encode(one, quality).toBuffer(),
      );
      if (body.length <= most) {
        return { width: sized.info.width, height: sized.info.height, body };
      }
    }
  }
  throw unreadable('stays too large');
}

function unreadable(what: string, cause?: unknown): PaperboyError {
  return new PaperboyError('picture_unreadable', what, { cause });
}
