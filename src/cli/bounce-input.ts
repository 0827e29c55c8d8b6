import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import { splitMbox } from '../mail/mbox.js';

/** How standard input is named. */
export const STDIN = '-';

/** A mail that came back, and where it was. */
export interface InputMail {
  /** As it was given; of a folder, with the name of the file. */
  file: string;
  octets: Uint8Array;
}

/**
 * The mails in files, mboxes and folders, one after another. Of a Maildir those in `new` and `cur`, of
 * any other folder the files in it.
 * @throws PaperboyError `not_read`
 */
export async function* readMails(
  names: readonly string[],
  standardInput: AsyncIterable<Uint8Array>,
): AsyncGenerator<InputMail> {
  for (const name of names) {
    if (name === STDIN) {
      for await (const octets of splitMbox(standardInput)) yield { file: name, octets };
      continue;
    }
    for await (const file of reading(name, listFiles(name))) yield* readFile(file);
  }
}

async function* readFile(file: string): AsyncGenerator<InputMail> {
  const mails = splitMbox(createReadStream(file));
  for await (const octets of reading(file, mails)) yield { file, octets };
}

async function* listFiles(name: string): AsyncGenerator<string> {
  if (!(await stat(name)).isDirectory()) {
    yield name;
    return;
  }
  const entries = await readdir(name, { withFileTypes: true });
  const isMaildir = ['cur', 'new'].every((part) =>
    entries.some((entry) => entry.isDirectory() && entry.name === part),
  );
  if (isMaildir) {
    for (const part of ['new', 'cur']) yield* listFiles(join(name, part));
    return;
  }
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  for (const file of files.map((entry) => entry.name).sort()) yield join(name, file);
}

async function* reading<T>(name: string, pieces: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = pieces[Symbol.asyncIterator]();
  for (;;) {
    const next = await iterator.next().catch((cause: unknown) => {
      if (cause instanceof PaperboyError) throw cause;
      const sentence = `${name} can't be read: ${toErrorMessage(cause)}.`;
      throw new PaperboyError('not_read', sentence, { cause });
    });
    if (next.done) return;
    yield next.value;
  }
}
