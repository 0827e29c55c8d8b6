import type { Day } from '../base/day.js';
import { messageOf } from '../base/errors.js';
import type { Source } from '../papers/paper.js';

/** What one look found. */
export interface Finding {
  subject: string;
  ok: boolean;
  /** Whether the operator should read it although nothing is wrong. */
  warns?: boolean;
  told: string;
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
    return { ok: false, told: messageOf(error) };
  }
}
