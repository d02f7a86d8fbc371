// @ts-check
/** A TCP proxy in front of the peer that delays every byte. It does not delay the TCP handshake. */
import { connect, createServer } from 'node:net';

/** @param {number} port @param {number} oneWayMs */
export async function startDelay(port, oneWayMs) {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    late(near, far, oneWayMs);
    late(far, near, oneWayMs);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: (/** @type {string} */ scheme) => `${scheme}://127.0.0.1:${address.port}`,
    stop: () => server.close(),
  };
}

/** @param {import('node:net').Socket} from @param {import('node:net').Socket} to @param {number} oneWayMs */
function late(from, to, oneWayMs) {
  from.on('data', (data) => void setTimeout(() => to.write(data), oneWayMs));
  from.on('end', () => void setTimeout(() => to.end(), oneWayMs));
  from.on('error', () => to.destroy());
}
