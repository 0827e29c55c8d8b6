// @ts-check
/**
 * A TCP proxy that is as far away as a server elsewhere: `node slow-proxy.js PORT DELAY` passes
 * everything on to PORT after DELAY milliseconds, each direction, in order. It prints its own port.
 */
import { connect, createServer } from 'node:net';

const [port, delay] = process.argv.slice(2).map(Number);

/**
 * Timers of the same length go off in the order in which they were set, so order is kept.
 * @param {import('node:net').Socket} from
 * @param {import('node:net').Socket} to
 */
function passOn(from, to) {
  from.setNoDelay(true);
  from.on('data', (chunk) => {
    setTimeout(() => {
      if (!to.destroyed) to.write(chunk);
    }, delay);
  });
  from.on('end', () => setTimeout(() => to.end(), delay));
  from.on('error', () => to.destroy());
}

const server = createServer({ allowHalfOpen: true }, (client) => {
  const far = connect({ port: port ?? 0, host: '127.0.0.1', allowHalfOpen: true });
  passOn(client, far);
  passOn(far, client);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
