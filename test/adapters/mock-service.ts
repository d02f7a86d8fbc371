/** The service of the transport contract, on mock-socket: a WHATWG WebSocket and a server without any network. */
import { createRequire } from 'node:module';
import type { Clock } from '../../src/ports/clock.js';
import { createWebSocketTransport } from '../../src/adapters/whatwg/websocket-transport.js';
import type { WebSocketConstructor } from '../../src/adapters/whatwg/websocket-transport.js';
import type { ServedConnection, Service } from './transport-contract.js';

interface MockClient {
  on(type: 'message', listener: (data: string | ArrayBuffer) => void): void;
  send(data: string | ArrayBuffer): void;
  close(options: { code: number; reason: string; wasClean: boolean }): void;
}
interface MockServer {
  on(type: 'connection', listener: (client: MockClient) => void): void;
  clients(): readonly MockClient[];
  stop(): void;
}
interface MockSocketModule {
  readonly WebSocket: WebSocketConstructor;
  readonly Server: new (url: string, options: { mock: boolean; verifyClient?: () => boolean }) => MockServer;
}

// Uses require(), because its type declarations need those of the DOM, which this project does not include.
const { WebSocket, Server } = createRequire(import.meta.url)('mock-socket') as MockSocketModule;

/** Copies the bytes, because mock-socket converts views to text, while a real WebSocket sends their bytes. */
export class MockWebSocket extends WebSocket {
  override send(data: Uint8Array): void {
    super.send(Uint8Array.from(data).buffer as unknown as Uint8Array);
  }
}

let served = 0;

export function startMockService(clock?: Clock, verifyClient: () => boolean = () => true): Promise<Service> {
  const url = `ws://mock-${served++}.test/`;
  const server = new Server(url, { mock: false, verifyClient });
  const accepting: ((connection: ServedConnection) => void)[] = [];
  server.on('connection', (client) => {
    const connection = serve(client);
    accepting.shift()?.(connection);
  });
  return Promise.resolve({
    transport: createWebSocketTransport({ WebSocket: MockWebSocket, ...(clock && { clock }) }),
    url,
    deadUrl: 'ws://unknown.test/',
    accepted: () => new Promise((resolve) => accepting.push(resolve)),
    openSockets: () => server.clients().length,
    stop: () => {
      server.stop();
      return Promise.resolve();
    },
  });
}

function serve(client: MockClient): ServedConnection {
  const received: (string | readonly number[])[] = [];
  client.on('message', (data) => received.push(typeof data === 'string' ? data : [...new Uint8Array(data)]));
  return {
    received,
    send: (data) => client.send(typeof data === 'string' ? data : Uint8Array.from(data).buffer),
    close: (code, reason) => client.close({ code, reason, wasClean: true }),
  };
}
