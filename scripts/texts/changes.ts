/** A place where two texts differ, with a few words around it. */
export interface Change {
  before: string;
  after: string;
}

/** Words that are shown on each side of a change. */
const AROUND = 4;
/** Texts with more words are shown whole. */
const MOST = 4_000;

/** The places where two texts differ, by their longest common sequence of words. */
export function findChanges(before: string, after: string): Change[] {
  const [old, young] = [before.split(' '), after.split(' ')];
  if (old.length > MOST || young.length > MOST) return [{ before, after }];
  const common = commonLengths(old, young);
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < young.length) {
    const [from, to] = [i, j];
    while ((i < old.length || j < young.length) && old[i] !== young[j]) {
      const [down, right] = [common[i + 1]?.[j] ?? -1, common[i]?.[j + 1] ?? -1];
      if (i < old.length && (down >= right || j >= young.length)) i++;
      else j++;
    }
    if (i > from || j > to) {
      changes.push({ before: show(old, from, i), after: show(young, to, j) });
    }
    i++;
    j++;
  }
  return changes;
}

/** For each pair of places, the length of the longest sequence that both texts have from there. */
function commonLengths(old: readonly string[], young: readonly string[]): Uint16Array[] {
  const rows = Array.from({ length: old.length + 1 }, () => new Uint16Array(young.length + 1));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = young.length - 1; j >= 0; j--) {
      const [row, below] = [rows[i], rows[i + 1]];
      if (!row || !below) continue;
      row[j] =
        old[i] === young[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return rows;
}

function show(words: readonly string[], from: number, to: number): string {
  return words.slice(Math.max(from - AROUND, 0), to + AROUND).join(' ');
}
