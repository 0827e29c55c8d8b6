import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import iconv from 'iconv-lite';
import { beginsWith, findByteMark } from './byte-marks.js';
import { PaperboyError, toErrorCode, toErrorMessage } from './errors.js';

export interface FileTextOptions {
  /** What the operator says, like `windows-1252`. A byte order mark has the last word. */
  encoding?: string | undefined;
  /** The option by which the operator can say it, where there is one. */
  option?: string;
}

/** How files begin that are no text, whatever they are named. */
const BINARY: readonly [what: string, bytes: readonly number[]][] = [
  ['a ZIP archive or an Excel workbook; unpack it, or save it as CSV', [0x50, 0x4b, 0x03, 0x04]],
  ['an old Excel workbook; save it as CSV', [0xd0, 0xcf, 0x11, 0xe0]],
  ['compressed; unpack it', [0x1f, 0x8b]],
  ['a PDF', [0x25, 0x50, 0x44, 0x46]],
];

/**
 * The text of a file in pieces. Its encoding is what its byte order mark says, else what the operator
 * says, else UTF-8. Whatever is not in that encoding is refused, since a guess would garble names.
 * @throws PaperboyError `not_read`, `bad_encoding`
 */
export async function* readFileText(
  file: string,
  { encoding, option }: FileTextOptions = {},
): AsyncGenerator<string> {
  const told = encoding === undefined ? undefined : parseEncoding(encoding);
  const input = createReadStream(file);
  let decoder: Decoder | undefined;
  let line = 1;
  try {
    for await (const bytes of input as AsyncIterable<Buffer>) {
      if (!decoder) {
        checkText(file, bytes);
        const mark = findByteMark(bytes);
        // No tool writes lists in UTF-32.
        if (mark?.startsWith('utf-32')) throw withNulls(file, option);
        decoder = openDecoder(mark ?? told ?? 'utf-8');
      }
      // Most of UTF-16 would pass for UTF-8.
      if (decoder.encoding === 'utf-8' && bytes.includes(0)) throw withNulls(file, option);
      const text = decoder.decode(bytes);
      if (text === null) throw notIn(file, decoder.encoding, line, option);
      if (text.includes('\0')) throw withNulls(file, option);
      line += text.split('\n').length - 1;
      yield text;
    }
    const rest = decoder ? decoder.decode() : '';
    if (rest === null) throw notIn(file, decoder?.encoding ?? '', line, option);
    yield rest;
  } catch (error) {
    throw error instanceof PaperboyError ? error : notRead(file, error);
  } finally {
    input.destroy();
  }
}

/**
 * Lets a file be read more than once: what comes through a pipe is kept in a file of our own, which
 * only its owner may read, while `work` runs.
 * @throws PaperboyError `not_read`
 */
export async function withSteadyFile<T>(
  file: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const found = await stat(file).catch((error: unknown) => {
    throw notRead(file, error);
  });
  if (found.isFile() || found.isDirectory()) return work(file);
  const folder = await mkdtemp(join(tmpdir(), 'paperboy-'));
  try {
    const path = join(folder, basename(file));
    await pipeline(createReadStream(file), createWriteStream(path, { mode: 0o600 })).catch(
      (error: unknown) => {
        throw notRead(file, error);
      },
    );
    return await work(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function notRead(file: string, error: unknown): PaperboyError {
  const reason = toErrorCode(error) ?? toErrorMessage(error);
  return new PaperboyError('not_read', `${file} can't be read (${reason}).`, { cause: error });
}

/**
 * The name by which the WHATWG standard knows an encoding; `latin1` is `windows-1252` there.
 * @throws PaperboyError `bad_usage`
 */
function parseEncoding(label: string): string {
  try {
    const { encoding } = new TextDecoder(label);
    if (encoding.startsWith('utf-') || iconv.encodingExists(encoding)) return encoding;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new PaperboyError(
    'bad_usage',
    `"${label.slice(0, 40)}" is no encoding that we know; windows-1252, iso-8859-2 or utf-16le are.`,
  );
}

/** @throws PaperboyError `bad_encoding` */
function checkText(file: string, bytes: Buffer): void {
  const found = BINARY.find(([, beginning]) => beginsWith(bytes, beginning));
  if (found) throw new PaperboyError('bad_encoding', `${file} is ${found[0]}.`);
}

interface Decoder {
  readonly encoding: string;
  /** Without bytes: what was left. `null` where the bytes are not in this encoding. */
  decode(bytes?: Buffer): string | null;
}

function openDecoder(encoding: string): Decoder {
  return encoding.startsWith('utf-') ? unicodeDecoder(encoding) : legacyDecoder(encoding);
}

function unicodeDecoder(encoding: string): Decoder {
  const decoder = new TextDecoder(encoding, { fatal: true });
  return {
    encoding,
    decode: (bytes) => {
      try {
        return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
      } catch (error) {
        if (error instanceof TypeError) return null;
        throw error;
      }
    },
  };
}

/** By iconv-lite, since Node 20 and 22 take Windows-1252 for Latin-1 at times. */
function legacyDecoder(encoding: string): Decoder {
  const decoder = iconv.getDecoder(encoding);
  return {
    encoding,
    decode: (bytes) => {
      const text = (bytes ? decoder.write(bytes) : decoder.end()) ?? '';
      return text.includes('\uFFFD') ? null : text;
    },
  };
}

function notIn(file: string, encoding: string, line: number, option?: string): PaperboyError {
  const where = `somewhere behind line ${line}`;
  const [name, example] =
    encoding === 'utf-8'
      ? ['UTF-8', 'windows-1252, which is what "CSV" of Excel is in Western Europe']
      : [encoding, 'NAME'];
  const sentence = `${file} is not ${name} (${where}). ${hint(option, example)}`;
  return new PaperboyError('bad_encoding', sentence);
}

function withNulls(file: string, option?: string): PaperboyError {
  const sentence = `${file} has zero bytes, so it is no text in this encoding. ${hint(option, 'utf-16le')}`;
  return new PaperboyError('bad_encoding', sentence);
}

function hint(option: string | undefined, example: string): string {
  const or = option === undefined ? '' : `, or say what it is, like ${option} ${example}`;
  return `Save it as UTF-8${or}.`;
}
