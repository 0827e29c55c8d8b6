import { existsSync, readFileSync } from 'node:fs';

/** One line of the mail server's record: a message that it took, on the disk before it answers. */
export interface Recorded {
  messageId: string;
  to: string;
  /** SHA-256 of the message's octets. */
  sha256: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** Whether the server cuts the connection instead of answering. */
  replyLost: boolean;
}

export function readRecord(file: string): Recorded[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Recorded);
}
