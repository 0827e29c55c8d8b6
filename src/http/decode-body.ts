import { isAscii, isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { findByteMark } from '../base/byte-marks.js';

/** A body as text. */
export interface DecodedBody {
  text: string;
  /** Whether it is not what it is said to be: some of it is lost or was guessed. */
  isDoubtful: boolean;
}

/** How much of a body its XML declaration stands in. */
const DECLARATION_ROOM = 1024;

/**
 * The text of an answer. What its bytes show for certain counts first: a byte order mark, the zeros of
 * UTF-16, UTF-8. Then what is said of it counts, by the header (RFC 9110 §8.3.2) and then by the XML
 * declaration (RFC 7303 §3), as far as the bytes can be that; at last UTF-8.
 */
export function decodeBody(bytes: Buffer, contentType: string): DecodedBody {
  const shown = findByteMark(bytes) ?? findZeros(bytes);
  if (shown !== null) return decodeAs(bytes, shown);
  const said = [findCharset(contentType), findDeclared(bytes)].flatMap((label) => {
    const encoding = label === null ? null : toEncoding(label);
    // That it is no UTF-16 was seen above.
    return encoding === null || /^utf-(?:16|32)/.test(encoding) ? [] : [encoding];
  });
  const sequences = countSequences(bytes);
  if (isUtf8(bytes) && sequences >= needed(said[0])) return decodeAs(bytes, 'utf-8');
  for (const encoding of said) {
    const decoded = decodeAs(bytes, encoding);
    if (!decoded.isDoubtful) return decoded;
  }
  // Windows-1252 is what is mostly in a text that is said to be UTF-8 and has nothing of it.
  const isKnown = said.some((encoding) => encoding !== 'utf-8');
  const likely = sequences === 0 && !isKnown ? 'windows-1252' : 'utf-8';
  return { ...decodeAs(bytes, isKnown ? (said[0] ?? likely) : likely), isDoubtful: true };
}

/** UTF-16 without a mark shows by the zeros beside its first two characters (XML 1.0, appendix F). */
function findZeros(bytes: Buffer): string | null {
  const zeros = [...bytes.subarray(0, 4)].map((byte) => (byte === 0 ? '0' : 'x')).join('');
  return { x0x0: 'utf-16le', '0x0x': 'utf-16be' }[zeros] ?? null;
}

function findCharset(contentType: string): string | null {
  const [, quoted, bare] =
    /;\s*charset\s*=\s*(?:["']([^"']*)["']|([^\s;,"']+))/i.exec(contentType) ?? [];
  return quoted ?? bare ?? null;
}

function findDeclared(bytes: Buffer): string | null {
  const start = bytes.subarray(0, DECLARATION_ROOM).toString('latin1');
  const [, label] = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"']+)["']/i.exec(start) ?? [];
  return label ?? null;
}

/** What is meant by names that are read too strictly: https://encoding.spec.whatwg.org/#names-and-labels. */
const MEANT: Readonly<Record<string, string>> = {
  ...names(
    'utf-8',
    'utf8 unicode11utf8 unicode20utf8 xunicode20utf8 utf8mb3 utf8mb4 cp65001 65001',
  ),
  ...names('utf-16le', 'utf16 utf16le ucs2 unicode unicodefeff iso10646ucs2 csunicode'),
  ...names('utf-16be', 'utf16be unicodefffe'),
  ...names(
    'windows-1252',
    'ascii usascii ansi ansix341968 iso646us latin1 l1 iso88591 iso885911987',
  ),
  ...names(
    'windows-1252',
    'cp819 ibm819 isoir100 csisolatin1 windows1252 win1252 cp1252 1252 xcp1252',
  ),
  ...names('windows-1254', 'iso88599 latin5 l5 isoir148 csisolatin5 iso885991989'),
  ...names('windows-874', 'iso885911 tis620 dos874 cp874'),
  ...names(
    'shift_jis',
    'shiftjis sjis xsjis mskanji ms932 windows31j cswindows31j csshiftjis cp932 windows932',
  ),
  ...names(
    'gb18030',
    'gb18030 gbk xgbk gb2312 gb231280 csgb2312 csgb231280 chinese isoir58 cp936 ms936 windows936',
  ),
  ...names(
    'euc-kr',
    'euckr cseuckr ksc5601 ksc56011987 ksc56011989 csksc56011987 korean cp949 ms949 windows949 uhc isoir149',
  ),
  ...names('big5-hkscs', 'big5 big5hkscs cnbig5 csbig5 xxbig5 cp950 ms950 windows950'),
  ...names('euc-jp', 'eucjp xeucjp cseucpkdfmtjapanese'),
  ...names('iso-2022-jp', 'iso2022jp csiso2022jp jis'),
  ...names('koi8-r', 'koi koi8 koi8r cskoi8r'),
  ...names('iso-8859-8', 'iso88598i iso88598e logical visual csiso88598i'),
  ...names('iso-8859-6', 'iso88596i iso88596e'),
};

function names(encoding: string, labels: string): Record<string, string> {
  return Object.fromEntries(labels.split(' ').map((label) => [label, encoding]));
}

/** The encoding that a label means, `null` where nobody knows it. */
function toEncoding(label: string): string | null {
  const plain = label.toLowerCase().replace(/[^a-z0-9]/g, '');
  for (const name of [plain, plain.replace(/^x/, '')]) {
    const meant = Object.hasOwn(MEANT, name) ? MEANT[name] : undefined;
    if (meant !== undefined) return meant;
    if (!NO_TEXT.test(name) && iconv.encodingExists(name)) return name;
  }
  return null;
}

/** What iconv-lite knows and is no text; UTF-7 only hides markup. */
const NO_TEXT = /^(?:|base64|hex|binary|utf7|utf7imap|internal|cesu8)$/;

function decodeAs(bytes: Buffer, encoding: string): DecodedBody {
  if (encoding === 'utf-8') {
    // U+FFFD may stand in the text itself.
    return { text: iconv.decode(bytes, encoding), isDoubtful: !isUtf8(bytes) };
  }
  const text =
    encoding === 'iso-2022-jp'
      ? new TextDecoder(encoding).decode(bytes)
      : iconv.decode(bytes, encoding);
  return { text, isDoubtful: text.includes('\ufffd') };
}

const LATIN = /^(?:windows-?1252|iso-?8859-?(?:2|3|4|10|13|14|15|16)|windows-?125[04578]|mac)/;
/** So many well-formed sequences of UTF-8 do not come about by chance in a text of an East Asian encoding. */
const MANY = 12;

/**
 * How many well-formed sequences of UTF-8, and nothing else beyond ASCII, show that a text is UTF-8
 * though it is said to be something else. Texts in Latin letters have none: it would be `Ã¼` for `ü`.
 */
function needed(encoding = 'utf-8'): number {
  if (encoding === 'utf-8') return 0;
  return LATIN.test(encoding) ? 1 : MANY;
}

/** Sequences of UTF-8 with more than one byte, up to `MANY`. */
function countSequences(bytes: Buffer): number {
  if (isAscii(bytes)) return 0;
  let sequences = 0;
  let isLead = false;
  for (const byte of bytes) {
    if (isLead && byte >= 0x80 && byte <= 0xbf) sequences++;
    if (sequences === MANY) break;
    isLead = byte >= 0xc2 && byte <= 0xf4;
  }
  return sequences;
}
