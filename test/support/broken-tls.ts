import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What happens where the TLS handshake should: the server hangs up, talks on in the clear, or is silent. */
export type BrokenTls = 'hang up' | 'garbage' | 'silence';

export interface BrokenTlsServer {
  readonly port: number;
  /** Everything that clients said in the clear. */
  readonly heard: string;
  close(): Promise<void>;
}

/** A mail server that offers STARTTLS and can't do it. It would take mail in the clear. */
export async function startBrokenTls(how: BrokenTls): Promise<BrokenTlsServer> {
  const sockets = new Set<Socket>();
  let heard = '';
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    let upgrading = false;
    socket.write('220 broken.test ESMTP\r\n');
    socket.on('data', (chunk) => {
      if (upgrading) {
        if (how === 'hang up') socket.destroy();
        if (how === 'garbage') socket.write('250 2.0.0 I have not understood\r\n');
        return;
      }
      const said = chunk.toString('latin1');
      heard += said;
      upgrading = said.startsWith('STARTTLS');
      socket.write(replyTo(said));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get heard() {
      return heard;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function replyTo(said: string): string {
  if (said.startsWith('EHLO')) return '250-broken.test\r\n250 STARTTLS\r\n';
  if (said.startsWith('STARTTLS')) return '220 2.0.0 Go ahead\r\n';
  if (said.startsWith('DATA')) return '354 Go on\r\n';
  return '250 2.0.0 Ok\r\n';
}
