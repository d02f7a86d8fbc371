/**
 * The Redis clients of applications, by their shape: node-redis and ioredis, each as a client of one server or of a cluster. Runs scripts on
 * them within a time of our own: both wait for ever by default where the server does not answer. Imports neither.
 */
import type { Clock } from '../ports/clock.js';
import type { RedisScript } from './redis-scripts.js';

/** What node-redis from version 5 offers: `createClient()`, `createCluster()`, `createSentinel()`. */
export interface NodeRedisLike {
  /** Runs a script that the server knows, by the SHA-1 of its text. */
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  /** Runs a script by its text. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** What ioredis from version 5 offers: `new Redis()`, `new Cluster()`. */
export interface IoRedisLike {
  /** Runs a script that the server knows, by the SHA-1 of its text. */
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

/** @throws TypeError where it is neither */
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

/** Sends the text of a script with its first question on a connection: to learn that it is unknown takes as long as an answer. */
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
        // A replica that took over does not know it, nor does another server of the cluster.
        const { message } = Object(error) as { message?: unknown };
        if (typeof message !== 'string' || !message.startsWith('NOSCRIPT')) throw error;
      }
    }
    const answer = await send(script, keys, args, false);
    known.add(script);
    return answer;
  };
}

/** Calls back whenever the client has a connection again, where it says so. Gives a function that ends that. */
export function onReady(client: unknown, ready: () => void): () => void {
  const { on, off } = Object(client) as Partial<Record<'on' | 'off', unknown>>;
  if (typeof on !== 'function' || typeof off !== 'function') return () => undefined;
  on.call(client, 'ready', ready);
  return () => void off.call(client, 'ready', ready);
}

/** Whether the client has begun to connect, and has no connection yet. False where it does not say. */
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

/** An answer that must be a list. Its elements are numbers or texts; which of the two, and whether as buffers, is set at the client. */
export function listOf(answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) return answer;
  throw new RedisUnavailable('Redis failed: an answer of the script is no list');
}

/**
 * While Redis does not answer, callers fail at once, and one request is tried after this time, milliseconds.
 * An error of Redis is reported at once.
 */
const TRY_AGAIN_MS = 500;
/** How long the first connection of a client is waited for that has begun to connect: TCP, TLS and a name to look up, milliseconds. */
const FIRST_CONNECTION_MS = 2_000;

export class TimedScripts {
  readonly #run: RunScript;
  readonly #client: unknown;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #available = true;
  /** When the next request is tried; undefined unless Redis does not answer. */
  #tryAtMs: number | undefined;
  #closed = false;
  /** Undefined unless the first connection of the client is waited for. */
  #first: { readonly isOver: Promise<void>; readonly end: () => void } | undefined;

  /** @throws TypeError where the client is none */
  constructor(client: unknown, clock: Clock, timeoutMs: number) {
    this.#run = scriptRunner(client);
    this.#client = client;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    if (isConnecting(client)) this.#first = this.#firstConnection();
  }

  /** Whether the last question was answered, and not with an error. */
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

  /** A process that has not asked yet would take the whole limit for itself. */
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
   * The answer. Rejects with RedisUnavailable after `timeoutMs` at the latest, at once where Redis is silent. The first connection of the
   * client is waited for before that.
   *
   * @param late called with an answer that comes after that
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
      // The others do not wait with it.
      this.#tryAtMs = this.#clock.nowMs() + TRY_AGAIN_MS;
    }
    return this.runAnyway(script, keys, args, late);
  }

  /** As `run`, also where Redis is silent. */
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
        // One key of the wrong type says nothing about the others.
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
