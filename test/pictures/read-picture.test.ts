import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { readPicture } from '../../src/pictures/read-picture.js';
import { draw, drawPng } from './drawn.js';

/** By how much the pixels of two pictures of one size differ in the mean. */
function toDistance(one: Buffer | undefined, other: Buffer | undefined): number {
  if (!one || !other || one.length !== other.length) return Number.POSITIVE_INFINITY;
  return one.reduce((sum, value, at) => sum + Math.abs(value - (other[at] ?? 0)), 0) / one.length;
}

describe('a picture', () => {
  test.each([
    ['png', (one: Sharp) => one.png()],
    ['jpeg', (one: Sharp) => one.jpeg()],
    ['webp', (one: Sharp) => one.webp()],
    ['gif', (one: Sharp) => one.gif()],
  ])('of %s becomes a JPEG and a WebP that fit', async (_kind, encode) => {
    const bytes = await encode(await draw(1_600, 900)).toBuffer();
    const { hash, large, small } = await readPicture(bytes);
    expect(hash).toMatch(/^[0-9a-f]{20}$/);
    expect([large.width, large.height, small.width, small.height]).toEqual([560, 315, 224, 126]);
    for (const [file, format] of [
      [large, 'jpeg'],
      [small, 'webp'],
    ] as const) {
      const seen = await sharp(file.body).metadata();
      expect([seen.format, seen.width, seen.height]).toEqual([format, file.width, file.height]);
    }
    // The same octets give the same files, in whichever process.
    expect((await readPicture(bytes)).hash).toBe(hash);
  });

  test('is never larger than 20 KB and 5 KB, whatever it shows', async () => {
    for (const [width, height] of [
      [2_000, 1_500],
      [640, 480],
      [300, 4_000],
    ] as const) {
      const bytes = await (await draw(width, height, { noise: true })).png().toBuffer();
      const { large, small } = await readPicture(bytes);
      expect(large.body.length).toBeLessThanOrEqual(20_000);
      expect(small.body.length).toBeLessThanOrEqual(5_000);
    }
  });

  test('is not made larger, nor cut', async () => {
    const { large, small } = await readPicture(await drawPng(100, 300));
    expect([large.width, large.height]).toEqual([100, 300]);
    expect([small.width, small.height]).toEqual([56, 168]);
  });

  test('stands on white where it is transparent, turned as it is to be seen, and tells nothing', async () => {
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    const bytes = await sharp({
      create: { width: 300, height: 200, channels: 4, background: clear },
    })
      .composite([{ input: await drawPng(80, 80), left: 0, top: 0 }])
      .withMetadata({ orientation: 6 })
      .withExifMerge({ IFD0: { Copyright: 'somebody' } })
      .png()
      .toBuffer();
    const { large } = await readPicture(bytes);
    expect([large.width, large.height]).toEqual([200, 300]);
    const seen = await sharp(large.body).metadata();
    expect([seen.exif, seen.orientation]).toEqual([undefined, undefined]);
    const { data } = await sharp(large.body).raw().toBuffer({ resolveWithObject: true });
    // The bottom right corner.
    expect([...data.subarray(-3)].every((value) => value > 250)).toBe(true);
  });

  test('of 16 bits, or interlaced, is read like any other', async () => {
    const plain = await draw(1_600, 900);
    const wide = await plain.clone().toColourspace('rgb16').ensureAlpha().png().toBuffer();
    const interlaced = await plain.clone().png({ progressive: true }).toBuffer();
    expect(await sharp(wide).metadata()).toMatchObject({ depth: 'ushort', channels: 4 });
    expect((await sharp(interlaced).metadata()).isProgressive).toBe(true);
    const expected = await readPicture(await plain.clone().png().toBuffer());
    for (const bytes of [wide, interlaced]) {
      const { large } = await readPicture(bytes);
      expect([large.width, large.height]).toEqual([560, 315]);
      const [one, other] = await Promise.all(
        [large, expected.large].map(({ body }) => sharp(body).raw().toBuffer()),
      );
      expect(toDistance(one, other)).toBeLessThan(2);
    }
  });

  test('is turned upright as its camera was held', async () => {
    const block = (background: string, left: number, top: number) =>
      ({
        ...{
          input: { create: { width: 96, height: 60, channels: 3 as const, background } },
          left,
          top,
        },
      }) as const;
    const mark = await sharp({
      create: { width: 192, height: 120, channels: 3, background: '#fff' },
    })
      .composite([block('#c00', 0, 0), block('#0a0', 96, 0), block('#00c', 0, 60)])
      .png()
      .toBuffer();
    for (let orientation = 1; orientation <= 8; orientation++) {
      const bytes = await sharp(mark).withMetadata({ orientation }).png().toBuffer();
      const { large } = await readPicture(bytes);
      const right = await sharp(bytes)
        .autoOrient()
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([orientation, large.width, large.height]).toEqual([
        orientation,
        right.info.width,
        right.info.height,
      ]);
      const seen = await sharp(large.body).raw().toBuffer();
      expect([orientation, toDistance(seen, right.data) < 8]).toEqual([orientation, true]);
    }
  });

  test('that moves is its first frame', async () => {
    const [one, two] = await Promise.all([drawPng(200, 150, 1), drawPng(200, 150, 60)]);
    const bytes = await sharp([one, two], { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    const { large } = await readPicture(bytes);
    expect([large.width, large.height]).toEqual([200, 150]);
  });
});

const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><rect width="9" height="9"/></svg>';

describe('what is left out', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a drawing', Buffer.from(svg)],
    ['a drawing behind a mark', Buffer.from(`\ufeff<?xml version="1.0"?>${svg}`)],
    ['a document', Buffer.from('%PDF-1.7\n1 0 obj')],
    ['a page', Buffer.from('<!doctype html><img src="x">')],
    ['a TIFF', Buffer.from('II*\0\x08\0\0\0', 'latin1')],
    ['an AVIF', Buffer.from('\0\0\0\x1cftypavif', 'latin1')],
    ['the beginning of a PNG alone', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')],
    ['the beginning of a JPEG alone', Buffer.from('\xff\xd8\xff\xe0', 'latin1')],
  ])('is %s', async (_name, bytes) => {
    await expect(readPicture(bytes)).rejects.toMatchObject({ code: 'picture_unreadable' });
  });

  test('is what ends too early', async () => {
    const png = await (await draw(800, 600, { noise: true })).png().toBuffer();
    const cut = png.subarray(0, png.length / 2);
    await expect(readPicture(cut)).rejects.toMatchObject({ code: 'picture_unreadable' });
  });

  test('is what counts readers, and what shows nothing', async () => {
    const dot = await drawPng(1, 1);
    await expect(readPicture(dot)).rejects.toThrow('has only 1 × 1 pixels');
    const blank = await sharp({
      create: { width: 300, height: 300, channels: 3, background: '#fff' },
    })
      .png()
      .toBuffer();
    await expect(readPicture(blank)).rejects.toThrow('shows nothing');
  });

  test('is what would be enormous when it is unpacked', async () => {
    const bomb = await drawPng();
    // The first chunk of a PNG says how large it is, and its sum follows.
    bomb.writeUInt32BE(30_000, 16);
    bomb.writeUInt32BE(30_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    await expect(readPicture(bomb)).rejects.toThrow(/pixel/i);
  });

  test.each([
    ['of more than 16 million pixels', { width: 4_100, height: 4_000 }, {}, /pixel/i],
    ['interlaced and of 16 bits', { width: 3_000, height: 3_000 }, { progressive: true }, /whole/],
  ])('is what would take much memory: %s', async (_name, size, options, reason) => {
    const bytes = await sharp({ create: { ...size, channels: 4, background: '#123' } })
      .toColourspace('rgb16')
      .png({ compressionLevel: 1, ...options })
      .toBuffer();
    await expect(readPicture(bytes)).rejects.toThrow(reason);
  });

  test('is what nobody waits for any more', async () => {
    const reading = readPicture(await drawPng(), AbortSignal.abort());
    await expect(reading).rejects.toThrow('was broken off');
  });

  test('is garbage of every kind, always with one sentence', async () => {
    const beginnings = [
      '',
      '\x89PNG\r\n\x1a\n',
      '\xff\xd8\xff\xe0',
      'GIF89a',
      'RIFF\0\0\0\0WEBPVP8 ',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...beginnings),
        fc.uint8Array({ maxLength: 300 }),
        async (begin, rest) => {
          const bytes = Buffer.concat([Buffer.from(begin, 'latin1'), rest]);
          await expect(readPicture(bytes)).rejects.toMatchObject({ code: 'picture_unreadable' });
        },
      ),
      { numRuns: 60 },
    );
  });
});
