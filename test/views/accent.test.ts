import { wcagContrast } from 'culori';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildAccent, DEFAULT_ACCENT } from '../../src/views/accent.js';

test('every colour gets a shade that can be read on each ground', () => {
  const channel = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(channel, channel, channel, (red, green, blue) => {
      const accent = buildAccent(`rgb(${red}, ${green}, ${blue})`) ?? DEFAULT_ACCENT;
      expect(wcagContrast(accent.light, '#f1f4ec')).toBeGreaterThanOrEqual(4.5);
      expect(wcagContrast(accent.dark, '#121714')).toBeGreaterThanOrEqual(4.5);
    }),
  );
});

test('a colour that can be read stays as it is', () => {
  expect(buildAccent('#0d5c45')?.light).toBe('#0d5c45');
  expect(buildAccent('#82cfad')?.dark).toBe('#82cfad');
});

test.each(['', 'blurple', '#12', 'rgba(0, 0, 0, 0.5)', 'transparent'])('%s is none', (text) => {
  expect(buildAccent(text)).toBeNull();
});
