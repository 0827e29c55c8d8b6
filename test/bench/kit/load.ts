import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks for a page `rate` times a second, whether or not earlier answers have come, for `seconds`.
 * @returns for each request the milliseconds from the moment at which it was to be sent: a server
 *   that stalls must not be spared the requests that would have come meanwhile.
 */
export async function load(
  url: string,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const began = performance.now();
  const answers: Promise<number>[] = [];
  for (let nth = 0; nth < rate * seconds; nth++) {
    const at = began + (nth * 1_000) / rate;
    await sleep(Math.max(0, at - performance.now()));
    answers.push(answer(url, agent).then(() => performance.now() - at));
  }
  const times = await Promise.all(answers);
  agent.destroy();
  return times;
}

/** Waits until a page is there. */
export async function untilReady(url: string, given: () => boolean): Promise<void> {
  for (;;) {
    const ready = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    if (given()) throw new Error(`${url} never came up.`);
    await sleep(50);
  }
}

/** Asks once, as the client of that number, whom a proxy names. */
export async function ask(url: string, { nth }: { nth: number }): Promise<void> {
  await answer(url, KEPT, {
    'x-forwarded-for': `10.${nth >> 16}.${(nth >> 8) & 255}.${nth & 255}`,
  });
}

const KEPT = new Agent({ keepAlive: true });

function answer(url: string, agent: Agent, headers = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} gave ${response.statusCode}.`));
      response.resume().once('end', resolve);
    }).once('error', reject);
  });
}
