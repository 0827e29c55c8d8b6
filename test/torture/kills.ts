/** Before the server has a message, which is lost then unless it is sent again; or after. */
export type Stage = 'rcpt' | 'dot';

/** When a sender is killed, counted from its start. */
export type Moment =
  /** After a share of the mails that are its own to send. */
  | { kind: 'accepted'; share: number }
  /** As above, and then once so many connections wait for the reply at this stage. */
  | { kind: 'held'; share: number; stage: Stage; held: number }
  /** After so many milliseconds, which may be before it sends anything. */
  | { kind: 'time'; ms: number };

export type Command = 'send' | 'serve' | 'worker';

export interface Kill {
  command: Command;
  moment: Moment;
}

/** Longest wait for a kill by time: past the start of a program on a busy machine. */
const LONGEST = 4_000;

/**
 * Numbers in [0, 1) that are the same for the same seed (mulberry32), so that a run can be asked
 * for again. What they strike still depends on the machine.
 */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws whom to kill and when. The first one plans, which only `send` does. */
export function drawKills(count: number, connections: number, random: () => number): Kill[] {
  return Array.from({ length: count }, (_, index) => ({
    command: index === 0 ? 'send' : drawCommand(random),
    moment: drawMoment(connections, random),
  }));
}

function drawCommand(random: () => number): Command {
  const kind = random();
  if (kind < 0.2) return 'serve';
  return kind < 0.4 ? 'worker' : 'send';
}

function drawMoment(connections: number, random: () => number): Moment {
  const kind = random();
  const share = random();
  if (kind < 0.6) {
    const stage = kind < 0.3 ? 'rcpt' : 'dot';
    return { kind: 'held', share, stage, held: 1 + Math.floor(random() * connections) };
  }
  if (kind < 0.85) return { kind: 'accepted', share };
  return { kind: 'time', ms: Math.floor(random() * LONGEST) };
}

/**
 * How many further mails may be accepted before a kill: at least one, and never so many that the
 * kills to come would find nothing left to strike.
 * @param share in [0, 1)
 */
export function furtherMails(share: number, left: number, killsLeft: number): number {
  return 1 + Math.floor((share * 1.6 * left) / (killsLeft + 1));
}
