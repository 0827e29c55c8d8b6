import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/program.js';
import type { People, Person } from './people.js';
import type { Place } from './place.js';
import type { Programs } from './programs.js';
import { HOSTILE } from './soak-site.js';

/** An edition that was sent, and everybody it was owed to when its sending began. */
export interface SoakEdition {
  date: string;
  owed: readonly Person[];
  /** When `send` first began, by the machine's clock. */
  from: number;
  /** When one ended with nothing left. */
  to: number | null;
}

interface Item {
  paper: Record<string, unknown>;
}

const [PATTERN] = JSON.parse(
  readFileSync(join(ROOT, 'test/fixtures/huggingface/2026-03-02.json'), 'utf8'),
) as [Item];
const PAPERS = 6;
const FIRST_DAY = Date.UTC(2026, 2, 2);
const DAY = 86_400_000;

/** Makes one edition after another, through the commands that an operator has. */
export class Editions {
  readonly sent: SoakEdition[] = [];
  /** Commands by name, and how often each ended with which code. */
  readonly codes = new Map<string, number>();
  readonly #place: Place;
  readonly #people: People;
  readonly #programs: Programs;
  #under: Promise<unknown> = Promise.resolve();

  constructor(place: Place, people: People, programs: Programs) {
    this.#place = place;
    this.#people = people;
    this.#programs = programs;
  }

  /** Fetches, picks and sends the next day. One at a time. @returns whether nothing is left */
  next(): Promise<boolean> {
    const turn = this.#under.then(() => this.#make());
    this.#under = turn.catch(() => undefined);
    return turn;
  }

  /** Sends on what is not all out. @returns whether nothing is left */
  finish(): Promise<boolean> {
    const turn = this.#under.then(() => this.#finish());
    this.#under = turn.catch(() => undefined);
    return turn;
  }

  async #finish(): Promise<boolean> {
    for (const edition of this.sent) {
      if (edition.to === null && !(await this.#send(edition))) return false;
    }
    return true;
  }

  async #make(): Promise<boolean> {
    if (!(await this.#finish())) return false;
    const date = new Date(FIRST_DAY + this.sent.length * DAY).toISOString().slice(0, 10);
    this.#place.source.setDay(date, buildItems(date, this.sent.length));
    if (!(await this.#run(['fetch', '--date', date]))) return false;
    if (!(await this.#run(['pick', '--date', date]))) return false;
    const owed = this.#people.list('active');
    const edition: SoakEdition = { date, owed, from: Date.now(), to: null };
    this.sent.push(edition);
    return this.#send(edition);
  }

  /** By a process of its own, which may be killed. */
  async #send(edition: SoakEdition): Promise<boolean> {
    const sending = this.#programs.start('send', ['send', '--date', edition.date, '--now']);
    const { code } = await sending.exited;
    this.#count('send', code);
    if (code === 0) edition.to = Date.now();
    return code === 0;
  }

  async #run(args: string[]): Promise<boolean> {
    const { code, stderr } = await this.#place.run([...args, '--json'], { timeoutMs: 240_000 });
    this.#programs.keep(stderr);
    this.#count(args[0] ?? '', code);
    return code === 0;
  }

  #count(command: string, code: number | null): void {
    const key = `${command} ${code ?? 'killed'}`;
    this.codes.set(key, (this.codes.get(key) ?? 0) + 1);
  }
}

/** Papers of a day, the first of which would be markup, terminal codes and header fields. */
function buildItems(date: string, nth: number): Item[] {
  return Array.from({ length: PAPERS }, (_, n) => {
    const title = n === 0 ? `${HOSTILE} number ${nth}` : `Soaking number ${n} of ${date}`;
    return {
      ...PATTERN,
      title,
      paper: {
        ...PATTERN.paper,
        id: `2603.${String(10_000 + nth * PAPERS + n)}`,
        title,
        submittedOnDailyAt: `${date}T00:00:00.000Z`,
        upvotes: 90 - n,
      },
    };
  });
}
