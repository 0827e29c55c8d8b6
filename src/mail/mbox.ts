/** Octets of one message that are read: what says what it is stands far before that. */
const LONGEST = 16_777_216;
const NEWLINE = 0x0a;
const FROM = Buffer.from('From ');
/** A separator has a time in it; a line of text that begins with the word has none. */
const TIME = /\d:\d\d/;
/** `>From `, `>>From `: a line of a message that would look like the beginning of another (mboxrd). */
const QUOTED = /^>+From /;

/**
 * The messages of a mail in a file or of an mbox (RFC 4155), as they come. In an mbox each begins with a
 * line `From …` behind an empty line; anything else is one message. What a message has beyond 16 MB is
 * left out.
 */
export async function* splitMbox(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let message = new Message();
  let isMbox = false;
  let begun = false;
  let wasEmpty = true;
  for await (const line of toLines(pieces)) {
    const isFrom = wasEmpty && line.subarray(0, FROM.length).equals(FROM);
    if (isFrom && (!begun || (isMbox && TIME.test(line.toString('latin1', 0, 200))))) {
      if (begun && isMbox) yield message.end();
      message = new Message();
      isMbox = true;
    } else {
      message.add(isMbox ? unquote(line) : line);
    }
    begun = true;
    wasEmpty = line.length <= 2 && line.toString('latin1').trim() === '';
  }
  yield message.end();
}

class Message {
  readonly #lines: Uint8Array[] = [];
  #length = 0;

  add(line: Uint8Array): void {
    if (this.#length >= LONGEST) return;
    this.#lines.push(line);
    this.#length += line.length;
  }

  end(): Uint8Array {
    return Buffer.concat(this.#lines).subarray(0, LONGEST);
  }
}

function unquote(line: Buffer): Buffer {
  return line[0] === 0x3e && QUOTED.test(line.toString('latin1', 0, 200)) ? line.subarray(1) : line;
}

/** Lines with their ends. One that is too long comes in parts, so that memory is bounded. */
async function* toLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    let buffer = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
    for (let end = buffer.indexOf(NEWLINE); end >= 0; end = buffer.indexOf(NEWLINE)) {
      yield buffer.subarray(0, end + 1);
      buffer = buffer.subarray(end + 1);
    }
    rest = buffer;
    if (rest.length > LONGEST / 16) {
      yield rest;
      rest = Buffer.alloc(0);
    }
  }
  if (rest.length > 0) yield rest;
}
