import { readReportMail } from '../../src/mail/reports/read-report-mail.js';
import { REPORT_KINDS } from '../../src/mail/reports/report.js';
import { loadMails } from '../mail/reports/samples.js';
import { createRandom, mutate } from './mutations.js';

export interface FuzzResult {
  count: number;
  /** How often each kind was read. */
  kinds: Record<string, number>;
  slowest: { milliseconds: number; mail: Buffer };
  /** Mails at which something was thrown, or that were read into what no reader may say. */
  faults: { mail: Buffer; reason: string }[];
}

const MOST_FAULTS = 10;

/** Reads mails that are changed by chance, and looks at what is said of them. */
export async function fuzz(count: number, seed: number): Promise<FuzzResult> {
  const random = createRandom(seed);
  const corpus = loadMails().map(({ mail }) => mail);
  const result: FuzzResult = {
    count: 0,
    kinds: {},
    slowest: { milliseconds: 0, mail: Buffer.alloc(0) },
    faults: [],
  };
  for (; result.count < count && result.faults.length < MOST_FAULTS; result.count++) {
    const mail = mutate(corpus, random);
    const began = performance.now();
    const reason = await examine(mail, result.kinds);
    const milliseconds = performance.now() - began;
    if (milliseconds > result.slowest.milliseconds) result.slowest = { milliseconds, mail };
    if (reason !== null) result.faults.push({ mail, reason });
  }
  return result;
}

async function examine(mail: Buffer, kinds: Record<string, number>): Promise<string | null> {
  try {
    const { reports, clues } = await readReportMail(mail);
    if (reports.length === 0 || reports.length > 200) return `${reports.length} reports`;
    for (const { kind, recipient, reply } of reports) {
      kinds[kind] = (kinds[kind] ?? 0) + 1;
      if (!REPORT_KINDS.includes(kind)) return `kind ${kind}`;
      if (recipient !== null && !/^[^@\s]+@[^@\s]+$/.test(recipient))
        return `recipient ${recipient}`;
      if (reply.length > 500 || /\p{Cc}/u.test(reply)) return `reply ${reply}`;
    }
    return clues.messageIds.every((id) => /^<[^<>\s]+>$/.test(id))
      ? null
      : `ids ${clues.messageIds}`;
  } catch (error) {
    return String(error);
  }
}
