import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { arf, dsn } from '../support/report-mails.js';
import { SmtpTalk } from '../support/smtp-talk.js';
import { depart, type People, type Person } from './people.js';
import { HOOK_PASSWORD, type Place } from './place.js';
import type { Programs } from './programs.js';
import { count, type Tally } from './readers.js';
import type { SoakSite } from './soak-site.js';

/** Reports about one domain group after which its digests would be paused; see `RATE_LIMITS`. */
const BOUNCES_PER_DOMAIN = 4;
const COMPLAINTS_PER_DOMAIN = 2;
const BASIC = `Basic ${Buffer.from(`paperboy:${HOOK_PASSWORD}`).toString('base64')}`;

type Tell = (digest: NonNullable<Person['digest']>, person: Person) => Promise<boolean>;

/** Mails that come back, and complaints, through every door that is open here. */
export class Returns {
  readonly #place: Place;
  readonly #people: People;
  readonly #site: SoakSite;
  readonly #programs: Programs;
  readonly #tally: Tally;
  readonly #counts = new Map<string, number>();
  #files = 0;

  constructor(
    place: Place,
    {
      people,
      site,
      programs,
      tally,
    }: {
      people: People;
      site: SoakSite;
      programs: Programs;
      tally: Tally;
    },
  ) {
    this.#place = place;
    this.#people = people;
    this.#site = site;
    this.#programs = programs;
    this.#tally = tally;
  }

  /** The operator imports a few, of whom some will turn out to have no mailbox any more. */
  async importSome(): Promise<void> {
    const nth = ++this.#files;
    const emails = [0, 1, 2].map((n) => `import${nth}-${n}@d${(nth * 3 + n) % 30}.test`);
    const file = join(this.#place.folder, `import${nth}.csv`);
    writeFileSync(file, `email\n${emails.join('\n')}\n`);
    const args = ['subscribers', 'import', file, '--confirmed'];
    const { code, stderr } = await this.#place.run(args, { timeoutMs: 120_000 });
    this.#programs.keep(stderr);
    if (code !== 0) return;
    for (const email of emails) this.#people.add(email, 'active');
    count(this.#tally, 'imports of three readers');
  }

  /** A mailbox that is gone, told to the listener. */
  bounce(): Promise<void> {
    return this.#bounce('bounces by SMTP', ({ from }, { email }) =>
      this.#say(from, dsn({ recipient: email })),
    );
  }

  /** The same from a file, by the command. */
  bounceFile(): Promise<void> {
    return this.#bounce('bounces by command', ({ from }, { email }) =>
      this.#command(dsn({ to: from, recipient: email })),
    );
  }

  complain(): Promise<void> {
    return this.#complain('complaints by SMTP', ({ from, messageId }, { email }) =>
      this.#say(from, arf({ recipient: email, messageId, feedbackId: `f${email}` })),
    );
  }

  complainByHook(): Promise<void> {
    return this.#complain('complaints by hook', async (_digest, { email }) => {
      const at = new Date(this.#place.clock.now()).toISOString();
      const event = {
        ...{ RecordType: 'SpamComplaint', Type: 'SpamComplaint', ID: Date.now(), Email: email },
        ...{ MessageID: 'of-postmark', BouncedAt: at, Details: '' },
      };
      const answer = await this.#site.ask('POST', '/hooks/postmark', {
        body: JSON.stringify(event),
        headers: { 'content-type': 'application/json', authorization: BASIC },
      });
      return answer?.status === 200;
    });
  }

  /** Somebody who knows an address, and nothing else: it may do nothing. */
  async forge(): Promise<void> {
    const person = this.#people.pick('active');
    if (!person) return;
    await this.#command(dsn({ recipient: person.email, to: 'bounces+d1forged@ours.test' }));
    count(this.#tally, 'forged bounces');
  }

  /** A box that is full, which suppresses nobody at once. */
  async full(): Promise<void> {
    const person = this.#people.pick('active', ({ digest }) => digest !== null);
    if (!person?.digest) return;
    const report = dsn({ recipient: person.email, status: '5.2.2' });
    if (await this.#say(person.digest.from, report)) count(this.#tally, 'full mailboxes');
  }

  /** Of a reader's first mail: whoever took mails before is suppressed on another day only. */
  async #bounce(told: string, tell: Tell): Promise<void> {
    const person = this.#pick('bounce', BOUNCES_PER_DOMAIN, ({ mails }) => mails.size === 1);
    if (!person || !(await this.#report(person, tell))) return;
    count(this.#tally, told);
    if (person.mails.size === 1) depart(person, 'suppressed', told);
  }

  async #complain(told: string, tell: Tell): Promise<void> {
    const person = this.#pick('complaint', COMPLAINTS_PER_DOMAIN, () => true);
    if (!person || !(await this.#report(person, tell))) return;
    count(this.#tally, told);
    depart(person, 'suppressed', told);
  }

  /** Somebody with a digest, at a domain of which not too much came back. */
  #pick(kind: string, most: number, fits: (person: Person) => boolean): Person | undefined {
    const left = ({ domain }: Person) => most - (this.#counts.get(`${kind} ${domain}`) ?? 0);
    const person = this.#people.pick(
      'active',
      (one) => one.digest !== null && left(one) > 0 && fits(one),
    );
    if (person) this.#counts.set(`${kind} ${person.domain}`, most - left(person) + 1);
    return person;
  }

  /** Reports until it is taken, as mail servers and providers do. */
  async #report(person: Person, tell: Tell): Promise<boolean> {
    const { digest } = person;
    if (!digest) return false;
    person.state = 'unsure';
    person.activeSince = null;
    for (let tries = 0; tries < 120; tries++) {
      if (await tell(digest, person)) return true;
      await sleep(500);
    }
    return false;
  }

  /** To the listener, as another mail server does. */
  async #say(to: string, octets: Uint8Array): Promise<boolean> {
    try {
      const talk = await SmtpTalk.open(this.#place.bouncePort);
      try {
        await talk.reply();
        const text = Buffer.from(octets).toString('latin1');
        const codes = await talk.codes(
          ...['EHLO mx.test', 'MAIL FROM:<>', `RCPT TO:<${to}>`, 'DATA', `${text}\r\n.`],
        );
        return codes === '250 250 250 354 250';
      } finally {
        talk.end();
      }
    } catch {
      return false;
    }
  }

  async #command(octets: Uint8Array): Promise<boolean> {
    const file = join(this.#place.folder, `bounce${++this.#files}.eml`);
    writeFileSync(file, octets);
    const { code, stderr } = await this.#place.run(['bounce', '--json', file], {
      timeoutMs: 120_000,
    });
    this.#programs.keep(stderr);
    return code === 0;
  }
}
