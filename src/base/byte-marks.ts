/** Longest first: the mark of UTF-32 begins like that of UTF-16. Unicode 16.0, chapter 23.8. */
const MARKS: readonly (readonly [mark: readonly number[], encoding: string])[] = [
  [[0xff, 0xfe, 0, 0], 'utf-32le'],
  [[0, 0, 0xfe, 0xff], 'utf-32be'],
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/** The encoding that the byte order mark at the beginning of a text says, `null` without one. */
export function findByteMark(bytes: Uint8Array): string | null {
  return MARKS.find(([mark]) => beginsWith(bytes, mark))?.[1] ?? null;
}

export function beginsWith(bytes: Uint8Array, beginning: readonly number[]): boolean {
  return beginning.every((byte, place) => bytes[place] === byte);
}
