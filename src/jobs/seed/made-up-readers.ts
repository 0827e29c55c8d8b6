import { TOPICS } from '../../interests/topics.js';
import {
  FREQUENCIES,
  LENGTHS,
  type RawPreferences,
  WEEKDAYS,
} from '../../subscribers/preferences.js';
import type { Chance } from './chance.js';
import { makeUpName } from './made-up-papers.js';
import { FIELDS, LABS, TIMEZONES } from './seed-words.js';

/** What becomes of a reader in the end. Addresses that bounce end as suppressed. */
type Fate = 'stays' | 'ignores' | 'pauses' | 'leaves' | 'complains' | 'shut-out' | 'let-in-again';

export interface MadeUpReader {
  row: { email: string } & RawPreferences;
  /** `form`: asks and confirms. `import`: the operator's list. */
  via: 'form' | 'import';
  fate: Fate;
}

/** Domains, and how their servers behave. */
export const DOMAINS = {
  usual: ['mail.example', 'post.example', 'university.example', 'lab.example'],
  /** No such mailbox. */
  gone: 'gone.example',
  /** Puts everything off. */
  slow: 'slow.example',
  /** Takes mails and never says so. */
  silent: 'silent.example',
  /** Refuses mails for what they are. */
  strict: 'strict.example',
  /** Takes nothing from us until somebody mends something. */
  held: 'held.example',
} as const;

export function makeUpReaders(chance: Chance, count: number): MadeUpReader[] {
  return Array.from({ length: count }, (_, index) => makeUpReader(chance, index + 1));
}

function makeUpReader(chance: Chance, number: number): MadeUpReader {
  const name = makeUpName(chance).normalize('NFD').toLowerCase();
  const local = name.replace(' ', '.').replace(/ø/g, 'o').replace(/ı/g, 'i');
  const domain = chance.weighted([
    [chance.one(DOMAINS.usual), 90],
    [DOMAINS.gone, 3],
    [DOMAINS.slow, 2],
    [DOMAINS.silent, 1],
    [DOMAINS.strict, 2],
    [DOMAINS.held, 2],
  ]);
  const fate = chance.weighted<Fate>([
    ['stays', 74],
    ['ignores', 8],
    ['pauses', 6],
    ['leaves', 8],
    ['complains', 2],
    ['shut-out', 1],
    ['let-in-again', 1],
  ]);
  return {
    row: {
      email: `${local.replace(/[^a-z.]/g, '')}.${number}@${domain}`,
      ...makeUpPreferences(chance),
    },
    via: fate !== 'ignores' && chance.happens(0.4) ? 'import' : 'form',
    fate,
  };
}

/** What many leave as it is, some choose. */
function makeUpPreferences(chance: Chance): RawPreferences {
  const topics = chance.some(TOPICS, chance.number(1, 3)).map(({ slug }) => slug);
  const field = chance.one(FIELDS);
  return {
    ...(chance.happens(0.6) && { timezone: chance.one(TIMEZONES) }),
    ...(chance.happens(0.6) && { hour: chance.number(5, 22) }),
    ...(chance.happens(0.5) && { frequency: chance.one(FREQUENCIES) }),
    ...(chance.happens(0.3) && { weekday: chance.one(WEEKDAYS) }),
    ...(chance.happens(0.3) && { length: chance.one(LENGTHS) }),
    ...(chance.happens(0.4) && { topics: topics.join(',') }),
    ...(chance.happens(0.2) && { keywords: chance.one(field.keywords) }),
    ...(chance.happens(0.05) && { authors: makeUpName(chance) }),
    ...(chance.happens(0.05) && { organisations: chance.one(LABS) }),
  };
}
