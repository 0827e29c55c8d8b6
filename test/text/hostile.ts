import fc from 'fast-check';

const PIECES = [
  ...['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '</td></tr></table>', '<!--'],
  ...['-->', '<think>', '</think>', '&lt;b&gt;', '&amp;', '&#60;i&#62;', '"', "'", '>', '<', ']]>'],
  ...[
    '<![endif]-->',
    '<style>',
    '</style>',
    '</title>',
    '{{ title }}',
    '{% raw %}',
    '{% endraw %}',
  ],
  ...[
    '\r\nBcc: a@b.example',
    '\n.\n',
    '=?utf-8?q?x?=',
    '\u202e',
    '\u2066',
    '\u200b',
    '\u200d',
    '\0',
  ],
  ...[
    '$x^{2}$',
    '\\textbf{a}',
    '\\href{javascript:alert(1)}{b}',
    '\\alpha',
    'javascript:',
    '\u001b[31m',
  ],
  ...['\ufdd0', '\ue000', '\ud800', '😀', 'العربية', 'word', ' '],
];
/** Texts as nobody honest gives them. */
export const hostile = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 8 })), {
    maxLength: 12,
  })
  .map((pieces) => pieces.join(''));
