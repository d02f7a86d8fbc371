/** A TCP server that answers an HTTP request with the bytes that a test gives it, valid or invalid. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface RawServer {
  readonly port: number;
  /** The connections that are currently open. */
  readonly sockets: ReadonlySet<Socket>;
  stop(): Promise<void>;
}

/** `answer` is called once per connection, when the head of its request is complete. */
export async function startRawServer(answer: (socket: Socket, head: string) => void): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined); // Tests cause resets by the client, so an error is expected.
    let head = '';
    const read = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', read);
      socket.resume();
      answer(socket, head);
    };
    socket.on('data', read);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The head of a valid 101 response, without the empty line that ends it. */
export function switching(head: string, changes: Readonly<Record<string, string | undefined>> = {}): string {
  const key = /^sec-websocket-key: (.+)\r$/im.exec(head)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const headers: Readonly<Record<string, string | undefined>> = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': accept,
    ...changes,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}: ${value}`,
  );
  return ['HTTP/1.1 101 Switching Protocols', ...lines, ''].join('\r\n');
}

/** An unmasked frame of at most 125 bytes, FIN set. */
export function frame(opcode: number, payload: Uint8Array | string): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.of(0x80 | opcode, bytes.length), bytes]);
}
