import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../base/clock.js';
import { dayAt } from '../base/day.js';
import type { Alarm, Alarms } from '../delivery/alarms/alarms.js';
import { EXPIRES_AFTER } from '../delivery/delivery.js';
import { ALL_ROUTES, type Hold } from '../delivery/sending/holds.js';
import { formatHold } from '../delivery/sending/sender-status.js';
import type { ThrottleStore } from '../delivery/throttle/throttle-store.js';
import { hideAddresses } from '../mail/replies/secrets.js';
import { loadSourceStates, type SourceState, type SourceStates } from '../sources/source-states.js';
import { type PickSettings, PickTimes } from './pick-times.js';
import { loadDoneUntil, type ScheduleSettings } from './schedule.js';

export interface TroubleDeps extends PickSettings {
  alarms: Alarms;
  throttleStore: Pick<ThrottleStore, 'look'>;
  sourceStates: Pick<SourceStates, 'all'>;
  settings: Pick<ScheduleSettings, 'getOrSet'>;
  /** The names of the sources that are set up. */
  sourceNames: readonly string[];
  /** The names of the routes that are set up. */
  routeNames: readonly string[];
  /** Minutes for which a run that is due waits for sources. */
  sourceDeadline: number;
  /** Of a store on SQLite. */
  storeFile: string | null;
  publicUrl: string;
  clock: Clock;
  /** Tells how full the disk of a folder is; asks the system when left out. */
  loadDisk?: (folder: string) => Promise<Pick<StatsFs, 'bavail' | 'blocks' | 'bsize'>>;
}

/** Milliseconds that a hold may last before the operator is told: most are over before. */
const HELD_FOR = 15 * 60_000;
const FAILING_FOR = 24 * 3_600_000;
/** Milliseconds after the deadline of its sources by which an edition should be there. */
const PICK_GRACE = 3_600_000;
/** Bytes that should be free where the store is. */
const LEAST_FREE = 256 * 1024 * 1024;

/** Raises an alarm for each thing that has been in trouble for long, and ends those of others. */
export async function watchTroubles(deps: TroubleDeps): Promise<void> {
  const found = [
    ...(await findLongHolds(deps)),
    ...(await findFailingSources(deps)),
    ...(await findMissedEdition(deps)),
    ...(await findFullDisk(deps)),
  ];
  for (const alarm of found) await deps.alarms.raise(alarm);
  for (const code of await deps.alarms.open()) {
    const isOurs = /^(?:held|source|edition|disk)\b/.test(code);
    if (isOurs && !found.some((alarm) => alarm.code === code)) await deps.alarms.end(code);
  }
}

async function findLongHolds({ throttleStore, routeNames, publicUrl }: TroubleDeps) {
  const { now, holds } = await throttleStore.look();
  const isLong = ({ route, domain, since }: Hold) =>
    route !== ALL_ROUTES && domain === '' && routeNames.includes(route) && since <= now - HELD_FOR;
  return holds.filter(isLong).map(
    (hold): Alarm => ({
      code: `held ${hold.route}`,
      subject: `Sending over ${hold.route} is held`,
      text: [
        `${formatHold(hold)} It said: ${hideAddresses(hold.reply)}`,
        'Mails wait and are not lost; digests for three days at most. It goes on by itself when a mail is accepted.',
        `What helps: run "paperboy doctor", and see docs/SENDING.md, "When sending is held", under "${hold.code}".`,
        `How it is now: ${publicUrl}/readyz`,
      ].join('\n\n'),
    }),
  );
}

async function findFailingSources({ sourceStates, sourceNames, clock }: TroubleDeps) {
  const states = await loadSourceStates(sourceNames, sourceStates);
  const isFailing = ({ failures, answeredAt }: SourceState) =>
    failures > 0 && answeredAt !== null && answeredAt <= clock.now() - FAILING_FOR;
  return states.filter(isFailing).map(
    ({ source, answeredAt, reason }): Alarm => ({
      code: `source ${source}`,
      subject: `The source ${source} has been failing for a day`,
      text: [
        `${source} last answered at ${new Date(answeredAt ?? 0).toISOString()}. ${reason ?? ''}`.trim(),
        'Editions are made without its papers.',
        'What helps: run "paperboy doctor", which asks it anew; or take it out of SOURCES.',
      ].join('\n\n'),
    }),
  );
}

async function findMissedEdition(deps: TroubleDeps): Promise<Alarm[]> {
  const { clock, settings, sourceDeadline } = deps;
  const now = clock.now();
  const late = now - sourceDeadline * 60_000 - PICK_GRACE;
  const times = new PickTimes(deps);
  const due = times.newest(now - EXPIRES_AFTER, late);
  if (due === null || (await loadDoneUntil(settings, clock)) >= due) return [];
  const day = times.dayOf(due);
  return [
    {
      code: 'edition',
      subject: `There is no edition of ${day} yet`,
      text: [
        `The edition of ${day} was to be made at ${new Date(due).toISOString()}. It is tried again and again.`,
        'What helps: the log says why ("daily_run_failed", "daily_run_waits"); "paperboy doctor" examines the sources; "paperboy run" makes and sends it by hand.',
      ].join('\n\n'),
    },
  ];
}

async function findFullDisk({
  storeFile,
  clock,
  editionTimezone,
  loadDisk = statfs,
}: TroubleDeps): Promise<Alarm[]> {
  if (storeFile === null) return [];
  const disk = await loadDisk(dirname(storeFile)).catch(() => null);
  // A small disk with nothing else on it is none that fills up.
  if (
    disk === null ||
    disk.bavail * disk.bsize >= Math.min(LEAST_FREE, (disk.blocks * disk.bsize) / 20)
  )
    return [];
  return [
    {
      code: 'disk',
      subject: 'The disk of the store is nearly full',
      text: [
        `Less than ${LEAST_FREE / 1024 / 1024} MB are free where the store is (${dayAt(clock.now(), editionTimezone)}). When nothing is left, nothing can be sent.`,
        'What helps: delete old backups and logs there, or give it more room.',
      ].join('\n\n'),
    },
  ];
}
