import { expect, test } from 'vitest';
import { createLogger } from '../../src/base/logger.js';
import type { Alarm } from '../../src/delivery/alarms/alarms.js';
import { tellOfAttack } from '../../src/jobs/form-watch.js';

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
