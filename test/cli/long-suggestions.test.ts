import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, openDesk, sentences } from './desk.js';

const [PENDING, DECLINED, NAMES] = [1_000, 3_000, 20];
const COMMENT = 'β'.repeat(500);

interface Listed {
  counts: Record<string, number>;
  suggestions: { paperId: string; suggesters: { number: number; comment: string }[] }[];
}

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  await desk.run(['migrate']);
  fill(new SQLite(join(desk.path, 'paperboy.db')));
});
afterEach(() => desk.close());

const idOf = (n: number) => `2603.${10_000 + n}`;

/** As many as the form takes, each with as many names as it takes, and thousands that are decided. */
function fill(database: SQLite.Database): void {
  const suggestion = database.prepare(
    `insert into suggestions (paper_id, state, suggested_at, decided_at) values (?, ?, ?, ?)`,
  );
  const suggester = database.prepare('insert into suggesters values (?, ?, ?, ?)');
  database.transaction(() => {
    for (let n = 0; n < PENDING; n++) {
      suggestion.run(idOf(n), 'pending', n + 1, null);
      for (let name = 1; name <= NAMES; name++) {
        suggester.run(idOf(n), `Name ${name}`, COMMENT, name);
      }
    }
    for (let n = PENDING; n < PENDING + DECLINED; n++) {
      suggestion.run(idOf(n), 'declined', n + 1, n + 1);
    }
  })();
  database.close();
}

describe('thousands of suggestions', () => {
  const list = (...more: string[]) => desk.json<Listed>(['suggestions', 'list', ...more]);

  test('are listed few by few, or all of them, with all that was said', async () => {
    const { stdout } = await desk.run(['suggestions', 'list']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(50 * (1 + NAMES) + 1);
    expect(lines[0]).toMatch(/^2603\.10000 {2}since 1970-01-01/);
    expect(lines.at(-1)).toBe('1000 pending, 0 accepted, 3000 declined');

    const all = await list('--limit', '999999');
    expect(all.suggestions.map(({ paperId }) => paperId)).toEqual(
      Array.from({ length: PENDING }, (_, n) => idOf(n)),
    );
    for (const { suggesters } of all.suggestions) {
      expect(suggesters.map(({ number }) => number)).toEqual(
        Array.from({ length: NAMES }, (_, place) => place + 1),
      );
      expect(suggesters.every(({ comment }) => comment === COMMENT)).toBe(true);
    }
    const declined = await list('--state', 'declined', '--limit', '2999');
    expect(declined.suggestions).toHaveLength(2999);
    expect(declined.suggestions[0]?.paperId).toBe(idOf(PENDING + DECLINED - 1));
    expect((await list('--limit', '0')).suggestions).toEqual([]);
  });

  test('are declined all at once, by their names or without, and no other is', async () => {
    const named = Array.from({ length: 600 }, (_, n) => idOf(n));
    const decided = await desk.run(['suggestions', 'decline', ...named, idOf(PENDING)]);
    expect([decided.code, sentences(decided)]).toEqual([
      1,
      [`paperboy: The suggestion of ${idOf(PENDING)} is declined already.`],
    ]);
    expect(await desk.json(['suggestions', 'decline', ...named])).toEqual({
      declined: named,
      reason: null,
    });
    const rest = await desk.json(['suggestions', 'decline', '--all', '--reason', 'spam']);
    expect(rest).toEqual({
      declined: Array.from({ length: PENDING - 600 }, (_, n) => idOf(600 + n)),
      reason: 'spam',
    });
    expect(await list()).toEqual({
      counts: { pending: 0, accepted: 0, declined: PENDING + DECLINED },
      suggestions: [],
    });
    const spam = `select count(*) as count from suggestions where reason = 'spam'`;
    expect(desk.rows(spam)).toEqual([{ count: PENDING - 600 }]);
    const again = await desk.run(['suggestions', 'decline', '--all']);
    expect([again.code, again.stdout]).toEqual([0, '0 suggestions declined.\n']);
  });
});
