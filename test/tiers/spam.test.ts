import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { tempDir } from '../support/program.js';
import { type RelayedMail, relayMails } from './relayed-mails.js';
import { lacks, lacksRoot } from './tier.js';

const SPAMASSASSIN = '/usr/bin/spamassassin';
const leftOut =
  lacks('spam', '/usr/sbin/postfix') || lacks('spam', SPAMASSASSIN) || lacksRoot('spam');

/** The rules that may fire, and why: docs/SENDING.md has them in a table. */
const EXPLAINED = ['HTML_MESSAGE', 'MAILING_LIST_MULTI'];

const dir = tempDir();
afterAll(() => dir.dispose());

interface Judged {
  score: number;
  rules: string[];
}

/** What SpamAssassin says of a mail, by its own rules, without asking anybody. */
function judge({ raw, to }: RelayedMail): Judged {
  const settings = join(dir.path, 'user_prefs');
  // Each rule with three digits. What a reader's own machine would add is left out.
  writeFileSync(
    settings,
    'use_bayes 0\nadd_header all Scores _TESTSSCORES(,)_ / _SCORE_\nfold_headers 0\n',
  );
  const args = ['-L', '-t', '-p', settings, '--nocreate-prefs'];
  const judged = execFileSync(SPAMASSASSIN, args, {
    input: Buffer.concat([Buffer.from(arrival(to)), raw]),
    env: { ...process.env, HOME: dir.path },
    encoding: 'utf8',
  });
  const [, rules = '', score = 'NaN'] = /^X-Spam-Scores: (.*) \/ (.*)$/m.exec(judged) ?? [];
  return { score: Number(score), rules: rules.split(',').filter((rule) => rule !== 'none') };
}

/** From somewhere on the internet: SpamAssassin trusts what comes from this machine, and finds addresses of examples illegal. */
function arrival(to: string): string {
  const date = new Date().toUTCString().replace('GMT', '+0000');
  return `Received: from relay.test (relay.test [9.9.9.9])\r\n\tby mx.reader.test (Postfix) with ESMTPS id 4F2KQ1\r\n\tfor <${to}>; ${date}\r\n`;
}

describe.skipIf(leftOut)('SpamAssassin', () => {
  test('gives a digest and each notice half a point at most, by rules that are explained', async () => {
    const folder = process.env['SPAM_DAYS'];
    const date = process.env['SPAM_DATE'] ?? '2026-03-02';
    const mails = await relayMails({
      ...{ capabilities: ['8BITMIME', 'PIPELINING'] },
      ...(folder && { days: { folder, date } }),
    });
    const judged = mails.map((mail) => ({ what: mail.what, ...judge(mail) }));
    if (process.env['SHOW_SPAM'] === '1') console.log(judged);
    expect(judged.map(({ what }) => what).sort()).toEqual([
      'confirm',
      'digest',
      'paused',
      'preferences',
    ]);
    for (const { what, score, rules } of judged) {
      expect([what, score <= 0.5]).toEqual([what, true]);
      const others = rules
        .map((rule) => rule.split('=')[0])
        .filter((rule) => !EXPLAINED.includes(rule ?? ''));
      expect([what, others]).toEqual([what, []]);
    }
  });

  test('gives far more to what is spam', () => {
    const raw = Buffer.from(
      'From: x@x.test\r\nTo: y@y.test\r\nSubject: test\r\n\r\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n',
    );
    expect(judge({ what: 'spam', to: 'y@y.test', raw }).score).toBeGreaterThan(100);
  });
});
