import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { PaperboyError } from '../../../src/base/errors.js';
import { systemRandom } from '../../../src/base/random.js';
import { handleErrors, sendJsonFailure } from '../../../src/web/errors.js';
import { hooks } from '../../../src/web/hooks/hooks.js';
import { type HookSettings, openHooks } from '../../../src/web/hooks/open-hooks.js';
import { createServer } from '../../../src/web/server.js';
import { type Noted, notingLogger } from '../../sources/asking.js';
import { type RecordingInbound, recordingInbound } from '../../support/recording-inbound.js';
import { type Call, NOW, READER, rsa, SETTINGS } from './cases/provider-case.js';
import { signSns } from './cases/ses-cases.js';
import { PROVIDERS } from './provider-cases.js';

let app: FastifyInstance;
let inbound: RecordingInbound;
let noted: Noted;
let fetched: string[];
let amazon: (url: URL) => Promise<string>;
const clock = { ...systemClock, time: NOW, now: () => clock.time, steady: () => clock.time };

beforeEach(async () => {
  inbound = recordingInbound();
  noted = notingLogger();
  fetched = [];
  clock.time = NOW;
  amazon = async () => rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  app = await open(SETTINGS);
});
afterEach(() => app.close());

async function open(settings: HookSettings): Promise<FastifyInstance> {
  const { logger } = noted;
  const fetchText = (url: URL) => {
    fetched.push(url.href);
    return amazon(url);
  };
  const server = createServer({
    ...{ logger, random: systemRandom, trustProxy: false, bodyLimit: 64 * 1024 },
    onUnreadableAddress: (_request, reply) => reply.code(404).send(),
  });
  handleErrors(server, logger, sendJsonFailure);
  const providers = openHooks(settings, { fetchText, clock, logger });
  await server.register(hooks, { providers, inbound, clock, logger });
  return server;
}

async function post(provider: string, { headers, body }: Call) {
  const {
    statusCode,
    body: text,
    headers: given,
  } = await app.inject({
    ...{ method: 'POST', url: `/hooks/${provider}`, headers, payload: body },
  });
  return { status: statusCode, json: JSON.parse(text || 'null'), headers: given };
}

const code = (json: { error?: { code: string } }) => json.error?.code;

describe.each(PROVIDERS)('$name', (provider) => {
  const { name, call, events } = provider;
  const hard = events[0]?.event;

  test.each(events)('$what', async ({ event, kind, messageId, status }) => {
    expect(await post(name, call([event]))).toMatchObject({
      status: 200,
      json: { events: kind === null ? 0 : 1 },
    });
    expect(inbound.events.map((one) => [one.provider, one.kind, one.recipient])).toEqual(
      kind === null ? [] : [[name, kind, READER]],
    );
    const [read] = inbound.events;
    if (messageId !== undefined) expect(read?.messageId).toBe(messageId);
    if (status !== undefined) expect(read?.status).toBe(status);
    if (read?.kind === 'complaint') expect(read.feedbackId).toMatch(/./);
    if (read) expect([read.id.length > 0, Math.abs(read.at - NOW) < 2_000]).toEqual([true, true]);
  });

  test('answers only once the store has it, and 503 when it can not', async () => {
    let store = () => {};
    inbound.wait = new Promise<void>((resolve) => {
      store = resolve;
    });
    const answer = post(name, call([hard]));
    const first = await Promise.race([answer, systemClock.sleep(50).then(() => 'nothing yet')]);
    expect(first).toBe('nothing yet');
    store();
    expect((await answer).status).toBe(200);
    for (const failure of [
      new PaperboyError('store_busy', 'The store is busy.'),
      new PaperboyError('store_unreachable', 'The store is away.'),
      new TypeError('a fault of ours'),
    ]) {
      inbound.failure = failure;
      const { status, headers } = await post(name, call([hard], { id: 'other' }));
      expect([status, headers['retry-after']]).toEqual([503, '60']);
    }
  });

  test('the same event is written once, in whatever order', async () => {
    const again = { ...call([hard], { id: 'same' }) };
    await post(name, again);
    await post(name, call([events[1]?.event], { id: 'between' }));
    expect((await post(name, again)).status).toBe(200);
    const ids = inbound.events.map(({ id }) => id);
    expect(ids).toHaveLength(new Set(ids).size);
    expect(inbound.events.filter(({ kind }) => kind === 'permanent').length).toBeLessThanOrEqual(2);
  });

  test('without proof, or with a wrong one, nothing is taken', async () => {
    const right = call([hard]);
    const without = { ...right, headers: { 'content-type': 'application/json' } };
    const strange = { ...without, body: JSON.stringify([hard]) };
    const bodies = { ...right, body: right.body.replace(READER, 'victim@example.org') };
    for (const attempt of [strange, ...(provider.isSigned ? [bodies] : [])]) {
      const { status, json } = await post(name, attempt);
      expect([401, 403]).toContain(status);
      expect(['hook_forged', 'hook_password', 'hook_stale']).toContain(code(json));
    }
    for (const [header, value] of Object.entries(right.headers)) {
      if (header === 'content-type') continue;
      const other = [...value].reverse().join('');
      const wrong = { ...right, headers: { ...right.headers, [header]: other } };
      const missing = { ...right, headers: { ...right.headers, [header]: '' } };
      for (const attempt of [wrong, missing]) {
        expect([401, 403]).toContain((await post(name, attempt)).status);
      }
    }
    expect(inbound.events).toEqual([]);
    expect(noted.lines.filter((line) => line['event'] === 'hook_refused')).not.toEqual([]);
  });

  test.runIf(provider.isDated)('an old request is refused, one from the future too', async () => {
    for (const now of [NOW - 26 * 3_600_000, NOW + 6 * 60_000]) {
      const { status, json } = await post(name, call([hard], { now }));
      expect([status, code(json)]).toEqual([403, 'hook_stale']);
    }
    expect((await post(name, call([hard], { now: NOW - 4 * 60_000 }))).status).toBe(200);
  });

  test.runIf(provider.isBatched)('a batch, with what is no event among the others', async () => {
    const batch = [null, 7, ...events.map(({ event }) => event), {}, [[]], 'x'];
    const wanted = events.flatMap(({ kind }) => (kind === null ? [] : [kind]));
    expect(await post(name, call(batch))).toMatchObject({ status: 200 });
    const kinds = new Set(inbound.events.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(wanted));
  });

  test('whatever JSON comes with a right proof, there is no fault of ours', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.jsonValue(), mixed(events.map(({ event }) => event))),
        async (value) => {
          const { status } = await post(name, call([value]));
          expect(status).toBe(200);
        },
      ),
      { numRuns: 100 },
    );
    for (const event of inbound.events) {
      expect(event.recipient).toMatch(/^[^\s<>]+@[^\s<>@]+$/);
      expect(event.reply).not.toMatch(/[\r\n\0]/);
    }
  });

  test('whatever comes without one, it is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (body) => {
        const { status } = await post(name, { headers: { 'content-type': 'a/b' }, body });
        expect([400, 401, 403]).toContain(status);
      }),
      { numRuns: 50 },
    );
    expect(inbound.events).toEqual([]);
  });

  test('is not there where it is not set up', async () => {
    await app.close();
    app = await open({ ...SETTINGS, [name]: null });
    const { status, json } = await post(name, call([hard]));
    expect([status, code(json)]).toEqual([404, 'not_found']);
  });
});

/** A right event in which something is of another kind. */
function mixed(events: unknown[]): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.constantFrom(...events), fc.nat(30), fc.jsonValue())
    .map(([event, n, other]) => {
      let at = 0;
      return JSON.parse(JSON.stringify(event ?? null), (_key, value) =>
        at++ === n ? other : value,
      );
    });
}

test('a name that is no provider, and other methods', async () => {
  for (const name of ['mandrill', 'SES', '__proto__', 'constructor', '%00', 'ses%2f..']) {
    expect((await post(name, { headers: {}, body: '{}' })).status).toBe(404);
  }
  expect((await app.inject({ url: '/hooks/ses' })).statusCode).toBe(404);
});

test('a body that is too large is refused, one of a full batch is not', async () => {
  const call =
    PROVIDERS.find(({ name }) => name === 'brevo')?.call ?? (() => ({ headers: {}, body: '' }));
  const large = call([{ event: 'opened', filler: 'x'.repeat(3 * 1024 * 1024) }]);
  expect((await post('brevo', large)).status).toBe(200);
  const huge = { ...large, body: large.body.replace('opened', 'x'.repeat(2 * 1024 * 1024)) };
  expect((await post('brevo', huge)).status).toBe(413);
});

test('a request that shows no password sends no body', async () => {
  const body = 'x'.repeat(10 * 1024 * 1024);
  const { status, headers } = await post('brevo', { headers: {}, body });
  expect([status, headers['www-authenticate']]).toEqual([401, 'Basic realm="hooks"']);
});

describe('a token of Mailgun', () => {
  test('is good for one event, whatever the body says', async () => {
    const { call, events } =
      PROVIDERS.find(({ name }) => name === 'mailgun') ?? PROVIDERS[0] ?? never();
    const first = call([events[0]?.event]);
    await post('mailgun', first);
    const forged = { ...first, body: first.body.replace(READER, 'victim@example.org') };
    expect((await post('mailgun', forged)).status).toBe(200);
    expect(inbound.events.map(({ recipient }) => recipient)).toEqual([READER]);
  });
});

function never(): never {
  throw new Error('not there');
}

describe('Amazon SNS', () => {
  const confirm = (facts: Record<string, string> = {}) =>
    signSns({
      ...{ Type: 'SubscriptionConfirmation', Token: 't0k&n', Message: 'You have chosen …' },
      SubscribeURL: 'https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription',
      ...facts,
    });
  const note = JSON.stringify(PROVIDERS[0]?.events[0]?.event);

  test('a subscription of the topic is confirmed, once the signature is right', async () => {
    expect((await post('ses', confirm())).status).toBe(200);
    expect(fetched.at(-1)).toBe(
      'https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn%3Aaws%3Asns%3Aeu-central-1%3A123456789012%3Apaperboy&Token=t0k%26n',
    );
    expect(noted.lines.some((line) => line['event'] === 'hook_subscribed')).toBe(true);
  });

  test('no other topic is, and nothing is fetched for it', async () => {
    const TopicArn = 'arn:aws:sns:eu-central-1:123456789012:another';
    expect((await post('ses', confirm({ TopicArn }))).status).toBe(403);
    expect(fetched).toEqual([]);
  });

  test('a subscription that can not be confirmed comes again', async () => {
    amazon = async (url) => {
      if (url.search) throw new Error('timeout');
      return rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    };
    expect((await post('ses', confirm())).status).toBe(503);
  });

  test.each([
    'http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-a.pem',
    'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-a.pem',
    'https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-a.pem',
    'https://evil.example/sns.eu-central-1.amazonaws.com/SimpleNotificationService-a.pem',
    'https://x@sns.eu-central-1.amazonaws.com/SimpleNotificationService-a.pem',
    'https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-a.pem',
    'https://sns.eu-central-1.amazonaws.com/bucket/evil.pem',
    'nonsense',
  ])('a certificate is not fetched from %s', async (SigningCertURL) => {
    expect((await post('ses', signSns({ Message: note, SigningCertURL }))).status).toBe(403);
    expect(fetched).toEqual([]);
  });

  test('signatures of version 1 are read, others not; a subject is signed too', async () => {
    expect((await post('ses', signSns({ Message: note }, { version: '1' }))).status).toBe(200);
    expect((await post('ses', signSns({ Message: note }, { version: '3' }))).status).toBe(403);
    const subject = { Message: note, Subject: 'Amazon SES Email Event Notification' };
    expect((await post('ses', signSns(subject))).status).toBe(200);
    expect(fetched).toHaveLength(1);
  });

  test('a certificate that can not be had now is asked for again, but not without end', async () => {
    const now = (more: Record<string, string> = {}) =>
      signSns({ Message: note, ...more }, { now: clock.time });
    amazon = () => Promise.reject(new Error('no network'));
    for (let n = 0; n < 20; n++) {
      const { status, json } = await post('ses', now());
      expect([status, code(json)]).toEqual([503, 'hook_unchecked']);
    }
    expect(fetched).toHaveLength(1);
    // What is no certificate is not kept either.
    amazon = async () => '<html>Not now</html>';
    for (const after of [59_000, 2_000, 119_000, 2_000, 5 * 3_600_000]) {
      clock.time += after;
      await post('ses', now());
      await post('ses', now());
    }
    expect(fetched).toHaveLength(4);
    for (let n = 0; n < 50; n++) {
      const SigningCertURL = `https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-${n}.pem`;
      expect((await post('ses', now({ SigningCertURL }))).status).toBe(503);
    }
    expect(fetched.length).toBeLessThanOrEqual(14);
    clock.time += 3_600_000;
    amazon = async () => rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    fetched.length = 0;
    const calls = Array.from({ length: 20 }, () => post('ses', now()));
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(fetched).toHaveLength(1);
  });

  test('a network that was away for 35 minutes loses nothing: it is asked again within two minutes', async () => {
    amazon = () => Promise.reject(new Error('no network'));
    const ask = async () => {
      const { status } = await post('ses', signSns({ Message: note }, { now: clock.time }));
      clock.time += 10_000;
      return status;
    };
    for (let n = 0; n < 210; n++) expect(await ask()).toBe(503);
    amazon = async () => rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const back = clock.time;
    while ((await ask()) !== 200) expect(clock.time - back).toBeLessThanOrEqual(120_000);
    expect(fetched.length).toBeLessThan(25);
  });

  test('one notification of several recipients is several events; words are none', async () => {
    const bounce = {
      ...{ bounceType: 'Permanent', bounceSubType: 'NoEmail', feedbackId: 'f' },
      bouncedRecipients: ['a@example.org', 'b@example.org'].map((emailAddress) => ({
        emailAddress,
      })),
    };
    await post('ses', signSns({ Message: JSON.stringify({ notificationType: 'Bounce', bounce }) }));
    expect(inbound.events.map(({ id, recipient }) => [id, recipient])).toEqual([
      ['f#0', 'a@example.org'],
      ['f#1', 'b@example.org'],
    ]);
    const words = signSns({ Message: 'Successfully validated SNS topic for Amazon SES' });
    expect((await post('ses', words)).json).toEqual({ events: 0 });
  });

  test('the end of a subscription is told', async () => {
    expect((await post('ses', confirm({ Type: 'UnsubscribeConfirmation' }))).status).toBe(200);
    expect(noted.lines.some((line) => line['event'] === 'hook_unsubscribed')).toBe(true);
  });
});
