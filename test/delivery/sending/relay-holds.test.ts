import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Hold, HoldCode, Holds } from '../../../src/delivery/sending/holds.js';
import { RelayHolds } from '../../../src/delivery/sending/relay-holds.js';
import type { Store } from '../../../src/store/store.js';
import { HOUR, MINUTE, MovableClock, SECOND } from '../../store/clock.js';
import { type TempStore, tempStore } from '../../store/temp-store.js';
import { silent } from '../harness.js';
import { gate } from '../post.js';

const REPLY = '550 5.7.1 Relaying denied';

let temp: TempStore<MovableClock>;
let store: Store;
let clock: MovableClock;
beforeEach(async () => {
  temp = await tempStore(new MovableClock());
  ({ store, clock } = temp);
});
afterEach(() => temp.close());

function made(changes: Partial<Holds> = {}, route = 'smtp'): RelayHolds {
  const holds = { ...store.holds, ...changes };
  return new RelayHolds({ route, holds, clock, logger: silent });
}

/** One that has looked into the store. */
async function looked(holds = made()): Promise<RelayHolds> {
  holds.refresh(await store.throttleStore.look());
  return holds;
}

const inStore = async (): Promise<Hold[]> => (await store.throttleStore.look()).holds;
const hold = (holds: RelayHolds, domain = '', code: HoldCode = 'relaying') =>
  holds.hold(domain, code, REPLY);

describe('a hold that a sender begins', () => {
  test('is known at once, to it and to the store', async () => {
    const holds = await looked();
    expect([holds.any, holds.ofRoute, holds.status, holds.probePending]).toEqual([
      false,
      null,
      null,
      false,
    ]);
    await hold(holds);
    const known = {
      ...{ route: 'smtp', domain: '', code: 'relaying', reply: REPLY, probes: 0 },
      ...{ since: clock.now(), nextAt: clock.now() + MINUTE },
    };
    expect([holds.any, holds.ofRoute]).toEqual([true, known]);
    expect(await inStore()).toEqual([known]);
    expect(holds.status).toEqual({
      ...{ route: 'smtp', domain: '', reply: REPLY, since: clock.now() },
      next: clock.now() + MINUTE,
      reason: 'Sending is held: the server of the route smtp does not relay for us.',
    });
  });

  test('of a domain is one of that domain', async () => {
    const holds = await looked();
    await hold(holds, 'a.example', 'policy');
    expect([holds.ofRoute, holds.domains, holds.any]).toEqual([null, ['a.example'], true]);
    expect([holds.isHeld('a.example'), holds.isHeld('b.example')]).toEqual([true, false]);
    expect(holds.status?.domain).toBe('a.example');
    await hold(holds);
    expect(holds.status?.domain).toBe('');
  });

  test('that is there already takes over the newest words alone', async () => {
    const holds = await looked();
    await hold(holds);
    clock.advance(30 * SECOND);
    await hold(holds, '', 'quota');
    const known = { code: 'quota', since: clock.now() - 30 * SECOND, probes: 0 };
    expect(holds.ofRoute).toMatchObject(known);
    expect(await inStore()).toMatchObject([known]);
  });

  test('is not turned back by a look that began before', async () => {
    const written = gate();
    const holds = await looked(
      made({
        hold: async (...args) => {
          await written.passed;
          return store.holds.hold(...args);
        },
      }),
    );
    const before = await store.throttleStore.look();
    const holding = hold(holds);
    holds.refresh(before);
    expect(holds.ofRoute).not.toBeNull();
    written.open();
    await holding;
    await looked(holds);
    expect(holds.ofRoute).not.toBeNull();
  });
});

describe('a hold that another began', () => {
  test('is seen with the next look, where it is of this route', async () => {
    const [one, other, backup] = [await looked(), await looked(), await looked(made({}, 'backup'))];
    await hold(one);
    await hold(one, 'a.example');
    for (const holds of [other, backup]) await looked(holds);
    expect([other.ofRoute?.code, other.domains]).toEqual(['relaying', ['a.example']]);
    expect(backup.any).toBe(false);
    await one.lift('');
    await looked(other);
    expect([other.ofRoute, other.domains]).toEqual([null, ['a.example']]);
  });
});

describe('probes', () => {
  test('come after 1, 2, 4 … 30 minutes', async () => {
    const holds = await looked();
    await hold(holds);
    const waits: number[] = [];
    for (let n = 0; n < 8; n++) {
      const wait = holds.probeAt() - clock.steady();
      waits.push(wait / MINUTE);
      clock.advance(wait - 1);
      expect(await holds.takeProbe()).toBe(false);
      clock.advance(1);
      expect(await holds.takeProbe()).toBe(true);
      expect(await holds.takeProbe()).toBe(false);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(await inStore()).toMatchObject([{ probes: 8 }]);
  });

  test('go to one of several senders', async () => {
    const senders = [await looked(), await looked(), await looked()];
    const [first] = senders;
    if (first) await hold(first);
    for (const sender of senders) await looked(sender);
    clock.advance(MINUTE);
    const taken = await Promise.all(senders.map((sender) => sender.takeProbe()));
    expect(taken.filter(Boolean)).toHaveLength(1);
    for (const sender of senders) await looked(sender);
    for (const sender of senders) expect(sender.probeAt()).toBe(clock.steady() + 2 * MINUTE);
  });

  test('are not of what is not held', async () => {
    const holds = await looked();
    await hold(holds, 'a.example');
    clock.advance(HOUR);
    expect([holds.probeAt(), await holds.takeProbe()]).toEqual([0, false]);
    expect(await holds.takeProbe('b.example')).toBe(false);
    expect(await holds.takeProbe('a.example')).toBe(true);
  });

  test('come at once for a hold that was found at the start, but once', async () => {
    await hold(await looked());
    clock.advance(SECOND);
    const holds = made();
    expect(holds.probePending).toBe(false);
    await looked(holds);
    expect([holds.probePending, holds.probeAt()]).toEqual([true, 0]);
    expect(await holds.takeProbe()).toBe(true);
    expect([holds.probePending, await holds.takeProbe()]).toEqual([false, false]);
    expect(holds.probeAt()).toBe(clock.steady() + 2 * MINUTE);
  });

  test('go by the store’s clock, whatever this machine’s says', async () => {
    const other = new MovableClock(Date.UTC(2099, 0, 1));
    const holds = new RelayHolds({
      ...{ route: 'smtp', holds: store.holds, clock: other, logger: silent },
    });
    await looked(holds);
    await hold(holds);
    expect(holds.ofRoute?.since).toBe(clock.now());
    expect(holds.probeAt()).toBe(other.steady() + MINUTE);
    await looked(holds);
    expect(holds.probeAt()).toBe(other.steady() + MINUTE);
  });

  test('do not wait for the moment at which the store’s clock was before it was set back', async () => {
    const holds = await looked();
    await hold(holds);
    clock.set(-24 * HOUR);
    await looked(holds);
    expect(holds.probeAt() - clock.steady()).toBeLessThanOrEqual(30 * MINUTE);
  });
});

describe('a mail that is accepted', () => {
  test('ends the hold of its domain and that of all', async () => {
    const holds = await looked();
    for (const domain of ['', 'a.example', 'b.example']) await hold(holds, domain);
    holds.blamed.add('a.example');
    clock.advance(MINUTE);
    await holds.noteAccepted('a.example', clock.steady());
    expect([holds.ofRoute, holds.domains, holds.blamed.size]).toEqual([null, ['b.example'], 0]);
    expect((await inStore()).map(({ domain }) => domain)).toEqual(['b.example']);
  });

  test('says nothing of a hold that was begun while it was under way', async () => {
    const holds = await looked();
    const begunAt = clock.steady();
    clock.advance(SECOND);
    await hold(holds);
    await holds.noteAccepted('a.example', begunAt);
    expect(await inStore()).toHaveLength(1);
    expect(holds.ofRoute).not.toBeNull();
  });

  test('says nothing of a hold that another began while it was under way', async () => {
    const [one, other] = [await looked(), await looked()];
    const begunAt = clock.steady();
    clock.advance(SECOND);
    await hold(one);
    await looked(other);
    await other.noteAccepted('a.example', begunAt);
    expect(await inStore()).toHaveLength(1);
    clock.advance(1);
    await other.noteAccepted('a.example', clock.steady());
    expect(await inStore()).toEqual([]);
  });

  test('lets the next hold begin anew', async () => {
    const holds = await looked();
    await hold(holds);
    clock.advance(MINUTE);
    await holds.takeProbe();
    await holds.noteAccepted('a.example', clock.steady());
    clock.advance(MINUTE);
    await hold(holds);
    expect(holds.ofRoute).toMatchObject({ since: clock.now(), probes: 0 });
    expect(holds.probeAt()).toBe(clock.steady() + MINUTE);
  });
});
