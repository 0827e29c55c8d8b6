import { CATEGORY } from '../papers/categories.js';
import { SCORE_WEIGHTS, type ScoreWeights } from '../papers/score.js';
import { SOURCE_NAMES, type SourceName } from '../sources/source.js';
import { InvalidValue, optionalSetting, setting } from './setting.js';
import {
  integerParser,
  parseCron,
  parseProxy,
  parseSwitch,
  parseTimezone,
  parseWebUrl,
  parseWebUrls,
} from './setting-parsers.js';

const group = 'Sources';
const EDITIONS = 'Editions';
const MINUTES_A_DAY = 24 * 60;
/** Where pictures of papers can be shown. */
const PLACES = ['pages', 'mails'] as const;
const MOST_WEIGHT = 10;
const WEIGHTS = `any of ${Object.keys(SCORE_WEIGHTS).join(', ')} with a number up to ${MOST_WEIGHT} each, like base=1,authors=0.4; fade not below 0, the others not below -${MOST_WEIGHT}`;

/** Where papers come from, and what becomes of them. */
export const PAPER_SETTINGS = {
  sources: setting('SOURCES', {
    group,
    default: 'huggingface',
    parse: parseSources,
    meaning:
      'Where papers come from, with commas between: `huggingface`, `arxiv`, `feed`. See [SOURCES.md](SOURCES.md).',
    since: '0.1.0',
  }),
  huggingFaceUrl: setting('HUGGINGFACE_URL', {
    group,
    default: 'https://huggingface.co',
    parse: parseWebUrl,
    meaning: 'The server of the Hugging Face API.',
    since: '0.1.0',
  }),
  arxivCategories: setting('ARXIV_CATEGORIES', {
    group,
    default: 'cs.AI,cs.CL,cs.CV,cs.LG',
    parse: parseCategories,
    meaning:
      'The arXiv categories whose new papers are listed. Of a category with two names (`cs.SY`, `eess.SY`) either will do.',
    since: '0.1.0',
  }),
  arxivCrossLists: setting('ARXIV_CROSS_LISTS', {
    group,
    default: 'off',
    parse: parseSwitch,
    meaning: '`on` also lists papers of other categories that are cross-listed in these.',
    since: '0.1.0',
  }),
  arxivUrl: setting('ARXIV_URL', {
    group,
    default: 'https://export.arxiv.org',
    parse: parseWebUrl,
    meaning: 'The server of the arXiv API. If only this one is set, the RSS is read there, too.',
    since: '0.1.0',
  }),
  arxivRssUrl: setting('ARXIV_RSS_URL', {
    group,
    default: 'https://rss.arxiv.org',
    parse: parseWebUrl,
    meaning: 'The server of the daily RSS of arXiv.',
    since: '0.1.0',
  }),
  feedUrls: optionalSetting('FEED_URLS', {
    group,
    unset: 'none',
    example: 'https://blog.example.org/feed.xml',
    parse: parseWebUrls,
    meaning:
      'RSS, Atom and JSON feeds, with commas or spaces between. They are never shown: some have a token of yours in them.',
    since: '0.1.0',
    secret: true,
  }),
  allowPrivateFeeds: setting('ALLOW_PRIVATE_FEEDS', {
    group,
    default: 'off',
    parse: parseSwitch,
    meaning: '`on` allows feeds from this machine and from private networks.',
    since: '0.1.0',
  }),
  httpsProxy: optionalSetting('HTTPS_PROXY', {
    group,
    otherName: 'https_proxy',
    unset: '`HTTP_PROXY`',
    example: 'http://proxy.example.org:3128',
    parse: parseProxy,
    meaning:
      'The HTTP proxy that sources with `https` addresses are read through. Like the next two it may stand in small letters, which count first. Mails do not go through it.',
    since: '0.1.0',
    secret: true,
  }),
  httpProxy: optionalSetting('HTTP_PROXY', {
    group,
    otherName: 'http_proxy',
    unset: 'none',
    example: 'http://proxy.example.org:3128',
    parse: parseProxy,
    meaning:
      'The HTTP proxy for `http` addresses, and for `https` ones without `HTTPS_PROXY`. See [SOURCES.md](SOURCES.md#through-a-proxy).',
    since: '0.1.0',
    secret: true,
  }),
  noProxy: optionalSetting('NO_PROXY', {
    group,
    otherName: 'no_proxy',
    unset: 'none',
    example: 'localhost,.example.org',
    parse: (text) => text,
    meaning:
      'Hosts that are asked without a proxy, with commas between: names, with all names below them, with a port or without. `*` means all.',
    since: '0.1.0',
  }),
  sourceTimeout: setting('SOURCE_TIMEOUT', {
    group,
    default: '30',
    parse: integerParser(1, 300),
    meaning:
      'Seconds, up to 300, that one answer of a source may take. Then it is requested again, up to five times in all.',
    since: '0.1.0',
  }),
  sourceDeadline: setting('SOURCE_DEADLINE', {
    group,
    default: '30',
    parse: integerParser(0, 600),
    meaning:
      'Minutes, up to 600, for which the daily run waits for sources that fail, hang or list far fewer papers than usual. Then it continues with the papers that there are.',
    since: '0.1.0',
  }),
  refreshVotesEvery: setting('OBSERVE_EVERY', {
    group,
    default: '180',
    parse: integerParser(0, 7 * MINUTES_A_DAY),
    meaning:
      'Minutes, up to a week, after which the votes of the newest papers are read again. `0` means never.',
    since: '0.1.0',
  }),
  editionTimezone: setting('EDITION_TIMEZONE', {
    group: EDITIONS,
    default: 'UTC',
    parse: parseTimezone,
    meaning:
      'Decides which day it is and what the hours of `PICK_CRON` mean. It is also the time zone of readers who chose none.',
    since: '0.1.0',
  }),
  pickCron: setting('PICK_CRON', {
    group: EDITIONS,
    default: '0 16 * * *',
    parse: parseCron,
    meaning:
      'When the edition of the day is made and sent, as a cron expression. A run that fails or is missed is made up for within 24 hours.',
    since: '0.1.0',
  }),
  freezeAfter: setting('FREEZE_AFTER', {
    group: EDITIONS,
    default: '0',
    parse: integerParser(0, MINUTES_A_DAY),
    meaning:
      'Minutes, up to 1440, for which a new edition stays a draft before it is sent. In this time you can curate it, and readers see the one before.',
    since: '0.1.0',
  }),
  scoreWeights: setting('SCORE_WEIGHTS', {
    group: EDITIONS,
    default: Object.entries(SCORE_WEIGHTS)
      .map(([name, weight]) => `${name}=${weight}`)
      .join(','),
    parse: parseWeights,
    meaning:
      'Weights of the trending score. A weight that is not named keeps its default. `fade=0` ranks by votes alone. The formula is in `src/papers/score.ts`.',
    since: '0.1.0',
  }),
  mostRising: setting('STILL_RISING', {
    group: EDITIONS,
    default: '3',
    parse: integerParser(0, 10),
    meaning:
      'How many papers of the seven days before may come into an edition as still rising, up to 10. `0` means none.',
    since: '0.1.0',
  }),
  thumbnails: setting('THUMBNAILS', {
    group: EDITIONS,
    default: 'pages',
    parse: parseThumbnails,
    meaning:
      'Where pictures of papers are shown, as far as their sources have some: `pages`, `pages,mails` or `off`. Each is fetched once, after the pick, and the site serves files of its own. With `mails`, the first paper of a digest has its picture inside the mail, of at most 20 KB.',
    since: '0.2.0',
  }),
  keepPictures: setting('KEEP_PICTURES', {
    group: EDITIONS,
    default: '90',
    parse: integerParser(7, 36_500),
    meaning:
      'Days for which pictures of papers are kept, at least 7. A paper’s two files take some 20 KB; older editions show none.',
    since: '0.2.0',
  }),
};

export function parseSources(text: string): SourceName[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const known = SOURCE_NAMES.filter((name) => names.includes(name));
  if (names.length > 0 && known.length === names.length) return known;
  throw new InvalidValue(`a list of ${SOURCE_NAMES.join(', ')}`);
}

/** Where pictures of papers are shown. */
export function parseThumbnails(text: string): Record<(typeof PLACES)[number], boolean> {
  const isOff = /^(?:off|no|false|0)$/i.test(text);
  const isOn = /^(?:on|yes|true|1)$/i.test(text);
  const names = isOn ? ['pages'] : text.toLowerCase().split(/[\s,]+/);
  const places = new Set<string>(PLACES);
  if (!isOff && !names.every((name) => places.has(name))) {
    throw new InvalidValue('pages, mails, both with a comma between, or off');
  }
  return { pages: names.includes('pages'), mails: names.includes('mails') };
}

export function parseCategories(text: string): string[] {
  const names = text.split(/[\s,]+/).filter(Boolean);
  if (names.length > 0 && names.every((name) => CATEGORY.test(name))) return names;
  throw new InvalidValue('categories of arXiv between commas, like cs.CL,stat.ML');
}

/** What is not named keeps its default. */
export function parseWeights(text: string): ScoreWeights {
  const weights: ScoreWeights = { ...SCORE_WEIGHTS };
  for (const part of text.split(',')) {
    const [name = '', number = '', ...rest] = part.split('=').map((side) => side.trim());
    const isWeight = Object.hasOwn(weights, name) && rest.length === 0;
    const least = name === 'fade' ? 0 : -MOST_WEIGHT;
    const isNumber = /^-?\d+(\.\d+)?$/.test(number) && Number(number) >= least;
    if (!isWeight || !isNumber || Number(number) > MOST_WEIGHT) throw new InvalidValue(WEIGHTS);
    weights[name as keyof ScoreWeights] = Number(number);
  }
  return weights;
}
