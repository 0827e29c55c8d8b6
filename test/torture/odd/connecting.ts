import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { OddServerProcess } from './odd-server-process.js';

const CONNECTIONS = 160;

/**
 * Seconds that a connection costs a client that has nothing else to do, when so many are made side
 * by side: greeting, EHLO, TLS if it is wanted, QUIT. No sender can save them where a server
 * closes all the time.
 */
export async function connectionSeconds(side: number, tls: boolean): Promise<number> {
  const server = await OddServerProcess.start({ oddity: { kind: 'none' }, seed: 1, tls, think: 0 });
  try {
    const port = Number(new URL(server.url).port);
    const began = performance.now();
    let left = CONNECTIONS;
    await Promise.all(
      Array.from({ length: side }, async () => {
        while (left > 0) {
          left -= 1;
          await connectOnce(port);
        }
      }),
    );
    return (performance.now() - began) / 1_000 / CONNECTIONS;
  } finally {
    await server.close();
  }
}

async function connectOnce(port: number): Promise<void> {
  const connection = new SMTPConnection({
    host: '127.0.0.1',
    port,
    tls: { rejectUnauthorized: false },
  });
  await new Promise<void>((resolve, reject) => {
    connection.once('error', reject);
    connection.connect((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  const ended = new Promise<void>((resolve) => connection.once('end', () => resolve()));
  connection.quit();
  await ended;
}
