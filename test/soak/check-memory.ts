import type { Check } from './check-ledger.js';
import type { MemorySample } from './programs.js';

/** The share of a process's life in which it fills its caches. */
const WARM_UP = 0.25;
/** The share at its end that is held against what it had right after. */
const END = 0.2;
/** Fewer samples of one process say nothing. */
const LEAST = 20;
const MB = 1_048_576;

/** How many times as much a process may hold at its end as after its warm-up. */
export const MEMORY_RATIO = 1.3;

/** Those that run for as long as nobody stops them. */
const LONG_LIVED = ['serve', 'worker'] as const;

/** What the longest-lived process of a command held after its warm-up, and at its end. */
export function measureGrowth(
  samples: readonly MemorySample[],
  wanted: (typeof LONG_LIVED)[number] = 'serve',
): { after: number; end: number } | null {
  const lives = new Map<number, number[]>();
  for (const { command, pid, rss } of samples) {
    if (command === wanted) lives.set(pid, [...(lives.get(pid) ?? []), rss]);
  }
  const [longest = []] = [...lives.values()].sort((a, b) => b.length - a.length);
  if (longest.length < LEAST) return null;
  const piece = Math.floor(longest.length * END);
  const warm = Math.floor(longest.length * WARM_UP);
  return {
    after: floor(longest.slice(warm, warm + piece)),
    end: floor(longest.slice(-piece)),
  };
}

export function checkMemory(samples: readonly MemorySample[], ratio = MEMORY_RATIO): Check {
  const name = `memory is flat: at most ${ratio} times what it was after the warm-up`;
  const [told, violations]: [string[], string[]] = [[], []];
  for (const command of LONG_LIVED) {
    const growth = measureGrowth(samples, command);
    if (growth === null) {
      told.push(`${command} not measured: too few samples`);
      continue;
    }
    const { after, end } = growth;
    const figures = `${command} ${toMb(after)} MB after the warm-up, ${toMb(end)} MB at the end, ${(end / after).toFixed(2)} times`;
    told.push(figures);
    if (end > ratio * after) violations.push(figures);
  }
  return { name, violations, note: told.join('; ') };
}

/** One process after another, in few figures. */
export function memorySeries(samples: readonly MemorySample[], most = 12): string[] {
  const lives = new Map<string, number[]>();
  for (const { command, pid, rss } of samples) {
    const key = `${command} ${pid}`;
    lives.set(key, [...(lives.get(key) ?? []), rss]);
  }
  return [...lives].map(([who, all]) => {
    const step = Math.max(1, Math.ceil(all.length / most));
    return `${who}: ${all
      .filter((_, n) => n % step === 0)
      .map(toMb)
      .join(' ')} MB`;
  });
}

/** The lower quartile: what is left when garbage was collected, which is what grows where there is a leak. */
function floor(all: readonly number[]): number {
  const sorted = [...all].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 4)] ?? 0;
}

const toMb = (bytes: number) => Math.round(bytes / MB);
