import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Timing } from '../base/timing.js';
import type { SenderStatus } from '../delivery/sending/sender-status.js';

export interface WorkThreadData {
  environment: Readonly<Record<string, string | undefined>>;
  timing: Timing;
}

const THREAD = new URL('work-thread.js', import.meta.url);

/**
 * Does the work of `worker` in a thread of its own until `signal` aborts, then lets it finish what
 * is under way.
 * @param onStatus called about once a second with how the sender is
 * @throws what ended the thread before its time
 */
export async function workInThread(
  { environment, timing }: WorkThreadData,
  signal: AbortSignal,
  onStatus: (status: SenderStatus) => void,
): Promise<void> {
  if (signal.aborted) return;
  // A copy, since an environment itself can't go from thread to thread.
  const data: WorkThreadData = { environment: { ...environment }, timing };
  const thread = new Worker(THREAD, { workerData: data });
  thread.on('message', onStatus);
  const stop = () => thread.postMessage('stop');
  signal.addEventListener('abort', stop, { once: true });
  try {
    await once(thread, 'exit');
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
