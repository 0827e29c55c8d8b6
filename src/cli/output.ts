import { pipeline } from 'node:stream/promises';
import { toErrorCode } from '../base/errors.js';

/** Writes pieces as they come, no faster than they are read; standard output stays open. */
export async function writeTo(
  output: NodeJS.WritableStream,
  pieces: AsyncIterable<string>,
): Promise<void> {
  try {
    await pipeline(pieces, output, { end: output !== process.stdout });
  } catch (error) {
    // Whoever reads standard output may have had enough.
    if (output !== process.stdout || toErrorCode(error) !== 'EPIPE') throw error;
  }
}
