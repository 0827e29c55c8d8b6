import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Findings, Kit, Row } from './kit/bench.js';
import type { Measured } from './kit/measure.js';
import { previewMail, sendAll } from './kit/paperboy.js';
import { withSink } from './kit/sink.js';
import { median, medianRatio } from './kit/stats.js';
import { find } from './kit/tools.js';
import { compileNodelay, mlmmjSend } from './rivals/mlmmj.js';
import { asMjml, nodemailerLoop } from './rivals/nodemailer.js';
import { smtpSource } from './rivals/smtp-source.js';

const CONNECTIONS = 8;

export const sendBench: Bench = {
  name: 'send',
  about: `One edition of 20 papers to everybody over ${CONNECTIONS} connections into smtp-sink`,
  run,
};

type Result = Measured & { rate: number };

/** Somebody who sends, and how many mails a round. */
interface Contender {
  key: string;
  what: string;
  mails: number;
  note?: string;
  send(): Promise<Result>;
}

async function run(kit: Kit): Promise<Findings> {
  const { contenders, skipped } = await enter(kit);
  const results = new Map<string, Result[]>(contenders.map(({ key }) => [key, []]));
  for (let round = 1; round <= kit.rounds; round++) {
    for (const { key, what, send } of contenders) {
      const result = await send();
      results.get(key)?.push(result);
      kit.say(`round ${round}: ${what}: ${Math.round(result.rate)} mails/s`);
    }
  }
  const rates = (key: string) => (results.get(key) ?? []).map(({ rate }) => rate);
  const rows = contenders.map((contender): Row => {
    const all = results.get(contender.key) ?? [];
    return {
      what: contender.what,
      mails: contender.mails,
      rate: median(rates(contender.key)),
      ratio: medianRatio(rates(contender.key), rates('a')),
      cpu: median(all.map(({ cpuSeconds }) => (cpuSeconds / contender.mails) * 1_000)),
      peak: median(all.map(({ peakMb }) => peakMb)),
      wall: median(all.map(({ wallSeconds }) => wallSeconds)),
      ...(contender.note && { note: contender.note }),
    };
  });
  const whole = (key: string, mails: number) =>
    (results.get(key) ?? []).map(({ wallSeconds }) => mails / wallSeconds);
  const small = contenders.find(({ key }) => key === 'e-small')?.mails ?? 0;
  const large = contenders.find(({ key }) => key === 'e')?.mails ?? 0;
  const marks = [
    { what: '(e) / (a)', value: medianRatio(rates('e'), rates('a')), least: 0.4 },
    {
      what: `(e) with process start and end, ${large} mails / (a)`,
      value: medianRatio(whole('e', large), rates('a')),
      least: 0.4,
    },
    {
      what: `(e) with process start and end, ${small} mails / (a)`,
      value: medianRatio(whole('e-small', small), rates('a')),
      least: 0.4,
    },
    { what: '(e) / (b)', value: medianRatio(rates('e'), rates('b')), least: 3 },
    { what: '(e) / (c)', value: medianRatio(rates('e'), rates('c')), least: 10 },
    ...(results.has('d')
      ? [{ what: '(e) / (d)', value: medianRatio(rates('e'), rates('d')), least: 0.9 }]
      : []),
    {
      what: '(e) with DKIM / (b) with DKIM',
      value: medianRatio(rates('e-dkim'), rates('b-dkim')),
      least: 3,
    },
  ];
  return { rows, marks, skipped };
}

async function enter(kit: Kit): Promise<{ contenders: Contender[]; skipped: string[] }> {
  const { stores } = kit;
  const large = kit.size(10_000, 200);
  const small = kit.size(5_000, 100);
  const mail = await previewMail(await stores.fresh({ readers: small }));
  kit.say(`a mail has ${mail.octets} octets`);
  const key = rsaKey(kit);
  const dkim = { domainName: 'example.org', keySelector: 'bench', privateKey: key.pem };

  const plain = (mails: number, more: { mjml?: string; dkim?: typeof dkim } = {}) =>
    withSink((sink) =>
      nodemailerLoop(kit, sink, mail, { mails, connections: CONNECTIONS, ...more }),
    );
  const paperboy = async (readers: number, env = {}) => {
    const folder = await stores.fresh({ readers });
    return withSink((sink) =>
      sendAll(folder, readers, {
        SMTP_URL: sink.url,
        SMTP_CONNECTIONS: String(CONNECTIONS),
        ...env,
      }),
    );
  };
  const contenders: Contender[] = [
    {
      key: 'a',
      what: '(a) smtp-source -d',
      mails: large,
      send: () =>
        withSink((sink) =>
          smtpSource(sink, { mails: large, connections: CONNECTIONS, octets: mail.octets }),
        ),
    },
    loop('b', '(b) Nodemailer’s pool, ready HTML', kit.size(2_500, 50), (mails) => plain(mails)),
    loop('c', '(c) the same, MJML compiled per mail', kit.size(600, 20), (mails) =>
      plain(mails, { mjml: asMjml(mail) }),
    ),
    {
      key: 'e',
      what: '(e) Paperboy',
      mails: large,
      send: () => paperboy(large),
    },
    { key: 'e-small', what: '(e) Paperboy, fewer', mails: small, send: () => paperboy(small) },
    loop('b-dkim', '(b) with DKIM, RSA-2048', kit.size(1_500, 50), (mails) =>
      plain(mails, { dkim }),
    ),
    {
      key: 'e-dkim',
      what: '(e) with DKIM, RSA-2048',
      mails: small,
      send: () => paperboy(small, key.settings),
    },
  ];
  if (!find('mlmmj-send')) {
    return { contenders, skipped: ['(d): mlmmj-send is not installed (Debian: mlmmj)'] };
  }
  const nodelay = await compileNodelay(kit);
  const mails = nodelay ? large : kit.size(200, 20);
  contenders.splice(3, 0, {
    key: 'd',
    what: '(d) mlmmj-send, VERP',
    mails,
    note: nodelay
      ? 'with TCP_NODELAY forced on it; as it comes, it waits 40 ms for each mail on a loopback'
      : 'as it comes: it waits 40 ms for each mail on a loopback, and there is no cc to mend that',
    send: () => withSink((sink) => mlmmjSend(kit, sink, mail, { mails, nodelay })),
  });
  return { contenders, skipped: [] };
}

/** A contender so slow that fewer mails tell its rate as well. */
function loop(
  key: string,
  what: string,
  mails: number,
  send: (mails: number) => Promise<Result>,
): Contender {
  return { key, what, mails, send: () => send(mails) };
}

function rsaKey(kit: Kit) {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const file = join(kit.folder(), 'dkim.pem');
  writeFileSync(file, privateKey);
  const settings = { DKIM_DOMAIN: 'example.org', DKIM_SELECTOR: 'bench', DKIM_KEY_FILE: file };
  return { pem: privateKey, settings };
}
