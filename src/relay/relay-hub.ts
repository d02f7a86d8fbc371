/** Relays by their ids: a browser that reconnects gets its relay again. Must not know sessions or messages. */
import { requireFunction, requireOptions, requireString } from '../core/option/option-check.js';
import type { Relay } from './relay.js';
import { checkSocket } from './relay-options.js';
import type { RelaySocket } from './relay-socket.js';

/** The facts about a browser: the request of the upgrade, whose address has `?relay=ID&received=COUNT`, or the two values. */
export interface RelayVisitor {
  /** The address of the request in Node's form: path and query. */
  readonly url?: string | undefined;
  /** The id of the relay that the browser had. */
  readonly id?: string | undefined;
  /** How many messages after `ready` it has received; absent for a page that starts afresh. */
  readonly received?: number | undefined;
}

/** Makes the relay of a new browser, with its listeners. */
export type OpenRelay<Visitor> = (socket: RelaySocket, visitor: Visitor) => Relay;

/**
 * Gives each browser its relay: a new one, or the one with its id. Does not decide which browsers may connect: check the origin and the
 * login before.
 *
 * @example
 * ```ts
 * const hub = new RelayHub((socket) => createRelay({ session: newAvatarSession(options), socket, dialect: 'binary', lingerMs: 30_000 }));
 * server.on('connection', (socket, request) => hub.accept(socket, request));
 * ```
 */
export class RelayHub<Visitor extends RelayVisitor = RelayVisitor> implements AsyncDisposable {
  readonly #open: OpenRelay<Visitor>;
  readonly #relays = new Map<string, Relay>();

  /** @throws TypeError for a value that is no function */
  constructor(open: OpenRelay<Visitor>) {
    this.#open = requireFunction('open', open) as OpenRelay<Visitor>;
  }

  /** The number of relays, including those that wait for their browsers. */
  get size(): number {
    return this.#relays.size;
  }

  /**
   * Attaches the browser to its relay, or opens one. Errors of the hub's function are thrown, and the socket is closed with 1011.
   *
   * @throws TypeError for a value that is no WebSocket of a server
   */
  accept(socket: RelaySocket, visitor: Visitor): Relay {
    const browser = checkSocket(socket);
    const { id, received } = idOf(visitor);
    const known = id === undefined ? undefined : this.#relays.get(id);
    if (known !== undefined) {
      known.attach(browser, { received });
      return known;
    }
    return this.#make(browser, visitor);
  }

  /** Closes all relays. Resolves when their sessions are closed. */
  async close(): Promise<void> {
    await Promise.all([...this.#relays.values()].map((relay) => relay.close()));
  }

  /** Like `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #make(socket: RelaySocket, visitor: Visitor): Relay {
    let relay: Relay;
    try {
      relay = this.#open(socket, visitor);
    } catch (error) {
      socket.on('error', () => undefined);
      socket.close(1011);
      throw error;
    }
    this.#relays.set(relay.id, relay);
    relay.once('close', () => {
      if (this.#relays.get(relay.id) === relay) this.#relays.delete(relay.id);
    });
    return relay;
  }
}

interface KnownVisitor {
  readonly id: string | undefined;
  readonly received: number | undefined;
}

/** A browser may write anything into its address: unreadable values count as absent. */
function idOf(visitor: RelayVisitor): KnownVisitor {
  if (typeof visitor.url !== 'string') return visitorOf(visitor);
  const query = new URLSearchParams(visitor.url.split('?')[1] ?? '');
  const received = query.get('received') ?? '';
  return {
    id: query.get('relay') ?? undefined,
    received: /^\d{1,15}$/.test(received) ? Number(received) : undefined,
  };
}

function visitorOf(visitor: RelayVisitor): KnownVisitor {
  const { id, received } = requireOptions('', visitor, ['url', 'id', 'received']);
  return {
    id: id === undefined ? undefined : requireString('id', id),
    received: received as number | undefined,
  };
}

/**
 * Same as `new RelayHub(open)`: relays for a WebSocket server.
 *
 * @param open makes the relay of a new browser
 * @throws TypeError for a value that is no function
 *
 * @example
 * ```ts
 * const hub = createRelayHub((socket, request) => {
 *   const relay = createRelay({ session: newAvatarSession(options), socket, dialect: 'binary', lingerMs: 30_000 });
 *   relay.on('text', ({ text }) => relay.speak(tts(text)));
 *   return relay;
 * });
 * server.on('connection', (socket, request) => hub.accept(socket, request));
 * ```
 */
export function createRelayHub<Visitor extends RelayVisitor = RelayVisitor>(
  open: OpenRelay<Visitor>,
): RelayHub<Visitor> {
  return new RelayHub(open);
}
