import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/base/logger.js';
import { type Alarm, openAlarms } from '../../src/delivery/alarms/alarms.js';
import { runFormWatch, tellOfAttack } from '../../src/jobs/form-watch.js';
import { parseFormState } from '../../src/subscribers/form/form-state.js';
import { type TempStore, tempStore } from '../store/temp-store.js';

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

describe('an alarm that was lost, since the process ended before it was written', () => {
  let temp: TempStore;
  beforeEach(async () => {
    temp = await tempStore();
  });
  afterEach(() => temp.close());

  const logger = createLogger('silent');
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
    const deps = { form: store.form, clock: once, logger, alarms };
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

  test('is raised by the next look, and ended when the attack is over unseen', async () => {
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
});
