import type { Message } from '../../src/mail/mime.js';

/** A message in one piece. */
export function octets(message: Message): Buffer {
  return Buffer.concat(message);
}

/** A message in two pieces, its header and the rest. */
export function pieces(whole: Buffer): Message {
  const body = whole.indexOf('\r\n\r\n') + 4;
  return [whole.subarray(0, body), whole.subarray(body)];
}
