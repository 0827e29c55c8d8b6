import { createWriteStream } from 'node:fs';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { PaperboyError, toErrorCode, toErrorMessage } from '../base/errors.js';
import { printable, printableJson, printableLines } from '../base/printable.js';

/** The answer of a command: one JSON object on one line, or a sentence for people. */
export function answer(json: boolean | undefined, object: object, sentence: string): void {
  process.stdout.write(json ? `${printableJson(object)}\n` : `${printableLines(sentence)}\n`);
}

/** Says on standard error what went wrong, or was left out, beside the answer. */
export function complain(sentence: string): void {
  process.stderr.write(`paperboy: ${printableLines(sentence)}\n`);
}

/** A line on standard error that is written over by the next, where a terminal watches. */
export function progress(json: boolean | undefined): ((text: string) => void) | undefined {
  if (json || !process.stderr.isTTY) return undefined;
  return (text) => process.stderr.write(`\r\u001B[2K${printable(text)}`);
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** Writes pieces to standard output as they come, no faster than they are read. */
export async function print(pieces: AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(toPrintable(pieces), process.stdout, { end: false });
  } catch (error) {
    // Whoever reads it may have had enough.
    if (toErrorCode(error) !== 'EPIPE') throw error;
  }
}

/** What readers, feeds and servers wrote must not command the terminal (CVE-2003-0063 and others). */
async function* toPrintable(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) yield printableLines(piece);
}

/** What is written has addresses in it, or links that belong to one reader. */
const PRIVATE = 0o600;

/** @throws PaperboyError `not_written` */
export async function writeText(file: string, text: string): Promise<void> {
  await writing(file, () => writeFile(file, text, { mode: PRIVATE }));
}

/**
 * Writes pieces to a file as they come.
 * @throws PaperboyError `not_written`
 */
export async function writePrivately(file: string, pieces: AsyncIterable<string>): Promise<void> {
  await writing(file, () =>
    pipeline(toPrintable(pieces), createWriteStream(file, { mode: PRIVATE })),
  );
}

async function writing(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await hideFromOthers(file);
    await write();
  } catch (cause) {
    if (cause instanceof PaperboyError) throw cause;
    const sentence = `${file} can't be written: ${toErrorMessage(cause)}.`;
    throw new PaperboyError('not_written', sentence, { cause });
  }
}

/** Before anything is in it: a file that is written over keeps the permissions that it had. */
async function hideFromOthers(file: string): Promise<void> {
  const known = await stat(file).catch(() => null);
  if (!known?.isFile() || (known.mode & 0o077) === 0) return;
  // It may be somebody else's, who lets us write it.
  await chmod(file, PRIVATE).catch(() => undefined);
}
