import type { Behaviour } from './behaviour.js';
import type { Oddity } from './oddity.js';

const SECOND = 1_000;

/** Oddities that speak of recipients, of the sender, or of how much comes in a second. */
export function limits(oddity: Oddity): Behaviour | undefined {
  switch (oddity.kind) {
    case 'greylist':
      return greylist(oddity.ms, oddity.reply);
    case 'rate':
      return rate(oddity);
    case 'refuse':
      return refusing(oddity.reply, oddity.ms);
    default:
      return undefined;
  }
}

function greylist(ms: number, reply: string): Behaviour {
  const firstTries = new Map<string, number>();
  return {
    rcpt: (_visitor, to) => {
      const now = performance.now();
      const first = firstTries.get(to) ?? now;
      firstTries.set(to, first);
      return now - first < ms ? { say: reply } : undefined;
    },
  };
}

/** Looks at the second before each mail, not at seconds of the clock. */
function rate(oddity: Extract<Oddity, { kind: 'rate' }>): Behaviour {
  const { perSecond, counts, reply, domain } = oddity;
  const window = new TrailingSecond();
  if (oddity.at === 'rcpt') {
    return {
      rcpt: (_visitor, to) => {
        if (domain !== undefined && !to.endsWith(`@${domain}`)) return undefined;
        return window.passes(performance.now(), perSecond, counts) ? undefined : { say: reply };
      },
    };
  }
  // Judged as the mail begins, told at the dot: the upload is lost.
  const turnedAway = new Set<string>();
  return {
    data: (to) => {
      if (!window.passes(performance.now(), perSecond, counts)) turnedAway.add(to);
    },
    dot: (_visitor, to) => (turnedAway.delete(to) ? { say: reply } : undefined),
  };
}

class TrailingSecond {
  #times: number[] = [];

  passes(now: number, most: number, counts: 'all' | 'passed'): boolean {
    this.#times = this.#times.filter((time) => now - time < SECOND);
    const passes = this.#times.length < most;
    if (passes || counts === 'all') this.#times.push(now);
    return passes;
  }
}

/** It is mended when it is told to be, or so long after the first recipient. */
function refusing(reply: string, ms: number = Number.POSITIVE_INFINITY): Behaviour {
  let mended = false;
  let first: number | undefined;
  return {
    rcpt: () => {
      first ??= performance.now();
      return mended || performance.now() - first >= ms ? undefined : { say: reply };
    },
    mend: () => {
      mended = true;
    },
  };
}
