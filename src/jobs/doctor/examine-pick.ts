import { type PickSettings, PickTimes } from '../pick-times.js';
import { type Finding, good, warning } from './finding.js';

const WEEK = 7 * 24 * 3_600_000;
const HOUR = 3_600_000;
/** Before this hour, in UTC, much of the day is missing. */
const EARLY = 10;
/** Share of a day's papers that Hugging Face has listed by an hour in UTC, in percent. */
const LISTED: readonly (readonly [hour: number, share: number])[] = [
  [0, 40],
  [4, 51],
  [12, 81],
  [16, 90],
  [24, 100],
];

/** Whether the edition of a day is picked when most of its papers are out. */
export function examinePick(
  settings: PickSettings & { sources: readonly string[] },
  now: number,
): Finding[] {
  if (!settings.sources.includes('huggingface')) return [];
  const next = new PickTimes(settings).first(now, now + WEEK);
  if (next === null) return [];
  const hour = (next % (24 * HOUR)) / HOUR;
  const at = new Date(next).toISOString().slice(11, 16);
  const subject = 'pick';
  const told = `editions are picked at ${at} UTC, when Hugging Face has listed about ${toShare(hour)} % of a day's papers`;
  if (hour >= EARLY) return [good(subject, told)];
  return [warning(subject, told, { remedy: 'set PICK_CRON to a later hour: 16:00 UTC has 90 %' })];
}

function toShare(hour: number): number {
  const after = Math.max(
    LISTED.findIndex(([from]) => from > hour),
    1,
  );
  const [[from, low] = [0, 0], [to, high] = [24, 100]] = [LISTED[after - 1], LISTED[after]];
  return Math.round(low + ((hour - from) / (to - from)) * (high - low));
}
