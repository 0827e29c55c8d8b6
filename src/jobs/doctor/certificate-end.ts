const DAY = 24 * 3_600_000;
/** What renews by itself does so a month ahead; by now it has not. */
const SOON = 14 * DAY;

export const RENEW = 'renew it, or find out why it is not renewed by itself';

/** `null`: not soon. What is over is found out by connecting. */
export function formatEnd(validTo: number, now: number): string | null {
  const left = validTo - now;
  if (left > SOON || left <= 0) return null;
  const days = Math.floor(left / DAY);
  const when = days === 0 ? 'in less than a day' : `in ${days} day${days === 1 ? '' : 's'}`;
  return `its certificate ends ${when}, on ${new Date(validTo).toISOString().slice(0, 10)}`;
}
