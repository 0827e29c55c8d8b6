import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * An SMTP server over TLS, in a thread of its own, so that it goes on while who sends stands still.
 * It resets the connection as soon as it has read the final dot, and sets `done` to 1.
 */
const { certificate, done } = workerData;
const pem = readFileSync(certificate);
const state = new Int32Array(done);
const replies = new Map([
  ['EHLO', '250 Hello'],
  ['MAIL', '250 Ok'],
  ['RCPT', '250 Ok'],
  ['DATA', '354 Go on'],
]);

/** The connections under TLS, by the port that they come from. */
const raw = new Map();
const server = createServer({ key: pem, cert: pem }, (socket) => {
  let inBody = false;
  let text = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    if (!inBody) {
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const verb = text.slice(0, 4).toUpperCase();
        text = text.slice(end + 2);
        inBody = verb === 'DATA';
        socket.write(`${replies.get(verb) ?? '502 No'}\r\n`);
      }
    } else if (text.endsWith('\r\n.\r\n')) {
      raw.get(socket.remotePort)?.resetAndDestroy();
      Atomics.store(state, 0, 1);
      Atomics.notify(state, 0);
    }
  });
  socket.write('220 Hello\r\n');
});
server.on('connection', (socket) => raw.set(socket.remotePort, socket));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') parentPort?.postMessage(address.port);
});
