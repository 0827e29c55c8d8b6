import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/base/logger.js';
import { type Alarm, openAlarms } from '../../src/delivery/alarms/alarms.js';
import { runFormWatch, tellOfAttack } from '../../src/jobs/form-watch.js';
import { parseFormState } from '../../src/subscribers/form/form-state.js';
import { createNoticeLimits } from '../../src/subscribers/notice-limits.js';
import { requestSubscription } from '../../src/subscribers/subscribe.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { LANGUAGES } from '../support/languages.js';

const attack = { why: 'burst', since: 1_000, until: 2_000 } as const;

test('the operator is told of an attack on the form, and that alarm ends with it', async () => {
  const raised: Alarm[] = [];
  const ended: string[] = [];
  const alarms = {
    raise: async (alarm: Alarm) => {
      raised.push(alarm);
    },
    end: async (code: string) => {
      ended.push(code);
    },
  };
  const onAttack = tellOfAttack({ alarms, logger: createLogger('silent') });
  onAttack({ kind: 'begun', attack });
  expect(raised).toMatchObject([{ code: 'form', subject: 'the form is under attack' }]);
  expect(ended).toEqual([]);
  onAttack({ kind: 'ended', attack });
  expect(ended).toEqual(['form']);
});

describe('a look at the form', () => {
  let temp: TempStore;
  beforeEach(async () => {
    temp = await tempStore();
  });
  afterEach(() => temp.close());

  const logger = createLogger('silent');
  const limits = createNoticeLimits('a secret of tests', {
    ...{ perDomain: 100, perNetwork: 50, inAll: 4 },
  });
  /** One look, as any process takes it once a minute. */
  async function lookOnce(): Promise<void> {
    const { store, clock } = temp;
    const stop = new AbortController();
    const once = {
      now: () => clock.now(),
      steady: () => clock.steady(),
      sleep: async () => stop.abort(),
    };
    const alarms = openAlarms({ store, recipients: [], siteName: 'Paperboy', logger });
    const { form, noticeCounts } = store;
    const noticeLimits = async () => limits;
    const deps = { form, noticeCounts, noticeLimits, clock: once, logger, alarms };
    await runFormWatch(deps, stop.signal);
  }
  const open = async () => (await temp.store.alarmStore.open()).map(({ code }) => code);
  const write = (until: number) =>
    temp.store.form.changeState((text) =>
      JSON.stringify({
        ...parseFormState(text),
        attack: { why: 'burst', since: temp.clock.now(), until },
        lookedAt: temp.clock.now(),
      }),
    );

  test('raises an alarm that a process could not write, and ends it when the attack is over unseen', async () => {
    await write(temp.clock.now() + 10 * 60_000);
    expect(await open()).toEqual([]);
    await lookOnce();
    await lookOnce();
    expect(await open()).toEqual(['form']);
    await temp.store.form.changeState((text) =>
      JSON.stringify({ ...parseFormState(text), attack: null }),
    );
    await lookOnce();
    expect(await open()).toEqual([]);
  });

  test('tells that nobody new gets a mail, until there is much room again', async () => {
    const ask = (n: number) =>
      temp.store.atomically((stores) =>
        requestSubscription(
          { ...stores, limits, clock: temp.clock, languages: LANGUAGES },
          { email: `ada${n}@reader${n}.test` },
          { via: 'form', ip: null },
        ),
      );
    const hours = (count: number) => temp.clock.advance(count * 3_600_000);
    await ask(1);
    hours(2);
    await ask(2);
    hours(2);
    await ask(3);
    await lookOnce();
    expect(await open()).toEqual([]);
    await ask(4);
    await ask(5);
    await lookOnce();
    await lookOnce();
    expect(await open()).toEqual(['notices']);
    // One more fits in.
    hours(21);
    await lookOnce();
    expect(await open()).toEqual(['notices']);
    hours(2);
    await lookOnce();
    expect(await open()).toEqual([]);
  });
});
