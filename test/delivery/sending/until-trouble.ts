import { vi } from 'vitest';
import type { Sender } from '../../../src/delivery/sending/sender.js';
import type { Post, RunOptions } from '../post.js';

/** Sends with a clock that stands still until the sender says that it is in trouble. */
export async function untilTrouble(
  post: Post,
  options: RunOptions,
  signal: AbortSignal,
): Promise<{ sender: Sender; running: Promise<void> }> {
  post.clock.hold();
  const sender = post.sender({ connections: 3, ...options });
  const running = sender.run(signal, async () => {
    return post.mails().every(({ ended_at }) => ended_at !== null);
  });
  const free = () => post.mails().every(({ attempts }) => attempts === 0);
  await vi.waitUntil(() => sender.trouble !== null && free(), { interval: 5, timeout: 10_000 });
  return { sender, running };
}
