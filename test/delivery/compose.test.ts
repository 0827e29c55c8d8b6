import { generateKeyPairSync } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDkimSigner } from '../../src/mail/dkim.js';
import type { Cadence } from '../../src/subscribers/preferences.js';
import type { NoticeKind } from '../../src/subscribers/subscribe.js';
import type { Subscriber } from '../../src/subscribers/subscriber.js';
import { createTokens } from '../../src/subscribers/tokens.js';
import { saveListing } from '../papers/save-listing.js';
import { HOUR } from '../store/clock.js';
import { idOfSelection } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { octets } from '../support/octets.js';
import {
  activeSubscriber,
  claimDelivery,
  claimNotice,
  composer,
  enqueueNotice,
  FROM,
  makeEdition,
  PUBLIC_URL,
  planFor,
  SECRET,
} from './harness.js';

const tokens = createTokens(SECRET);

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

async function planned(emails: string[], first: Cadence | null = null): Promise<Subscriber[]> {
  const { store, clock } = temp;
  const readers: Subscriber[] = [];
  for (const email of emails) readers.push(await activeSubscriber(store, email));
  await planFor(store, await makeEdition(store), readers, { dueAt: clock.now(), first });
  return readers;
}

async function notice(kind: NoticeKind): Promise<Subscriber> {
  const { store, clock } = temp;
  const reader =
    kind === 'confirm'
      ? await store.subscribers.request('ada@reader.example', {}, clock.now())
      : await activeSubscriber(store, 'ada@reader.example');
  await enqueueNotice(store, reader, kind, clock.now());
  return reader;
}

/** Every address in a text below the path, without repeats. */
function links(text: string | false | undefined, path: string): string[] {
  const found = String(text).matchAll(new RegExp(`${PUBLIC_URL}/${path}/([A-Za-z0-9_-]+)`, 'g'));
  return [...new Set([...found].map(([, token = '']) => token))];
}

const signer = () => {
  const pairs = [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ed25519'),
  ];
  const keys = pairs.map(({ privateKey }, n) => {
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    return { selector: `s${n}`, privateKey: pem.toString() };
  });
  return createDkimSigner({ domain: 'example.org', keys });
};

describe('composing the same mail twice', () => {
  for (const signed of [false, true]) {
    test(`gives the same bytes, by one composer and by two, ${signed ? 'signed' : 'not signed'}`, async () => {
      await planned(['ada@reader.example']);
      const delivery = await claimDelivery(temp.store);
      await temp.store.subscribers.request('bob@reader.example', {}, temp.clock.now());
      const [bob] = await temp.store.subscribers.list({ after: 0, limit: 9, state: 'pending' });
      if (bob) await enqueueNotice(temp.store, bob, 'confirm', temp.clock.now());
      const mail = await claimNotice(temp.store);
      const changes = signed ? { sign: signer() } : {};
      const one = await composer(temp.store, changes);
      const two = await composer(temp.store, changes);
      const digest = octets(await one.delivery(delivery));
      const confirmation = octets(await one.notice(mail));
      expect(digest.includes('DKIM-Signature: ')).toBe(signed);
      temp.clock.advance(5 * HOUR);
      for (const again of [one, two]) {
        const retry = { ...delivery, attempts: 3 };
        expect(octets(await again.delivery(retry)).equals(digest)).toBe(true);
        expect(octets(await again.notice({ ...mail, attempts: 3 })).equals(confirmation)).toBe(
          true,
        );
      }
    });
  }

  test('gives the same bytes after another key was put in front of the one it began with', async () => {
    await planned(['ada@reader.example']);
    const old = 'the key that signed until today';
    const delivery = await claimDelivery(temp.store);
    const oldTokens = createTokens(old);
    const by = (changes: object) => composer(temp.store, changes);
    const before = octets(await (await by({ secret: old, tokens: oldTokens })).delivery(delivery));
    const former = [{ mark: 'old', secret: old, tokens: oldTokens }];
    const rotated = await by({ former });
    const at = async (signedBy: string | null) =>
      octets(await rotated.delivery({ ...delivery, signedBy }));
    expect((await at('old')).equals(before)).toBe(true);
    // What is older than such marks was made by the oldest key.
    expect((await at(null)).equals(before)).toBe(true);
    const fresh = (await at('new')).toString();
    expect(fresh).toContain(tokens.unsubscribe(delivery.subscriberId));
    expect(fresh).not.toContain(oldTokens.unsubscribe(delivery.subscriberId));
    expect(oldTokens.unsubscribe(delivery.subscriberId)).not.toBe(
      tokens.unsubscribe(delivery.subscriberId),
    );
  });

  test('gives the same bytes after the papers and preferences have changed', async () => {
    const [reader] = await planned(['ada@reader.example']);
    const delivery = await claimDelivery(temp.store);
    const before = octets(await (await composer(temp.store)).delivery(delivery));
    await temp.store.subscribers.savePreferences(reader?.id ?? 0, { length: 5, hour: 3 });
    const { papers } = await temp.store.editions.withPapers(
      await temp.store.editions.byId(delivery.editionId),
    );
    const changed = papers.map(({ signal, ...paper }) => ({
      paper: { ...paper, title: 'New' },
      signal,
    }));
    await saveListing(temp.store.papers, 'huggingface', '2026-03-02', changed);
    const after = octets(await (await composer(temp.store)).delivery(delivery));
    expect(after.equals(before)).toBe(true);
  });
});

describe('a digest', () => {
  test('is octets that SMTP can carry: CRLF, short lines, ASCII', async () => {
    await planned(['ada@reader.example']);
    const message = octets(
      await (await composer(temp.store)).delivery(await claimDelivery(temp.store)),
    );
    const text = message.toString('latin1');
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0\x80-\xFF]/);
    for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
    expect(text.endsWith('\r\n')).toBe(true);
  });

  test('is addressed to its reader and unsubscribes nobody else', async () => {
    const [ada, bob] = await planned(['ada@reader.example', 'bob@reader.example']);
    const made = await composer(temp.store);
    const deliveries = await temp.store.ledger.claim('composing', 2);
    const mails = await Promise.all(
      deliveries.map(async (delivery) => simpleParser(octets(await made.delivery(delivery)))),
    );
    for (const [index, reader] of [ada, bob].entries()) {
      const mail = mails[index];
      const unsubscribe = tokens.unsubscribe(reader?.id ?? 0);
      expect(mail?.headers.get('to')).toMatchObject({ text: reader?.email });
      expect(mail?.from?.value).toEqual([FROM]);
      expect(mail?.headerLines.find(({ key }) => key === 'list-unsubscribe')?.line).toBe(
        `List-Unsubscribe: <${PUBLIC_URL}/unsubscribe/${unsubscribe}>`,
      );
      for (const part of [mail?.html, mail?.text]) {
        expect(links(part, 'unsubscribe')).toEqual([unsubscribe]);
        expect(links(part, 'preferences')).toEqual([tokens.preferences(reader?.id ?? 0)]);
        expect(links(part, 'confirm')).toEqual([]);
        expect(part).toContain('On the paper 2603.00003');
      }
    }
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(2);
  });

  test('is dated when it is first tried, and its Message-ID is of the sender’s domain', async () => {
    await planned(['ada@reader.example']);
    temp.clock.advance(18 * HOUR);
    const made = octets(
      await (await composer(temp.store)).delivery(await claimDelivery(temp.store)),
    );
    const { date, messageId } = await simpleParser(made);
    expect(date).toEqual(new Date(temp.clock.now()));
    expect(messageId).toMatch(/^<d1\.[0-9a-f]{16}@example\.org>$/);
  });

  test('leads to help, the archive and answers, and names nobody in doing so', async () => {
    const [ada, bob] = await planned(['ada@reader.example', 'bob@reader.example']);
    const made = await composer(temp.store, {
      replyTo: { name: '', address: 'desk@example.org' },
      unsubscribeMailto: (id) => (id === ada?.id ? `mailto:leave+k${id}@example.org` : null),
    });
    const deliveries = await temp.store.ledger.claim('composing', 2);
    const mails = await Promise.all(
      deliveries.map(async (delivery) => simpleParser(octets(await made.delivery(delivery)))),
    );
    const fields = (index: number) =>
      Object.fromEntries(mails[index]?.headerLines.map(({ key, line }) => [key, line]) ?? []);
    for (const index of [0, 1]) {
      expect(fields(index)).toMatchObject({
        'list-help': `List-Help: <${PUBLIC_URL}/preferences>`,
        'list-archive': `List-Archive: <${PUBLIC_URL}/archive>`,
        'reply-to': 'Reply-To: desk@example.org',
        'feedback-id': 'Feedback-ID: 2026-03-02:daily:digest:paperboy',
      });
    }
    const unsubscribe = (id = 0) => `<${PUBLIC_URL}/unsubscribe/${tokens.unsubscribe(id)}>`;
    expect(fields(0)['list-unsubscribe']).toBe(
      `List-Unsubscribe: ${unsubscribe(ada?.id)},\r\n <mailto:leave+k${ada?.id}@example.org>`,
    );
    expect(fields(1)['list-unsubscribe']).toBe(`List-Unsubscribe: ${unsubscribe(bob?.id)}`);
  });

  test('greets somebody who has just confirmed', async () => {
    await planned(['ada@reader.example'], 'daily');
    const delivery = await claimDelivery(temp.store);
    const made = await composer(temp.store);
    const first = await simpleParser(octets(await made.delivery(delivery)));
    const usual = await simpleParser(octets(await made.delivery({ ...delivery, first: null })));
    expect(first.text).not.toBe(usual.text);
    expect(first.html).not.toBe(usual.html);
    expect(first.subject).toBe(usual.subject);
  });

  test('shows the papers of its selection only', async () => {
    const { store, clock } = temp;
    const edition = await makeEdition(store);
    const reader = await activeSubscriber(store, 'ada@reader.example');
    const selectionId = await idOfSelection(store.ledger, edition.id, ['2603.00002']);
    await store.ledger.plan(edition.id, [
      { subscriberId: reader.id, selectionId, first: null, language: 'en', dueAt: clock.now() },
    ]);
    const made = await composer(store);
    const { text } = await simpleParser(octets(await made.delivery(await claimDelivery(store))));
    expect(text).toContain('On the paper 2603.00002');
    expect(text).not.toContain('On the paper 2603.00001');
  });
});

describe('a notice', () => {
  test('that asks for confirmation carries a link that works for 48 hours from the first try', async () => {
    const reader = await notice('confirm');
    temp.clock.advance(5 * HOUR);
    const triedAt = temp.clock.now();
    const mail = await simpleParser(
      octets(await (await composer(temp.store)).notice(await claimNotice(temp.store))),
    );
    const claim = {
      ...{ subscriberId: reader.id, round: 1, noticeId: 1 },
      expiresAt: triedAt + 48 * HOUR,
    };
    for (const part of [mail.html, mail.text]) {
      expect(links(part, 'confirm')).toEqual([tokens.confirm(claim)]);
    }
    expect(mail.subject).toBe('Please confirm your address');
    expect(mail.date).toEqual(new Date(temp.clock.now()));
    expect(mail.messageId).toMatch(/^<n1\./);
    expect(mail.headerLines.map(({ key }) => key)).toEqual([
      'from',
      'to',
      'subject',
      'date',
      'message-id',
      'feedback-id',
      'auto-submitted',
      'mime-version',
      'content-type',
    ]);
  });

  test('to a subscriber carries the link to the preferences and none that confirms', async () => {
    const reader = await notice('preferences');
    const mail = await simpleParser(
      octets(await (await composer(temp.store)).notice(await claimNotice(temp.store))),
    );
    for (const part of [mail.html, mail.text]) {
      expect(links(part, 'preferences')).toEqual([tokens.preferences(reader.id)]);
      expect(links(part, 'confirm')).toEqual([]);
    }
    expect(mail.subject).toBe('Your Paperboy preferences');
  });

  test('to a paused one says so, and what to press on the page that it leads to', async () => {
    const reader = await notice('paused');
    const mail = await simpleParser(
      octets(await (await composer(temp.store)).notice(await claimNotice(temp.store))),
    );
    expect(mail.subject).toBe('Your Paperboy digests are paused');
    for (const part of [mail.html, mail.text]) {
      expect(part).toContain('Your digests are paused');
      expect(part).toContain('Resume my digests');
      expect(part).not.toContain('already subscribed');
      expect(links(part, 'preferences')).toEqual([tokens.preferences(reader.id)]);
      expect(links(part, 'confirm')).toEqual([]);
    }
  });
});
