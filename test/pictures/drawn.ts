import sharp, { type Sharp } from 'sharp';

/** A picture with something in it: stripes, or noise that no encoder makes small. */
export async function draw(
  width: number,
  height: number,
  { noise = false, seed = 1 }: { noise?: boolean; seed?: number } = {},
): Promise<Sharp> {
  const data = Buffer.alloc(width * height * 3);
  let state = seed;
  for (let at = 0; at < data.length; at++) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    data[at] = noise ? state >> 16 : Math.floor(at / 3 / (10 + seed)) % 2 ? 230 : 20 + seed;
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

export async function drawPng(width = 800, height = 600, seed = 1): Promise<Buffer> {
  return (await draw(width, height, { seed })).png().toBuffer();
}
