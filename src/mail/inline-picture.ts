import { createHash } from 'node:crypto';

/** A picture inside a mail, encoded once for all mails that carry it. */
export interface InlinePicture {
  /** What stands behind `cid:` (RFC 2392). */
  cid: string;
  width: number;
  height: number;
  /** The whole body part, with its header. */
  part: Buffer;
  /** The octets before they were encoded. */
  body: Buffer;
}

/** Longest line (RFC 2045 §6.8). */
const LINE = /.{1,76}/g;

/** Makes a part of a JPEG. The same octets give the same part: a repeat of a mail is the same. */
export function buildInlinePicture(
  body: Buffer,
  { width, height, domain }: { width: number; height: number; domain: string },
): InlinePicture {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 24);
  const cid = `${hash}@${domain}`;
  const lines = body.toString('base64').match(LINE) ?? [];
  const head =
    'Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n' +
    `Content-ID: <${cid}>\r\nContent-Disposition: inline; filename="picture.jpg"\r\n\r\n`;
  return { cid, width, height, body, part: Buffer.from(`${head}${lines.join('\r\n')}\r\n`) };
}
