import { daysBetween } from '../../base/day.js';
import type { DayVotes } from '../../library/vote-history.js';

const WIDTH = 320;
const HEIGHT = 72;
/** The line is not cut off at the edges. */
const EDGE = 3;

/** Votes as a line: days from left to right, none at the bottom, most at the top. */
export function toVoteLine(history: readonly DayVotes[]) {
  const [first, last] = [history[0], history.at(-1)];
  if (first === undefined || last === undefined || history.length < 2) return null;
  const days = Math.max(1, daysBetween(first.day, last.day));
  const most = Math.max(1, ...history.map(({ upvotes }) => upvotes));
  const points = history.map(({ day, upvotes }) => {
    const x = EDGE + ((WIDTH - 2 * EDGE) * daysBetween(first.day, day)) / days;
    const y = HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * upvotes) / most;
    return { x: round(x), y: round(y) };
  });
  return {
    ...{ width: WIDTH, height: HEIGHT, first, last },
    points: points.map(({ x, y }) => `${x},${y}`).join(' '),
    end: points.at(-1),
  };
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
