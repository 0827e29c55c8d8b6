import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Timing } from '../base/timing.js';
import type { SenderStatus } from '../delivery/sending/sender-status.js';

export interface WorkThreadData {
  environment: Readonly<Record<string, string | undefined>>;
  timing: Timing;
}

/** `work-thread.js`: the work of `worker`. `inbound-thread.js`: taking mails that come back. */
export type ThreadFile = 'work-thread.js' | 'inbound-thread.js';

/**
 * Does the work of `worker` in a thread of its own until `signal` aborts, then lets it finish what
 * is under way.
 * @param onStatus called about once a second with how the sender is
 * @throws what ended the thread before its time
 */
export function workInThread(
  data: WorkThreadData,
  signal: AbortSignal,
  onStatus: (status: SenderStatus) => void,
): Promise<void> {
  return runThread('work-thread.js', data, signal, onStatus);
}

/**
 * Runs a thread until `signal` aborts and it has finished.
 * @param onMessage called with what it tells
 * @throws what ended it before its time
 */
export async function runThread<Message>(
  file: ThreadFile,
  { environment, timing }: WorkThreadData,
  signal: AbortSignal,
  onMessage: (message: Message) => void,
): Promise<void> {
  if (signal.aborted) return;
  // A copy, since an environment itself can't go from thread to thread.
  const data: WorkThreadData = { environment: { ...environment }, timing };
  const thread = new Worker(new URL(file, import.meta.url), { workerData: data });
  thread.on('message', onMessage);
  const stop = () => thread.postMessage('stop');
  signal.addEventListener('abort', stop, { once: true });
  try {
    await once(thread, 'exit');
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
