import { Temporal } from 'temporal-polyfill';
import { addDays, type Day, dayAt, dayOfWeek } from '../../base/day.js';

/** Where arXiv lives: its days begin and its submissions close by this clock. */
export const ARXIV_ZONE = 'America/New_York';

/** The hour at which submissions for the next announcement close. */
const DEADLINE = { hour: 14 };

/** Milliseconds since the epoch; `to` is the first moment after it. */
export interface Window {
  from: number;
  to: number;
}

/**
 * When the papers were submitted that arXiv's lists of `day` announce: from the deadline before the
 * last one to the last one, which is 14:00 of the working day before. `null` on weekends, when
 * nothing is announced. arXiv's holidays are not known here: their papers come with the next day's.
 */
export function submissionWindow(day: Day): Window | null {
  const weekday = dayOfWeek(day);
  if (weekday > 5) return null;
  const last = weekday === 1 ? addDays(day, -3) : addDays(day, -1);
  const before = dayOfWeek(last) === 1 ? addDays(last, -3) : addDays(last, -1);
  return { from: deadlineOn(before), to: deadlineOn(last) };
}

/** The day on whose lists a paper stands that was submitted at this moment. */
export function announcementDay(submittedAt: number): Day {
  let day = dayAt(submittedAt, ARXIV_ZONE);
  for (;;) {
    const window = submissionWindow(day);
    if (window && submittedAt < window.to) return day;
    day = addDays(day, 1);
  }
}

function deadlineOn(day: Day): number {
  return Temporal.PlainDate.from(day).toZonedDateTime({ timeZone: ARXIV_ZONE, plainTime: DEADLINE })
    .epochMilliseconds;
}
