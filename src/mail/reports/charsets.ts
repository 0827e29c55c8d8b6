/** Charsets of mails that name none, or another (WHATWG Encoding §4.2). */
const CHARSETS = [
  'iso-2022-jp',
  'utf-8',
  'gb18030',
  'big5',
  'koi8-r',
  'windows-1251',
  'shift_jis',
  'euc-jp',
  'euc-kr',
];
const MOST_OCTETS = 8 * 1024;

/** The beginning of a body in each charset in which it is free of mistakes. */
export function decodeOtherwise(mail: Uint8Array): string[] {
  const body = mail.subarray(findBody(mail)).subarray(0, MOST_OCTETS);
  const is7Bit = !body.some((octet) => octet >= 128);
  const charsets = is7Bit ? ['iso-2022-jp'] : CHARSETS;
  if (is7Bit && !body.includes(27)) return [];
  return charsets.flatMap((charset) => {
    const text = new TextDecoder(charset).decode(body);
    const wrong = text.split('\uFFFD').length - 1;
    // One may be where the beginning was cut.
    return wrong > 1 ? [] : [text];
  });
}

/** Where the body begins: behind the first empty line. */
function findBody(mail: Uint8Array): number {
  for (let i = 0; i + 1 < mail.length; i++) {
    if (mail[i] === 10 && (mail[i + 1] === 10 || (mail[i + 1] === 13 && mail[i + 2] === 10)))
      return i + 2;
  }
  return 0;
}
