/**
 * Makes the icons that browsers ask for by themselves from `templates/assets/favicon.svg`:
 * `npx tsx test/support/make-icons.ts`. It needs Debian's Chromium.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const FOLDER = new URL('../../templates/assets/', import.meta.url).pathname;
const svg = readFileSync(join(FOLDER, 'favicon.svg'), 'utf8');

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
writeFileSync(join(FOLDER, 'favicon.ico'), toIco(await draw(32, { ground: null })));
writeFileSync(join(FOLDER, 'apple-touch-icon.png'), await draw(180, { ground: '#f1f4ec' }));
// What a manifest names. A maskable one fills its square: the system cuts its corners.
writeFileSync(join(FOLDER, 'icon-192.png'), await draw(192, { ground: null }));
writeFileSync(join(FOLDER, 'icon-512.png'), await draw(512, { ground: null }));
writeFileSync(
  join(FOLDER, 'icon-maskable-512.png'),
  await draw(512, { ground: '#f1f4ec', part: 0.6 }),
);
await browser.close();

/** @param ground what is behind the sign, with a margin around it; `null`: nothing */
async function draw(
  size: number,
  { ground, part = 0.72 }: { ground: string | null; part?: number },
): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const inner = ground === null ? size : Math.round(size * part);
  await page.setContent(`<style>html, body { margin: 0; background: ${ground ?? 'transparent'} }
    body { display: grid; place-items: center; height: ${size}px }
    svg { width: ${inner}px; height: ${inner}px }</style>${svg}`);
  const png = await page.screenshot({ omitBackground: ground === null });
  await page.close();
  return png;
}

/** An icon file that holds one PNG of 32 pixels. */
function toIco(png: Buffer): Buffer {
  const head = Buffer.alloc(22);
  head.writeUInt16LE(1, 2); // an icon
  head.writeUInt16LE(1, 4); // one image
  head.writeUInt8(32, 6);
  head.writeUInt8(32, 7);
  head.writeUInt16LE(1, 10); // colour planes
  head.writeUInt16LE(32, 12); // bits of a pixel
  head.writeUInt32LE(png.length, 14);
  head.writeUInt32LE(head.length, 18);
  return Buffer.concat([head, png]);
}
