import type { OpenAlarm } from '../../delivery/alarms/alarms.js';
import {
  findWorst,
  formatRate,
  isSurelyOver,
  LEAST_MAILS,
  type MailWindows,
  RATE_LIMITS,
  RATE_REMEDIES,
  type Rate,
  toRates,
  WINDOW_DAYS,
} from '../../delivery/rates/rates.js';
import { ALL_ROUTES, type Hold } from '../../delivery/sending/holds.js';
import { formatHold } from '../../delivery/sending/sender-status.js';
import type { Finding } from './finding.js';

/** The groups of domains of whose mails too many come back, and those that are paused. */
export function examineRates(windows: MailWindows, holds: readonly Hold[]): Finding[] {
  const pauses = holds.filter(({ route }) => route === ALL_ROUTES);
  const isTold = (rate: Rate) =>
    isSurelyOver(rate) &&
    rate.mails === 'digest' &&
    rate.event !== 'policy' &&
    pauses.some(({ domain }) => domain === rate.group);
  const worst = findWorst(toRates(windows)).filter((rate) => !isTold(rate));
  const rates = worst.map((rate): Finding => {
    const limits = RATE_LIMITS[rate.event];
    const limit = rate.level === 'over' ? limits.over : limits.near;
    const told = `${formatRate(rate)}, ${rate.level === 'over' ? 'over the limit of' : 'more than the'} ${limit * 100} %: ${RATE_REMEDIES[rate.event]}`;
    return { subject: `mail to ${rate.group}`, ok: !isSurelyOver(rate), warns: true, told };
  });
  const paused = pauses.map((hold): Finding => {
    const since = new Date(hold.since).toISOString();
    const next = new Date(hold.nextAt).toISOString();
    const told = `${formatHold(hold)} ${hold.reply}; since ${since}, by itself until ${next} at the earliest; "paperboy holds lift ${hold.domain}" ends it for a day`;
    return { subject: `mail to ${hold.domain}`, ok: false, told };
  });
  if (!windows.isComplete) return [...paused, { subject: 'rates', ok: true, told: NOT_KNOWN }];
  if (rates.length + paused.length > 0) return [...paused, ...rates];
  const told = `of the mails of ${WINDOW_DAYS} days, few came back from any group of domains, or fewer than ${LEAST_MAILS} went there`;
  return [{ subject: 'rates', ok: true, told }];
}

const NOT_KNOWN =
  'what was accepted before the upgrade is still being counted: which part of the mails comes back is not known yet';

/** What goes on that the operator was told, or would have been. */
export function examineAlarms(
  alarms: readonly OpenAlarm[],
  { production, operators }: { production: boolean; operators: readonly string[] },
): Finding[] {
  const findings = alarms.map(({ subject, since }): Finding => {
    const told = `${subject}, since ${new Date(since).toISOString()}`;
    return { subject: 'alarm', ok: true, warns: true, told };
  });
  if (!production || operators.length > 0) return findings;
  const told =
    'OPERATOR_EMAIL is not set: nobody is told by mail when digests are paused or sending is held';
  return [...findings, { subject: 'settings', ok: true, warns: true, told }];
}
