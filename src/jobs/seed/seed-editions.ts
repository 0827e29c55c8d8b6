import { addDays, type Day, dayOfWeek } from '../../base/day.js';
import { planEdition } from '../../delivery/planning/plan.js';
import { acceptSuggestion, declineSuggestions } from '../../editions/accept-suggestion.js';
import { annotate, drop, pin } from '../../editions/curate-draft.js';
import type { Edition } from '../../editions/edition.js';
import { freezeEdition } from '../../editions/freeze.js';
import { pickEdition, pickWeekly } from '../../editions/pick.js';
import { suggest } from '../../editions/suggest.js';
import { fetchDay } from '../../sources/fetch.js';
import type { Chance } from './chance.js';
import { type MadeUpPapers, makeUpName } from './made-up-papers.js';
import type { SeedDeps } from './seed-store.js';
import { COMMENTS } from './seed-words.js';

const WEEK = 7 * 24 * 3_600_000;
const SUNDAY = 7;
const NOTES = [
  'A day of small models: three of the first ten fit on a telephone.',
  'Many papers on agents today.\n\nIf you read one only, read the first.',
  'The editors are on holiday next week; the votes decide alone.',
];

/** Makes editions of made-up papers, with what editors and readers do to them. */
export class SeedEditions {
  readonly #deps: SeedDeps;
  readonly #chance: Chance;
  readonly #papers: MadeUpPapers;

  constructor(deps: SeedDeps, chance: Chance, papers: MadeUpPapers) {
    this.#deps = deps;
    this.#chance = chance;
    this.#papers = papers;
  }

  /** Reads a day from its sources and picks it. */
  async make(day: Day): Promise<void> {
    await this.fetch(day);
    const { store, clock, logger } = this.#deps;
    await pickEdition({ ...store, clock, logger }, day);
  }

  async fetch(day: Day): Promise<void> {
    const { store, clock, logger } = this.#deps;
    const names = ['huggingface', 'arxiv'] as const;
    const sources = names.map((name) => this.#papers.source(name, () => clock.now()));
    await fetchDay({ ...store, sources, clock, logger }, day, { again: true });
  }

  /** An editor pins, drops and says something. */
  async curate(day: Day): Promise<void> {
    const { store, logger } = this.#deps;
    const deps = { atomically: store.atomically, logger };
    const target = { kind: 'daily', date: day } as const;
    const edition = await store.editions.find(day);
    if (!edition) return;
    const { papers } = await store.editions.withPapers(edition);
    const [first, , third] = papers;
    if (third) await pin(deps, target, third.id, 1);
    if (first) await drop(deps, target, first.id, 'an advertisement');
    await annotate(deps, target, this.#chance.one(NOTES));
  }

  /** Readers suggest papers; the editor accepts one and declines another. */
  async suggest(day: Day, isOpen: boolean): Promise<void> {
    const { store, clock, logger } = this.#deps;
    const chance = this.#chance;
    const papers = Array.from({ length: 3 }, () => this.#papers.unlisted(chance, day));
    for (const { paper } of papers) {
      // The first gives a name, others may.
      for (const isNamed of [true, chance.happens(0.5)].slice(0, chance.number(1, 2))) {
        const name = isNamed ? makeUpName(chance) : undefined;
        const comment = chance.happens(0.5) ? chance.one(COMMENTS) : undefined;
        await suggest({ ...store, clock }, { link: paper.id, name, comment });
      }
    }
    if (isOpen) return;
    const [accepted, declined] = papers;
    const lookup = async () => accepted ?? null;
    const deps = { ...store, lookup, clock, logger, today: () => day };
    if (accepted) await acceptSuggestion(deps, accepted.paper.id, { day, credit: [1] });
    if (declined) await declineSuggestions(deps, { paperIds: [declined.paper.id] }, 'too short');
  }

  /** Freezes a day, and the week that ends on it. Where it is to be sent, plans it, too. */
  async finish(day: Day, isSent: boolean): Promise<void> {
    const { store, clock, logger } = this.#deps;
    const daily = await store.editions.find(day);
    const weekly =
      dayOfWeek(day) === SUNDAY ? await pickWeekly({ ...store, clock, logger }, day) : null;
    for (const edition of [daily, weekly]) {
      if (edition === null) continue;
      if (isSent) await this.#plan(edition);
      else await freezeEdition({ ...store, logger }, edition.id, clock.now());
    }
  }

  async #plan(edition: Edition): Promise<void> {
    const { store, clock, logger, timezone, languages } = this.#deps;
    const now = clock.now();
    const window = edition.kind === 'weekly' && { window: { from: now, until: now + WEEK } };
    const deps = {
      ...store,
      clock,
      logger,
      defaultTimezone: timezone,
      defaultLanguage: languages.own,
    };
    await planEdition(deps, edition, { now: false, ...window });
  }

  /** Votes go on coming for the days before. */
  async refreshVotes(day: Day): Promise<void> {
    for (const ago of [1, 2, 3]) await this.fetch(addDays(day, -ago));
  }
}
