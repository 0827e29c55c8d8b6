import type { Day } from '../../base/day.js';
import { toErrorMessage } from '../../base/errors.js';
import type { Hold } from '../../delivery/sending/holds.js';
import { formatHold } from '../../delivery/sending/sender-status.js';
import type { Source } from '../../sources/source.js';

/** What one look found. */
export interface Finding {
  subject: string;
  ok: boolean;
  /** Whether the operator should read it although nothing is wrong. */
  warns?: boolean;
  told: string;
}

/** What keeps mails waiting until something is mended. */
export function examineHolds(holds: readonly Hold[]): Finding[] {
  return holds.map((hold) => {
    const since = new Date(hold.since).toISOString();
    const next = new Date(hold.nextAt).toISOString();
    const told = `${formatHold(hold)} It said: ${hold.reply}; since ${since}, asked again by itself next at ${next}`;
    // A domain may be in trouble without anybody here being able to mend it.
    const isDomains = hold.domain !== '';
    return { subject: `relay ${hold.route}`, ok: isDomains, warns: isDomains, told };
  });
}

/** Asks each source for its newest papers, side by side, and stores nothing. */
export function examineSources(sources: readonly Source[], today: Day): Promise<Finding[]> {
  return Promise.all(
    sources.map(async (source) => ({
      subject: `source ${source.name}`,
      ...(await examine(source, today)),
    })),
  );
}

async function examine(source: Source, today: Day): Promise<Omit<Finding, 'subject'>> {
  try {
    const day = await source.newestDay(today);
    const { papers, dropped, failure } = await source.listDay(day ?? today);
    if (failure !== undefined) return { ok: false, told: failure };
    if (day === null) return { ok: true, told: 'answers, and has no papers of late' };
    const broken = dropped.length > 0 ? `, ${dropped.length} more can't be read` : '';
    return { ok: true, told: `${papers.length} on ${day}, its newest day${broken}` };
  } catch (error) {
    return { ok: false, told: toErrorMessage(error) };
  }
}
