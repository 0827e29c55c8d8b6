import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * Whether a tier has to be left out because `file` is not on this machine. It is never left out
 * silently, and with REQUIRE_TIERS=1 not at all.
 */
export function lacks(tier: string, file: string): boolean {
  return !existsSync(file) && skipped(`${tier}: ${file} is not installed`);
}

/** The same for what only root may start. */
export function lacksRoot(tier: string): boolean {
  return process.getuid?.() !== 0 && skipped(`${tier}: this is not root`);
}

/** The same for ports that must be free, since the program always uses these. */
export async function lacksPorts(tier: string, ports: number[]): Promise<boolean> {
  for (const port of ports) {
    if (!(await isFree(port))) return skipped(`${tier}: port ${port} is taken`);
  }
  return false;
}

function skipped(what: string): true {
  if (process.env['REQUIRE_TIERS'] === '1') throw new Error(what);
  console.warn(`SKIPPED ${what}`);
  return true;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}
