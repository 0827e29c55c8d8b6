/** What has to be known of a TrueType file to break lines: how wide its letters are. */
export interface FontMetrics {
  /** In parts of the font's size; `null` for a character that the file does not have. */
  advance(codePoint: number): number | null;
}

/**
 * Reads the widths of a TrueType file, one of ours. Kerning is left out: it only makes a line shorter.
 * @throws RangeError for what is no such file
 */
export function readFontMetrics(file: Buffer): FontMetrics {
  const tables = readTables(file);
  const at = (tag: string) => {
    const offset = tables.get(tag);
    if (offset === undefined) throw new RangeError(`The font has no table ${tag}.`);
    return offset;
  };
  const unitsPerEm = file.readUInt16BE(at('head') + 18);
  const widths = file.readUInt16BE(at('hhea') + 34);
  const hmtx = at('hmtx');
  const glyphs = readGlyphs(file, at('cmap'));
  return {
    advance(codePoint) {
      const glyph = glyphs.get(codePoint);
      if (glyph === undefined) return null;
      return file.readUInt16BE(hmtx + 4 * Math.min(glyph, widths - 1)) / unitsPerEm;
    },
  };
}

/** Where each table begins, by its tag. */
function readTables(file: Buffer): Map<string, number> {
  const count = file.readUInt16BE(4);
  return new Map(
    Array.from({ length: count }, (_, n) => {
      const record = 12 + 16 * n;
      return [file.toString('latin1', record, record + 4), file.readUInt32BE(record + 8)];
    }),
  );
}

/** Glyphs by code point, of the Unicode subtable of format 4, which every font has. */
function readGlyphs(file: Buffer, cmap: number): Map<number, number> {
  const count = file.readUInt16BE(cmap + 2);
  const glyphs = new Map<number, number>();
  for (let n = 0; n < count; n++) {
    const start = cmap + file.readUInt32BE(cmap + 4 + 8 * n + 4);
    if (file.readUInt16BE(start) === 4) readSegments(file, start, glyphs);
  }
  return glyphs;
}

function readSegments(file: Buffer, start: number, glyphs: Map<number, number>): void {
  const size = file.readUInt16BE(start + 6);
  const ends = start + 14;
  const starts = ends + size + 2;
  const deltas = starts + size;
  const offsets = deltas + size;
  for (let at = 0; at < size; at += 2) {
    const first = file.readUInt16BE(starts + at);
    const last = file.readUInt16BE(ends + at);
    const delta = file.readUInt16BE(deltas + at);
    const offset = file.readUInt16BE(offsets + at);
    for (let code = first; code <= last && code !== 0xffff; code++) {
      const indexed =
        offset === 0 ? code : file.readUInt16BE(offsets + at + offset + 2 * (code - first));
      const glyph = indexed === 0 ? 0 : (indexed + delta) & 0xffff;
      if (glyph !== 0) glyphs.set(code, glyph);
    }
  }
}
