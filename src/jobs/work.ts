import type { Sender } from '../delivery/sending/sender.js';
import { type CleanFilesDeps, runCleanFiles } from './clean-files.js';
import { type FilePapersDeps, runFiling } from './file-papers.js';
import { type FormWatchDeps, runFormWatch } from './form-watch.js';
import { type HousekeepingDeps, runHousekeeping } from './housekeeping.js';
import { type RefreshVotesDeps, runVoteRefresh } from './refresh-votes.js';
import { type PictureDeps, runPictures } from './run-pictures.js';
import { runSchedule, type ScheduleDeps } from './schedule.js';
import { keepRunning } from './supervise.js';
import { runOperatorMailer, runWatch, type WatchDeps } from './watch.js';

export type WorkDeps = ScheduleDeps &
  RefreshVotesDeps &
  HousekeepingDeps &
  CleanFilesDeps &
  FilePapersDeps &
  FormWatchDeps &
  PictureDeps &
  WatchDeps & {
    /** A sender of everything that is due. */
    sender(): Promise<Sender>;
  };

/**
 * Does what the service does without being asked, until `signal` aborts: makes and plans editions
 * at their hours, sends what is due, forgets what nobody needs any more, and tells the operator what
 * they have to know. Any number of processes may do so on one store.
 * @param onSender called with the sender, and with the next one after a failure.
 */
export async function runWorker(
  deps: WorkDeps,
  signal: AbortSignal,
  onSender?: (sender: Sender) => void,
): Promise<void> {
  const send = async () => {
    const sender = await deps.sender();
    onSender?.(sender);
    await sender.run(signal, async () => false);
  };
  await Promise.all([
    keepRunning('sender', send, deps, signal),
    keepRunning('schedule', () => runSchedule(deps, signal), deps, signal),
    keepRunning('refresh of votes', () => runVoteRefresh(deps, signal), deps, signal),
    keepRunning('fetching of pictures', () => runPictures(deps, signal), deps, signal),
    keepRunning('watch of the form', () => runFormWatch(deps, signal), deps, signal),
    keepRunning('housekeeping', () => runHousekeeping(deps, signal), deps, signal),
    keepRunning('filing of papers', () => runFiling(deps, signal), deps, signal),
    keepRunning('watch', () => runWatch(deps, signal), deps, signal),
    keepRunning('mails to the operator', () => runOperatorMailer(deps, signal), deps, signal),
    keepRunning('cleaning of files', () => runCleanFiles(deps, signal), deps, signal),
  ]);
}
