import type { Letter } from './mail-room.js';

export type PersonState =
  /** Asked for a confirmation, or is about to. */
  | 'asked'
  | 'active'
  | 'paused'
  /** Has asked to leave, and got no answer that says that it is done. */
  | 'leaving'
  | 'left'
  /** An answer says that a bounce or complaint about them is taken. */
  | 'suppressed'
  /** Something of which nobody knows whether it was done. */
  | 'unsure'
  | 'deleted';

/** A time in which no mail may be begun for somebody. */
export interface Absence {
  why: 'left' | 'paused' | 'suppressed' | 'deleted';
  /** What was done. */
  by: string;
  from: number;
  to: number | null;
}

/** Somebody with a mailbox, as far as they themselves know. */
export interface Person {
  readonly email: string;
  readonly domain: string;
  state: PersonState;
  /** Since when digests are theirs, without a break. */
  activeSince: number | null;
  readonly absences: Absence[];
  confirm: string | null;
  unsubscribe: string | null;
  preferences: string | null;
  /** The last digest, by which things come back. */
  digest: { from: string; messageId: string } | null;
  /** Message-IDs of all mails that they got: who has taken two is not suppressed by one bounce. */
  readonly mails: Set<string>;
}

/** Everybody of a run. */
export class People {
  readonly all = new Map<string, Person>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  add(email: string, state: PersonState): Person {
    const person: Person = {
      email,
      domain: email.slice(email.indexOf('@') + 1),
      state,
      activeSince: state === 'active' ? Date.now() : null,
      absences: [],
      confirm: null,
      unsubscribe: null,
      preferences: null,
      digest: null,
      mails: new Set(),
    };
    this.all.set(email, person);
    return person;
  }

  list(state: PersonState): Person[] {
    return [...this.all.values()].filter((person) => person.state === state);
  }

  /** Any of those who are in a state and fit. */
  pick(state: PersonState, fits: (person: Person) => boolean = () => true): Person | undefined {
    const some = this.list(state).filter(fits);
    return some[Math.floor(this.#random() * some.length)];
  }

  /** What a mail brings: links, and what things that come back speak of. */
  receive({ mail, confirm, unsubscribe, preferences }: Letter): void {
    const person = this.all.get(mail.to);
    if (!person) return;
    person.mails.add(mail.messageId);
    if (confirm !== undefined) person.confirm = confirm;
    if (unsubscribe !== undefined) person.unsubscribe = unsubscribe;
    if (preferences !== undefined) person.preferences = preferences;
    if (mail.isDigest) person.digest = { from: mail.from, messageId: mail.messageId };
  }
}

/** They are known to be gone from now on. */
export function depart(person: Person, why: Absence['why'], by: string = why): void {
  person.state = why;
  person.activeSince = null;
  person.absences.push({ why, by, from: Date.now(), to: null });
}

/** From now on mails may come again. */
export function comeBack(person: Person, at = Date.now()): void {
  for (const absence of person.absences) absence.to ??= at;
}
