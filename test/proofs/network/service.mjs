// @ts-check
/** The embedded service in a namespace of its own. Ends with the process that has started it. */
import { createServer, connect } from 'node:net';
import { AvatarEmulator } from 'avatarkit-session/emulator';
import { SERVICE_ADDRESS } from './namespaces.mjs';

/**
 * What the other side needs to know.
 * @typedef {{ readonly port: number, readonly credentials: import('avatarkit-session/emulator').EmulatorCredentials }} There
 */

process.on('disconnect', () => process.exit());
process.send?.('there');
// The line is made now; its address can be listened at when the other side says so.
process.once('message', () => void listen());

async function listen() {
  const service = await AvatarEmulator.start({ allowedHosts: [SERVICE_ADDRESS] });
  const port = Number(new URL(service.consoleEndpointUrl).port);
  // The service itself listens on loopback only.
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
