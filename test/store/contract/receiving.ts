import { describe, expect, test } from 'vitest';
import { event, inboundOn, returnPaths } from '../../delivery/inbound/desk.js';
import { dsn } from '../../support/report-mails.js';
import { HOUR } from '../clock.js';
import { type Dialect, settle, type World, worlds } from './dialect.js';

const DAY = 24 * HOUR;
const accepted = { kind: 'accepted', reply: '250 Ok' } as const;

/** A reader with a mail on each of so many days, and the return paths of those. */
async function daily(w: World, days: number, apart = DAY) {
  const reader = await w.subscriber();
  const paths: string[] = [];
  for (let day = 0; day < days; day++) {
    const { id } = await w.mail('notices', reader);
    await w.send('notices', id, 'one');
    await settle(w.box('notices'), id, 'one', accepted, null);
    paths.push(returnPaths.build('n', id).from);
    w.clock.advance(apart);
  }
  return { reader, paths };
}

/** What several doors of several processes take in at once. */
export function receivingContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('reports that come in at once', () => {
    const doors = async (w: World) =>
      [w.store, await w.handle(), await w.handle()].map((store) => inboundOn(store, w.clock));
    const mail = (to: string) =>
      ({ octets: dsn({ to, recipient: null }), via: 'smtp', recipients: [to] }) as const;

    test('are written and acted on once, where they are the same', async () => {
      const w = await world();
      const { reader, paths } = await daily(w, 1);
      const all = await Promise.all(
        [...(await doors(w)), ...(await doors(w))].map((door) =>
          door.receive(mail(paths[0] ?? '')),
        ),
      );
      const actions = all.flat().map(({ action }) => action);
      expect(actions.sort()).toEqual([...Array(5).fill('repeated'), 'suppressed']);
      expect(await w.store.reports.loadReports(reader.id, 9)).toHaveLength(1);
      expect(await w.store.subscribers.suppressionEvents(reader.email)).toHaveLength(1);
    });

    test('of two mails to one reader each see the other', async () => {
      const w = await world();
      const [one, two] = await doors(w);
      for (let n = 0; n < 5; n++) {
        // The first mail was taken. Two that come back suppress, one does not.
        const { reader, paths } = await daily(w, 3, 2 * DAY);
        const [, first = '', second = ''] = paths;
        await Promise.all([one?.receive(mail(first)), two?.receive(mail(second))]);
        expect(await w.store.subscribers.findSuppression(reader.email)).not.toBeNull();
      }
    });

    test('are written once as events of a provider, too', async () => {
      const w = await world();
      const { reader } = await daily(w, 1);
      const one = event({ at: w.clock.now(), recipient: reader.email, kind: 'complaint' });
      const all = await Promise.all((await doors(w)).map((door) => door.receiveEvent(one)));
      expect(all.map(({ action }) => action).sort()).toEqual([
        'repeated',
        'repeated',
        'suppressed',
      ]);
    });
  });
}
