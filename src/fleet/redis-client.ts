/**
 * The Redis clients of applications, recognized by their methods: node-redis and ioredis, each for one server or a cluster. Runs scripts
 * on them with a time limit of our own, because by default both wait for ever if the server does not answer. Imports neither.
 */
import type { Clock } from '../ports/clock.js';
import type { RedisScript } from './redis-scripts.js';

/** The methods of node-redis from version 5 on that are used: `createClient()`, `createCluster()`, `createSentinel()`. */
export interface NodeRedisLike {
  /** Runs a script that the server has, by the SHA-1 of its text. */
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  /** Runs a script by its text. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** The methods of ioredis from version 5 on that are used: `new Redis()`, `new Cluster()`. */
export interface IoRedisLike {
  /** Runs a script that the server has, by the SHA-1 of its text. */
  evalsha(sha: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>;
  /** Runs a script by its text. */
  eval(script: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** A connected client of the application; this package neither connects nor closes it. */
export type RedisClientLike = NodeRedisLike | IoRedisLike;

export type RunScript = (
  script: RedisScript,
  keys: readonly string[],
  args: readonly string[],
) => Promise<unknown>;

/** @throws TypeError if it is neither */
export function scriptRunner(client: unknown): RunScript {
  const known = Object(client) as Partial<NodeRedisLike & Omit<IoRedisLike, 'eval'>>;
  if (typeof known.evalSha === 'function') return runnerOfNodeRedis(client as NodeRedisLike);
  if (typeof known.evalsha === 'function') return runnerOfIoRedis(client as IoRedisLike);
  throw new TypeError(
    'client must be a client of redis (node-redis) or ioredis, from version 5 on: npm install redis, or npm install ioredis',
  );
}

function runnerOfNodeRedis(client: NodeRedisLike): RunScript {
  return textThenSha(client, (script, keys, args, isKnown) => {
    const options = { keys: [...keys], arguments: [...args] };
    return isKnown ? client.evalSha(script.sha, options) : client.eval(script.text, options);
  });
}

function runnerOfIoRedis(client: IoRedisLike): RunScript {
  return textThenSha(client, (script, keys, args, isKnown) =>
    isKnown
      ? client.evalsha(script.sha, keys.length, ...keys, ...args)
      : client.eval(script.text, keys.length, ...keys, ...args),
  );
}

/** Sends the text of a script with its first call on a connection: a reply that the script is unknown would take as long as an answer. */
function textThenSha(
  client: unknown,
  send: (...call: [...Parameters<RunScript>, isKnown: boolean]) => Promise<unknown>,
): RunScript {
  const known = new Set<RedisScript>();
  onReady(client, () => known.clear());
  return async (script, keys, args) => {
    if (known.has(script)) {
      try {
        return await send(script, keys, args, true);
      } catch (error) {
        // A replica that took over, or another server of the cluster, may not have the script.
        const { message } = Object(error) as { message?: unknown };
        if (typeof message !== 'string' || !message.startsWith('NOSCRIPT')) throw error;
      }
    }
    const answer = await send(script, keys, args, false);
    known.add(script);
    return answer;
  };
}

/** Calls `ready` whenever the client has connected again, if it emits that event. Returns a function that unsubscribes. */
export function onReady(client: unknown, ready: () => void): () => void {
  const { on, off } = Object(client) as Partial<Record<'on' | 'off', unknown>>;
  if (typeof on !== 'function' || typeof off !== 'function') return () => undefined;
  on.call(client, 'ready', ready);
  return () => void off.call(client, 'ready', ready);
}

/** Whether the client is connecting for the first time. False if it does not report that. */
function isConnecting(client: unknown): boolean {
  const { isOpen, isReady, status } = Object(client) as Partial<
    Record<'isOpen' | 'isReady' | 'status', unknown>
  >;
  if (isReady !== undefined) return isOpen === true && isReady === false;
  return status === 'connecting' || status === 'connect' || status === 'reconnecting';
}

/** Redis did not answer in time, or with an error; or the client has no connection. */
export class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable';
}

const SILENT = 'Redis does not answer';

/** An answer that must be a list. Its elements are numbers or texts, maybe as buffers: that is a setting of the client. */
export function listOf(answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) return answer;
  throw new RedisUnavailable('Redis failed: an answer of the script is no list');
}

/**
 * While Redis does not answer, calls fail at once, and one request is tried after this time, milliseconds. After an error answer of Redis
 * the next call is sent at once.
 */
const TRY_AGAIN_MS = 500;
/** How long to wait for the first connection of a client that is connecting (name look-up, TCP, TLS), milliseconds. */
const FIRST_CONNECTION_MS = 2_000;

export class TimedScripts {
  readonly #run: RunScript;
  readonly #client: unknown;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #available = true;
  /** When the next request may be tried; undefined unless Redis has not answered. */
  #tryAtMs: number | undefined;
  #closed = false;
  /** The wait for the first connection of the client; undefined without one. */
  #first: { readonly isOver: Promise<void>; readonly end: () => void } | undefined;

  /** @throws TypeError if `client` is no Redis client */
  constructor(client: unknown, clock: Clock, timeoutMs: number) {
    this.#run = scriptRunner(client);
    this.#client = client;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    if (isConnecting(client)) this.#first = this.#firstConnection();
  }

  /** Whether Redis answered the latest request without an error. */
  get available(): boolean {
    return this.#available;
  }

  onReady(ready: () => void): () => void {
    return onReady(this.#client, () => {
      this.#tryAtMs = undefined;
      ready();
    });
  }

  close(): void {
    this.#closed = true;
    this.#available = false;
    this.#first?.end();
  }

  /** Waits for the connection, because a process without an answer would use the whole limit for itself. */
  #firstConnection(): { readonly isOver: Promise<void>; readonly end: () => void } {
    let end = (): void => undefined;
    const isOver = new Promise<void>((resolve) => {
      end = (): void => {
        timer.cancel();
        unlisten();
        this.#first = undefined;
        resolve();
      };
      const timer = this.#clock.schedule(FIRST_CONNECTION_MS, end);
      const unlisten = onReady(this.#client, end);
    });
    return { isOver, end };
  }

  /**
   * Runs a script and resolves with the answer. Rejects with RedisUnavailable after `timeoutMs` at the latest, or at once while Redis
   * does not answer. Waits for the first connection of the client before that.
   *
   * @param late called with an answer that comes after the rejection
   */
  run(
    script: RedisScript,
    keys: readonly string[],
    args: readonly string[],
    late?: (answer: unknown) => void,
  ): Promise<unknown> {
    if (this.#closed) return Promise.reject(new RedisUnavailable('the coordinator is closed'));
    if (this.#first !== undefined) return this.#first.isOver.then(() => this.run(script, keys, args, late));
    if (this.#tryAtMs !== undefined) {
      if (this.#clock.nowMs() < this.#tryAtMs) return Promise.reject(new RedisUnavailable(SILENT));
      // Other calls do not wait for this one.
      this.#tryAtMs = this.#clock.nowMs() + TRY_AGAIN_MS;
    }
    return this.runAnyway(script, keys, args, late);
  }

  /** Like `run`, even while Redis does not answer. */
  runAnyway(
    script: RedisScript,
    keys: readonly string[],
    args: readonly string[],
    late?: (answer: unknown) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let over = false;
      const failed = (cause?: unknown): void => {
        if (over) return;
        over = true;
        timer.cancel();
        this.#available = false;
        // A key of the wrong type does not affect other keys.
        this.#tryAtMs = cause === undefined ? this.#clock.nowMs() + TRY_AGAIN_MS : undefined;
        const why =
          cause instanceof Error && cause.message !== '' ? `Redis failed: ${cause.message}` : SILENT;
        reject(new RedisUnavailable(why, { cause }));
      };
      const timer = this.#clock.schedule(this.#timeoutMs, () => {
        // A late timer runs before the socket is read.
        this.#clock.afterPendingInput(() => failed());
      });
      const answered = (answer: unknown): void => {
        this.#available = true;
        this.#tryAtMs = undefined;
        timer.cancel();
        if (over) late?.(answer);
        else resolve(answer);
        over = true;
      };
      try {
        this.#run(script, keys, args).then(answered, failed);
      } catch (error) {
        failed(error);
      }
    });
  }
}
