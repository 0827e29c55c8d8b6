import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface AuthServer {
  /** For Postfix's `smtpd_sasl_path`. */
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Says to Postfix who may log in, in Dovecot's authentication protocol 1.1, so that no SASL library
 * has to be installed. It knows PLAIN alone.
 */
export async function startAuthServer(login: { user: string; pass: string }): Promise<AuthServer> {
  const right = Buffer.from(`\0${login.user}\0${login.pass}`).toString('base64');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.write('VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00\nDONE\n');
    let input = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (input + text).split('\n');
      input = lines.pop() ?? '';
      for (const line of lines) {
        const [verb, id, ...fields] = line.split('\t');
        if (verb !== 'AUTH') continue;
        const good = fields.includes(`resp=${right}`);
        socket.write(good ? `OK\t${id}\tuser=${login.user}\n` : `FAIL\t${id}\n`);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    path: `inet:127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
