// @ts-check
/** The embedded service in a separate network namespace. Ends with the process that has started it. */
import { createServer, connect } from 'node:net';
import { AvatarEmulator } from 'avatarkit-session/emulator';
import { SERVICE_ADDRESS } from './namespaces.mjs';

/**
 * The data that the other side needs.
 * @typedef {{ readonly port: number, readonly credentials:
 *   import('avatarkit-session/emulator').EmulatorCredentials }} There
 */

process.on('disconnect', () => process.exit());
process.send?.('there');
// The other side creates the link now. Its message means that the address is available.
process.once('message', () => void listen());

async function listen() {
  const service = await AvatarEmulator.start({ allowedHosts: [SERVICE_ADDRESS] });
  const port = Number(new URL(service.consoleEndpointUrl).port);
  // The service itself listens only on loopback, so this server forwards connections to it.
  const server = createServer((client) => {
    const inner = connect({ port, host: '127.0.0.1' });
    for (const [socket, other] of /** @type {const} */ ([
      [client, inner],
      [inner, client],
    ])) {
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
      socket.pipe(other);
    }
  });
  server.listen(port, SERVICE_ADDRESS, () => process.send?.({ port, credentials: service.credentials }));
}
