import { expect } from 'vitest';

const TIMES = 4;
/** Between the 4 of what reads each thing once and the 16 of what reads all for each. */
const MOST = 10;
/** Milliseconds of computing below which a measurement is noise. */
const NOISE = 10;
const TRIES = 3;

/**
 * Expects that four times as much takes about four times as much computing, not sixteen times.
 * What is measured is this process's own work, so it may share the machine.
 * @param work with so many parts of what it is given in full: 1 or 4
 */
export async function expectLinear(work: (parts: number) => unknown): Promise<void> {
  let ratio = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES && ratio > MOST; tries++) {
    const one = await computing(() => work(1));
    const four = await computing(() => work(TIMES));
    ratio = four / Math.max(one, NOISE);
  }
  expect(ratio).toBeLessThanOrEqual(MOST);
}

async function computing(work: () => unknown): Promise<number> {
  const began = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}
