/** The service of the transport contract: a real `ws` server on the loopback interface. */
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Transport } from '../../src/ports/transport.js';
import type { ServedConnection, Service } from './transport-contract.js';

export async function startWsService(transport: Transport): Promise<Service> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const deadPort = await unusedPort();
  return {
    transport,
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    deadUrl: `ws://127.0.0.1:${deadPort}/`,
    accepted: () => new Promise((resolve) => server.once('connection', (socket) => resolve(served(socket)))),
    openSockets: () => server.clients.size,
    stop: async () => {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function served(socket: WebSocket): ServedConnection {
  const received: (string | readonly number[])[] = [];
  socket.on('message', (data, isBinary) => {
    const bytes = data as Buffer;
    received.push(isBinary ? [...bytes] : bytes.toString());
  });
  socket.on('error', (error) => received.push(`error: ${error.message}`));
  return {
    received,
    send: (data) => socket.send(data),
    close: (code, reason) => socket.close(code, reason),
  };
}

/** A port that was free just now, so a connection to it is refused. */
async function unusedPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
