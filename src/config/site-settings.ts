import { cleanLine } from '../text/clean.js';
import { type Accent, buildAccent, DEFAULT_ACCENT } from '../views/accent.js';
import { parseLanguage } from './parse-language.js';
import { readLogo } from './parse-logo.js';
import { InvalidValue, optionalSetting, setting } from './setting.js';
import { parseMailbox } from './setting-parsers.js';

const group = 'The site';
const MAX_NAME = 60;
const MAX_TAGLINE = 140;
const MAX_BYLINE = 100;
const MAX_LINES = 6;

/** Whose paper it is, as readers see it. */
export const SITE_SETTINGS = {
  siteName: setting('SITE_NAME', {
    group,
    default: 'Paperboy',
    parse: lineParser('a name', MAX_NAME),
    meaning: 'What the paper is called, on pages, in mails and feeds, and as the sender’s name.',
    since: '0.2.0',
  }),
  siteTagline: optionalSetting('SITE_TAGLINE', {
    group,
    unset: 'a line in the reader’s language',
    example: 'What our lab reads',
    parse: lineParser('a line', MAX_TAGLINE),
    meaning: 'A line below the name. It is shown as it is in all languages.',
    since: '0.2.0',
  }),
  accent: setting('ACCENT', {
    group,
    default: DEFAULT_ACCENT.light,
    parse: parseAccent,
    meaning:
      'The colour of links and marks, as CSS writes it. Each scheme gets a shade of it that can be read on its ground (4.5 to 1); `doctor` names both.',
    since: '0.2.0',
  }),
  logo: optionalSetting('LOGO_FILE', {
    group,
    unset: 'the name in type',
    example: '/etc/paperboy/logo.svg',
    parse: readLogo,
    meaning:
      'A picture for the top of the pages: SVG, PNG, WebP or JPEG of at most 100 KB. Mails have the name in type.',
    since: '0.2.0',
  }),
  contact: optionalSetting('CONTACT', {
    group,
    unset: 'the address of `REPLY_TO` or `MAIL_FROM`',
    example: 'papers@example.org',
    parse: parseContact,
    meaning: 'Where people are answered: an address, or the URL of a page.',
    since: '0.2.0',
  }),
  imprint: optionalSetting('IMPRINT', {
    group,
    unset: 'none',
    example: 'https://www.example.org/imprint',
    parse: linesParser('a text or a URL', 2_000),
    meaning:
      'Who is responsible for the site by law: a text (`\\n` begins a new line) or the URL of a page. A text has a page of its own. Pages and digests lead to it.',
    since: '0.2.0',
  }),
  postalAddress: optionalSetting('POSTAL_ADDRESS', {
    group,
    unset: 'none',
    example: 'Example Lab, 1 Main Street, Springfield',
    parse: linesParser('an address', 300),
    meaning:
      'A postal address for the foot of digests, where a law wants one there. `\\n` begins a new line.',
    since: '0.2.0',
  }),
  editedBy: optionalSetting('EDITED_BY', {
    group,
    unset: 'nobody is named',
    example: 'AK and the research community',
    parse: lineParser('names to stand behind "by",', MAX_BYLINE),
    meaning:
      'Who edits the editions, like `AK and the research community`. Pages, digests and feeds say “by …”.',
    since: '0.1.0',
  }),
  language: setting('LANGUAGE', {
    group,
    default: 'en',
    parse: parseLanguage,
    meaning:
      'The language of whoever has chosen none, and whose browser names none that is there: the name of a folder of `locales/`.',
    since: '0.2.0',
  }),
};

function lineParser(what: string, longest: number): (text: string) => string {
  return (text) => {
    const line = cleanLine(text);
    if (line !== '' && line.length <= longest) return line;
    throw new InvalidValue(`${what} of at most ${longest} characters`);
  };
}

/** Environment files have no line breaks in values. */
function linesParser(what: string, longest: number): (text: string) => string {
  return (text) => {
    const lines = text.split(/\\n|\r?\n/).map((line) => cleanLine(line));
    const joined = lines.filter((line) => line !== '').join('\n');
    if (joined !== '' && joined.length <= longest && lines.length <= MAX_LINES) return joined;
    throw new InvalidValue(`${what} of at most ${longest} characters and ${MAX_LINES} lines`);
  };
}

function parseAccent(text: string): Accent {
  if (text.toLowerCase() === DEFAULT_ACCENT.light) return DEFAULT_ACCENT;
  const accent = buildAccent(text);
  if (accent) return accent;
  throw new InvalidValue('a colour without transparency as CSS writes it, like #0d5c45 or teal');
}

function parseContact(text: string): string {
  if (/^https?:\/\//i.test(text)) {
    if (URL.canParse(text)) return text;
  } else {
    try {
      return parseMailbox(text).address;
    } catch {
      // Told below with what else it may be.
    }
  }
  throw new InvalidValue('an address, like papers@example.org, or a URL');
}
