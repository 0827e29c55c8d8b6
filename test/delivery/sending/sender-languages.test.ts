import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Composer } from '../../../src/delivery/compose.js';
import type { ClaimedDelivery, ClaimedNotice } from '../../../src/delivery/delivery.js';
import { planEdition } from '../../../src/delivery/planning/plan.js';
import type { Message } from '../../../src/mail/mime.js';
import { requestSubscription } from '../../../src/subscribers/subscribe.js';
import { found } from '../../store/contract/dialect.js';
import { LANGUAGES } from '../../support/languages.js';
import { startSmtp } from '../../support/smtp.js';
import { activeSubscriber, composer, silent } from '../harness.js';
import { Post } from '../post.js';

/** Says in the mail in which language it is. */
class TellingComposer extends Composer {
  override async delivery(delivery: ClaimedDelivery): Promise<Message> {
    return told(await super.delivery(delivery), delivery.language);
  }

  override async notice(notice: ClaimedNotice): Promise<Message> {
    return told(await super.notice(notice), notice.language);
  }
}

const told = ([header, ...body]: Message, language: string | null): Message => [
  header,
  ...body,
  Buffer.from(`\r\nWritten in ${language}\r\n`),
];

let post: Post;
let defaultLanguage: string;
beforeEach(async () => {
  post = await Post.open();
  defaultLanguage = 'en';
});
afterEach(() => post.close());

async function plan(): Promise<void> {
  const { store, clock } = post;
  const deps = { ...store, clock, logger: silent, defaultTimezone: 'UTC', defaultLanguage };
  await planEdition(deps, post.edition, { now: true });
}

/** The copies of each mail that a server read, which cut the first of each without a reply. */
async function sendTwice(between: () => Promise<unknown>) {
  const cut = new Set<string>();
  const stub = post.opened(
    await startSmtp({
      onData: async ({ to }) => {
        const reader = to.join();
        if (cut.has(reader)) return undefined;
        cut.add(reader);
        await between();
        return 'drop';
      },
    }),
  );
  const telling = await composer(post.store, {}, TellingComposer);
  await post.run({ port: stub.port, composer: telling });
  const copies = (email: string) => stub.attempts.filter(({ to }) => to.includes(email));
  return (email: string) => {
    const [first, second, ...more] = copies(email);
    expect(more).toEqual([]);
    expect(found(second).raw.equals(found(first).raw)).toBe(true);
    return /Written in (\S+)/.exec(found(first).raw.toString())?.[1];
  };
}

describe('an uncertain mail is repeated to the octet', () => {
  test('though its reader changes the language, or the operator that of the site', async () => {
    const ada = await activeSubscriber(post.store, 'ada@reader.example', { language: 'de' });
    const bob = await activeSubscriber(post.store, 'bob@reader.example');
    await plan();
    const languageOf = await sendTwice(async () => {
      await post.store.subscribers.savePreferences(ada.id, { language: 'en' });
      await post.store.subscribers.savePreferences(bob.id, { language: 'ja' });
      // Planned once more under another language of the site: what is planned stays.
      defaultLanguage = 'pt-BR';
      await plan();
    });
    expect(languageOf(ada.email)).toBe('de');
    expect(languageOf(bob.email)).toBe('en');
    expect(post.mails().map(({ state }) => state)).toEqual(['accepted', 'accepted']);
    expect(new Set(post.mails().map(({ selection_id }) => selection_id)).size).toBe(1);
  });

  test('and so is one to confirm, in the language that it was asked for in', async () => {
    const { store, clock } = post;
    const email = 'new@reader.example';
    const deps = { ...store, clock, limits: null, languages: LANGUAGES };
    const origin = { via: 'form', ip: null };
    await requestSubscription(deps, { email, language: 'de' }, origin);
    const languageOf = await sendTwice(() =>
      requestSubscription(deps, { email, language: 'ja' }, origin),
    );
    expect(languageOf(email)).toBe('de');
  });

  test('and one from before there was a choice', async () => {
    const ada = await activeSubscriber(post.store, 'ada@reader.example', { language: 'de' });
    await plan();
    const file = new SQLite(post.temp.file);
    file.exec('update deliveries set language = null');
    file.close();
    const before = await post.store.ledger.claim('one', 9);
    const delivery = { ...found(before[0]), attempts: 1 };
    const real = await composer(post.store);
    const octets = async (language: string | null) =>
      Buffer.concat(await real.delivery({ ...delivery, language }));
    expect(delivery.language).toBeNull();
    expect((await octets(null)).equals(await octets('en'))).toBe(true);
    expect(delivery.email).toBe(ada.email);
  });
});

test('who reads in another language than most shares their selection', async () => {
  const stub = post.opened(await startSmtp());
  const languages = ['de', 'en', 'ja', null, 'de'];
  for (const [n, language] of languages.entries()) {
    await activeSubscriber(post.store, `reader${n}@reader.example`, { language });
  }
  await plan();
  await post.run({
    port: stub.port,
    composer: await composer(post.store, {}, TellingComposer),
  });
  const written = stub.received.map(({ to, raw }) => [
    to.join(),
    /Written in (\S+)/.exec(raw.toString())?.[1],
  ]);
  expect(written.sort()).toEqual(
    languages.map((language, n) => [`reader${n}@reader.example`, language ?? 'en']),
  );
});
