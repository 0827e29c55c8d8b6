/** What one look found. */
export interface Finding {
  subject: string;
  ok: boolean;
  /** Whether the operator should read it although nothing is wrong. */
  warns?: boolean;
  told: string;
  /** What to do about it, in a line. */
  remedy?: string;
  /** The record to paste into the DNS, as zone files have it: name, type, value. */
  record?: string;
}

/** How a finding can be mended. */
export type Help = Pick<Finding, 'remedy' | 'record'>;

export function good(subject: string, told: string): Finding {
  return { subject, ok: true, told };
}

/** What works, and should not stay so. */
export function warning(subject: string, told: string, help: Help = {}): Finding {
  return { subject, ok: true, warns: true, told, ...help };
}

export function failure(subject: string, told: string, help: Help = {}): Finding {
  return { subject, ok: false, told, ...help };
}
