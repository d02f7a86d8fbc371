/**
 * A speech provider on a loopback WebSocket, played from a recording: the messages that it sends, and the
 * messages of the client that it waits for in between.
 */
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

type Json = Readonly<Record<string, unknown>>;
type Step =
  /** A message to the client. `"$name"` in it is replaced by the field `name` of the last message of the client. */
  | { readonly send: Json; readonly times?: number; readonly afterMs?: number }
  /** The client's next message must have these fields. */
  | { readonly receive: Json };

const RECORDINGS = new URL('../../examples/recorded/', import.meta.url);

export class RecordedProvider {
  readonly url: string;
  /** All messages that the client has sent. */
  readonly received: Json[] = [];
  readonly #server: WebSocketServer;
  #messageCame = (): void => undefined;
  #failure: Error | undefined;

  private constructor(server: WebSocketServer, steps: readonly Step[]) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket: WebSocket) => {
      socket.on('message', (data: Buffer) => {
        this.received.push(JSON.parse(data.toString()) as Json);
        this.#messageCame();
      });
      this.#play(socket, steps).then(
        () => socket.close(),
        (error: unknown) => {
          this.#failure = error as Error;
          socket.terminate();
        },
      );
    });
  }

  /** Plays `examples/recorded/NAME.json` to each client. */
  static async start(name: string): Promise<RecordedProvider> {
    const steps = JSON.parse(await readFile(new URL(`${name}.json`, RECORDINGS), 'utf8')) as readonly Step[];
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    return new RecordedProvider(server, steps);
  }

  /** Throws if the client has sent other messages than the recorded ones. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #play(socket: WebSocket, steps: readonly Step[]): Promise<void> {
    let taken = 0;
    let last: Json = {};
    for (const step of steps) {
      if ('send' in step) {
        if (step.afterMs !== undefined) await after(step.afterMs);
        const message = JSON.stringify(withFields(step.send, last));
        for (let time = 0; time < (step.times ?? 1); time += 1) socket.send(message);
        continue;
      }
      while (this.received.length === taken) await new Promise<void>((came) => (this.#messageCame = came));
      const got = this.received[taken] ?? {};
      taken += 1;
      const expected = withFields(step.receive, last);
      if (!has(got, expected))
        throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
      last = { ...last, ...got };
    }
  }
}

function withFields(message: Json, last: Json): Json {
  const filled = Object.entries(message).map(([name, value]) =>
    typeof value === 'string' && value.startsWith('$') ? [name, last[value.slice(1)]] : [name, value],
  );
  return Object.fromEntries(filled) as Json;
}

function has(got: Json, expected: Json): boolean {
  return Object.entries(expected).every(
    ([name, value]) => JSON.stringify(got[name]) === JSON.stringify(value),
  );
}
