import { setTimeout as sleep } from 'node:timers/promises';
import type { Challenge } from 'altcha-lib';
import { prove } from '../support/prove.js';
import { comeBack, depart, type People, type Person } from './people.js';
import { type Answer, HOSTILE, type SoakSite } from './soak-site.js';

/** How often each thing was done. */
export type Tally = Map<string, number>;

export function count(tally: Tally, what: string): void {
  tally.set(what, (tally.get(what) ?? 0) + 1);
}

const PAGES = ['/', '/archive', '/search?q=soaking', '/feed.atom', '/feed.json', '/privacy'];
const QUIET_PAGES = ['/papers/2026-03-02', '/readyz', '/healthz', '/metrics'];
const FORMULA = '=HYPERLINK("soak")';

/** What readers and visitors do with the pages. */
export class Readers {
  /** Those who asked once to leave, met a store that could not be written, and did not ask again. */
  readonly askedOnce: { person: Person; at: number }[] = [];
  readonly #people: People;
  readonly #site: SoakSite;
  readonly #tally: Tally;
  readonly #random: () => number;
  #joined = 0;

  constructor(people: People, site: SoakSite, tally: Tally, random: () => number) {
    this.#people = people;
    this.#site = site;
    this.#tally = tally;
    this.#random = random;
  }

  async look(): Promise<void> {
    const pages = [...PAGES, ...QUIET_PAGES];
    await this.#site.ask('GET', pages[Math.floor(this.#random() * pages.length)] ?? '/');
    count(this.#tally, 'pages read');
  }

  /** Somebody new, from our own page; some addresses don't exist, some are greylisted. */
  async join(): Promise<void> {
    const nth = ++this.#joined;
    const kind = nth % 12 === 0 ? 'ghost' : nth % 7 === 0 ? 'grey' : 'new';
    const person = this.#people.add(`${kind}${nth}@d${nth % 30}.test`, 'asked');
    await this.subscribe(person.email);
    count(this.#tally, 'asked to subscribe');
  }

  /** Sends the form as a browser does, with a proof of work if it is wanted. */
  async subscribe(email: string, proves = true): Promise<Answer | null> {
    const page = await this.#site.ask('GET', '/');
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(page?.body ?? '') ?? [];
    const challenge = proves ? toChallenge(await this.#site.ask('GET', '/subscribe/proof')) : null;
    const proof = challenge === null ? '' : await prove(challenge);
    const form = { email, token, proof, keywords: FORMULA };
    return this.#site.ask('POST', '/subscribe', { form });
  }

  async confirm(): Promise<void> {
    const person = this.#people.pick('asked', ({ confirm }) => confirm !== null);
    if (!person?.confirm) return;
    const answer = await this.#site.ask('POST', person.confirm);
    // An answer that was lost may have been a good one: the link is used then.
    if (answer?.status === 410) Object.assign(person, { confirm: null, state: 'unsure' });
    if (answer?.status !== 200) return;
    count(this.#tally, 'confirmed');
    person.confirm = null;
    comeBack(person);
    person.state = 'active';
    person.activeSince = Date.now();
  }

  /** By the one-click link of a digest. A mail program asks once; some people ask until it is done. */
  async leave(person = this.#people.pick('active', hasLinks)): Promise<Answer | null> {
    if (!person?.unsubscribe) return null;
    person.state = 'leaving';
    person.activeSince = null;
    count(this.#tally, 'asked to leave');
    const answer = await this.#site.ask('POST', person.unsubscribe, {
      form: { 'List-Unsubscribe': 'One-Click' },
    });
    if (answer?.status === 200) depart(person, 'left');
    else if (answer?.status === 503 && this.#random() < 0.5) {
      person.state = 'unsure';
      this.askedOnce.push({ person, at: Date.now() });
    }
    return answer;
  }

  /** All who had no answer that says so ask again. @returns how many still have none */
  async leaveAgain(): Promise<number> {
    for (const person of this.#people.list('leaving')) await this.leave(person);
    return this.#people.list('leaving').length;
  }

  async rejoin(): Promise<void> {
    const person = this.#people.pick('left');
    if (!person) return;
    person.state = 'asked';
    comeBack(person);
    count(this.#tally, 'asked to come back');
    await this.subscribe(person.email);
  }

  async choose(): Promise<void> {
    const person = this.#people.pick('active', hasLinks);
    if (!person?.preferences) return;
    const length = ['5', '10', '20'][Math.floor(this.#random() * 3)] ?? '5';
    const hour = String(Math.floor(this.#random() * 24));
    const form = { do: 'save', hour, length, keywords: `${FORMULA}\n${HOSTILE}` };
    const answer = await this.#site.ask('POST', person.preferences, { form });
    if (answer?.status === 200) count(this.#tally, 'preferences changed');
    await this.#site.ask('GET', `${person.preferences}/export`);
  }

  async pause(): Promise<void> {
    const person = this.#people.pick('active', hasLinks);
    if (!person?.preferences) return;
    person.state = 'unsure';
    person.activeSince = null;
    const answer = await this.#site.ask('POST', person.preferences, { form: { do: 'pause' } });
    if (answer?.status !== 200) return;
    depart(person, 'paused');
    count(this.#tally, 'paused');
  }

  async resume(): Promise<void> {
    const person = this.#people.pick('paused', hasLinks);
    if (!person?.preferences) return;
    comeBack(person);
    const answer = await this.#site.ask('POST', person.preferences, { form: { do: 'resume' } });
    person.state = answer?.status === 200 ? 'active' : 'unsure';
    person.activeSince = answer?.status === 200 ? Date.now() : null;
    count(this.#tally, 'resumed');
  }

  /** Deletes all that is kept of somebody; asks until it is done. */
  async erase(): Promise<void> {
    const states = ['active', 'left', 'suppressed'] as const;
    const state = states[Math.floor(this.#random() * 3)] ?? 'active';
    const person = this.#people.pick(state, hasLinks);
    if (!person?.preferences) return;
    person.state = 'unsure';
    person.activeSince = null;
    for (let tries = 0; tries < 120; tries++) {
      const form = { do: 'delete', sure: 'yes' };
      const answer = await this.#site.ask('POST', person.preferences, { form });
      // A request whose answer was lost may have been done.
      if (answer?.status === 200 || (tries > 0 && answer?.status === 404)) {
        depart(person, 'deleted');
        count(this.#tally, 'deleted');
        return;
      }
      await sleep(500);
    }
  }
}

const hasLinks = (person: Person) => person.unsubscribe !== null && person.preferences !== null;

function toChallenge(answer: Answer | null): Challenge | null {
  if (answer?.status !== 200) return null;
  return (JSON.parse(answer.body) as { challenge: Challenge | null }).challenge;
}
