/** Of any five papers in a row, so many are of one organisation while others are near. */
const ROW = 5;
const OF_ONE = 2;
/** A score is near another from this share of it on, both counted with one vote more. */
const NEAR = 0.8;

/**
 * Keeps one organisation from having the whole top. A paper whose organisation has its share of the
 * places right before lets the next one of another go first, if that one's score is near; else it
 * keeps its place. Papers without an organisation are nobody's.
 * @param ranked best first
 */
export function spread<P extends { organisation: string | null }>(
  ranked: readonly P[],
  toScore: (paper: P) => number,
): P[] {
  const waiting = [...ranked];
  const placed: P[] = [];
  const isCrowded = (paper: P) => {
    const own = toOrganisation(paper);
    const before = placed.slice(1 - ROW);
    return own !== null && before.filter((other) => toOrganisation(other) === own).length >= OF_ONE;
  };
  while (waiting.length > 0) {
    const [first] = waiting;
    const other = first && isCrowded(first) ? waiting.findIndex((one) => !isCrowded(one)) : 0;
    const next = waiting[other];
    const gives = first && next && isNear(toScore(next), toScore(first));
    placed.push(...waiting.splice(gives ? other : 0, 1));
  }
  return placed;
}

function isNear(score: number, best: number): boolean {
  return score + 1 >= NEAR * (best + 1);
}

function toOrganisation({ organisation }: { organisation: string | null }): string | null {
  return organisation === null ? null : organisation.trim().toLowerCase();
}
