import { connect } from 'node:net';

/** As many as a few browsers hold open. */
const CONNECTIONS = 8;
const HEAD_END = '\r\n\r\n';

export interface Target {
  port: number;
  path: string;
  headers?: Record<string, string>;
  /** What every answer has to be. */
  status: 200 | 304;
}

/**
 * Asks as fast as answers come, each connection for one after the other, for `seconds`. It reads no
 * more of an answer than where it ends: Node's own client would be slower than the server.
 * @returns answers a second
 */
export async function hammer(target: Target, seconds: number): Promise<number> {
  const began = performance.now();
  const until = began + seconds * 1_000;
  const counts = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => askUntil(until, target)),
  );
  const answers = counts.reduce((sum, count) => sum + count, 0);
  return answers / ((performance.now() - began) / 1_000);
}

function askUntil(until: number, target: Target): Promise<number> {
  const { port, path, headers = {}, status } = target;
  const fields = Object.entries({ host: `127.0.0.1:${port}`, ...headers });
  const request = Buffer.from(
    `GET ${path} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let answers = 0;
    let received: Buffer = Buffer.alloc(0);
    /** Octets that the answer still lacks; `null` while its head is not known. */
    let missing: number | null = null;
    socket.once('connect', () => socket.write(request));
    socket.once('error', reject);
    socket.on('data', (chunk) => {
      if (missing === null) {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        const end = received.indexOf(HEAD_END);
        if (end === -1) return;
        const head = received.toString('latin1', 0, end);
        if (!head.startsWith(`HTTP/1.1 ${status}`)) {
          socket.destroy();
          reject(new Error(`${path} gave ${head.slice(0, 60)}`));
          return;
        }
        const [, length = '0'] = /^content-length: (\d+)/im.exec(head) ?? [];
        missing = Number(length) + end + HEAD_END.length - received.length;
        received = Buffer.alloc(0);
      } else {
        missing -= chunk.length;
      }
      if (missing > 0) return;
      missing = null;
      answers++;
      if (performance.now() < until) socket.write(request);
      else {
        socket.destroy();
        resolve(answers);
      }
    });
  });
}
