import fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { decodeBody } from '../../src/http/decode-body.js';

// The kind: bytes, and up to three words on what they are: a byte order mark, a header, a declaration.

const xml = (text: string, encoding?: string) =>
  `<?xml version="1.0"${encoding ? ` encoding="${encoding}"` : ''}?><t>${text}</t>`;
const typed = (charset?: string) => `application/xml${charset ? `; charset=${charset}` : ''}`;

/** Words of each encoding's readers. */
const WORDS: [string, string][] = [
  ['iso-8859-1', 'Über die Größe von Modellen: déjà vu'],
  ['ISO-8859-15', 'Coût en € et œuvre'],
  ['windows-1252', '“smart” — quotes… and €'],
  ['iso-8859-2', 'Zażółć gęślą jaźń'],
  ['windows-1250', 'Příliš žluťoučký kůň'],
  ['windows-1251', 'Обучение больших языковых моделей'],
  ['koi8-r', 'Обучение больших языковых моделей'],
  ['koi8-u', 'Навчання великих моделей її'],
  ['iso-8859-5', 'Обучение моделей'],
  ['windows-1253', 'Μεγάλα γλωσσικά μοντέλα'],
  ['iso-8859-7', 'Μεγάλα μοντέλα'],
  ['iso-8859-9', 'Dil modellerinin gücü ve ışığı'],
  ['windows-1255', 'מודלים של שפה'],
  ['windows-1256', 'نماذج اللغة'],
  ['windows-1258', 'Mô thê'],
  ['tis-620', 'แบบจำลองภาษา'],
  ['Shift_JIS', '大規模言語モデルの推論'],
  ['euc-jp', '大規模言語モデルの推論'],
  ['gb2312', '大语言模型的推理'],
  ['gbk', '大語言模型的推理'],
  ['gb18030', '大语言模型的推理 𠀀'],
  ['big5', '大型語言模型的推論'],
  ['euc-kr', '언어 모델의 추론 똠방각하'],
  ['utf-8', 'Ünïcödé 推理 🙂'],
];

describe.each(WORDS)('%s', (encoding, words) => {
  const encode = (text: string) =>
    iconv.encode(text, encoding.replace('tis-620', 'windows-874').replace('euc-kr', 'cp949'));

  test('is read where the header says so, or the declaration', () => {
    expect(decodeBody(encode(xml(words)), typed(encoding)).text).toBe(xml(words));
    expect(decodeBody(encode(xml(words)), typed(`"${encoding.toUpperCase()}"`)).text).toBe(
      xml(words),
    );
    const declared = xml(words, encoding);
    expect(decodeBody(encode(declared), typed())).toEqual({ text: declared, isDoubtful: false });
    expect(decodeBody(encode(declared), '')).toEqual({ text: declared, isDoubtful: false });
  });

  test('of the declaration is read where the header names what nobody knows or it can not be', () => {
    const declared = xml(words, encoding);
    expect(decodeBody(encode(declared), typed('x-none')).text).toBe(declared);
    expect(decodeBody(encode(declared), typed('utf-8')).text).toBe(declared);
    expect(decodeBody(encode(declared), typed('utf-16')).text).toBe(declared);
  });
});

test.each([
  ['cp1251', 'windows-1251'],
  ['win-1251', 'windows-1251'],
  ['x-sjis', 'shift_jis'],
  ['MS932', 'shift_jis'],
  ['windows-31j', 'shift_jis'],
  ['cp936', 'gbk'],
  ['x-gbk', 'gbk'],
  ['ks_c_5601-1987', 'cp949'],
  ['cp949', 'cp949'],
  ['latin1', 'windows-1252'],
  ['L1', 'windows-1252'],
  ['cp819', 'windows-1252'],
  ['us-ascii', 'windows-1252'],
  ['latin2', 'iso-8859-2'],
  ['x-mac-roman', 'macroman'],
  ['koi8', 'koi8-r'],
])('%s is a name of %s', (label, encoding) => {
  const words = WORDS.find(([name]) => name.toLowerCase() === encoding)?.[1] ?? 'é';
  const text = xml(encoding === 'cp949' ? '똠방각하 언어' : words, label);
  expect(decodeBody(iconv.encode(text, encoding), '').text).toBe(text);
});

test('what stands between quotes in Windows is read in ISO-8859-1 as well', () => {
  const bytes = Buffer.concat([
    Buffer.from('<t>'),
    Buffer.of(0x93, 0x41, 0x94),
    Buffer.from('</t>'),
  ]);
  expect(decodeBody(bytes, typed('iso-8859-1')).text).toBe('<t>“A”</t>');
});

test('JIS of seven bits is read where it is said', () => {
  const bytes = Buffer.concat([
    Buffer.from('<t>'),
    Buffer.of(0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x42),
    Buffer.from('</t>'),
  ]);
  expect(decodeBody(bytes, typed('ISO-2022-JP')).text).toBe('<t>日本</t>');
});

describe('a byte order mark', () => {
  test.each(['utf-8', 'utf-16le', 'utf-16be', 'utf-32le', 'utf-32be'])(
    'of %s counts before all that is said',
    (encoding) => {
      const text = xml('Über 推理 🙂', 'iso-8859-1');
      const bytes = iconv.encode(text, encoding, { addBOM: true });
      expect(decodeBody(bytes, typed('windows-1251'))).toEqual({ text, isDoubtful: false });
    },
  );

  test.each(['utf-16le', 'utf-16be'])('of %s may be missing', (encoding) => {
    const text = xml('Über 推理 🙂', 'utf-16');
    expect(decodeBody(iconv.encode(text, encoding), '').text).toBe(text);
    expect(decodeBody(iconv.encode(text, encoding), typed('utf-16')).text).toBe(text);
    const json = '{"title": "推理"}';
    expect(decodeBody(iconv.encode(json, encoding), 'application/json').text).toBe(json);
  });
});

describe('what is said wrongly', () => {
  test.each([
    ['utf-16 of what has a byte a letter', xml('Über', 'utf-16'), 'utf-8', ''],
    ['Latin-1 of UTF-8, by a server that says so of all', xml('Über “A”'), 'utf-8', 'iso-8859-1'],
    ['Latin-1 of UTF-8, by the declaration', xml('Über', 'iso-8859-1'), 'utf-8', ''],
    ['GBK of UTF-8', xml('大语言模型的推理大语言模型的推理', 'gbk'), 'utf-8', ''],
    ['UTF-8 by the header of what is Latin-1', xml('Über', 'iso-8859-1'), 'windows-1252', 'utf-8'],
  ])('%s: %#', (_what, text, encoding, charset) => {
    expect(decodeBody(iconv.encode(text, encoding), typed(charset))).toEqual({
      ...{ text, isDoubtful: false },
    });
  });

  test('UTF-8 of Windows is guessed, and told', () => {
    const text = xml('“Über” — 5 €', 'utf-8');
    expect(decodeBody(iconv.encode(text, 'windows-1252'), '')).toEqual({ text, isDoubtful: true });
  });

  test('one bad byte in UTF-8 costs itself, and is told', () => {
    const bytes = Buffer.concat([
      Buffer.from('<t>Über 推'),
      Buffer.of(0xff),
      Buffer.from('理</t>'),
    ]);
    const read = { text: '<t>Über 推\ufffd理</t>', isDoubtful: true };
    expect(decodeBody(bytes, typed('utf-8'))).toEqual(read);
    expect(decodeBody(bytes, '')).toEqual(read);
  });

  test.each(['utf-7', 'base64', 'hex', 'x-user-defined', '', '"', 'constructor', '__proto__'])(
    '%s is no encoding of text',
    (label) => {
      expect(decodeBody(Buffer.from('<t>+ADw-Ü</t>'), typed(label)).text).toBe('<t>+ADw-Ü</t>');
    },
  );
});

test('any text in UTF-8 comes out as it is, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const whole = `<t>${text.toWellFormed()}</t>`;
      expect(decodeBody(Buffer.from(whole), typed('utf-8')).text).toBe(whole);
      expect(decodeBody(Buffer.from(whole), '').text).toBe(whole);
    }),
  );
});

test('any text of Cyrillic, Greek or East Asian letters comes out of what is said of it', () => {
  const letters = (range: string) => fc.string({ unit: fc.constantFrom(...range), maxLength: 9 });
  const kinds = fc.oneof(
    fc.tuple(fc.constantFrom('windows-1251', 'koi8-r', 'iso-8859-5'), letters('АБВГабвгдежзэюя ')),
    fc.tuple(fc.constantFrom('windows-1253', 'iso-8859-7'), letters('ΑΒΓΔαβγδάέ ')),
    fc.tuple(fc.constantFrom('gbk', 'gb18030'), letters('大语言模型的推理联通')),
    fc.tuple(fc.constantFrom('shift_jis', 'euc-jp'), letters('日本語モデルの推論')),
    fc.tuple(fc.constant('euc-kr'), letters('언어모델의추론각하')),
  );
  fc.assert(
    fc.property(kinds, ([encoding, words]) => {
      const text = xml(words, encoding);
      expect(decodeBody(iconv.encode(text, encoding), '').text).toBe(text);
    }),
  );
});

test('any bytes with any words on them become text, in time', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.string(), (bytes, label) => {
      expect(typeof decodeBody(Buffer.from(bytes), typed(label)).text).toBe('string');
    }),
  );
});
