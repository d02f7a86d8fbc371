/**
 * The sessions of the inspector: the open ones, and the latest that have ended. Reads them when it is called, and once a second to count
 * them. Must not know the caller, or how they are shown.
 */
import type { CountSample } from './protocol.js';
import { TrackedSession } from './tracked-session.js';
import type { UtteranceGlance, Watchable } from './tracked-session.js';

/** Sessions that have ended and are still shown. */
const MAX_ENDED = 200;
const SAMPLE_EVERY_MS = 1_000;
/** Samples of five minutes. */
const MAX_SAMPLES = 300;

/** The callbacks of a source of sessions. */
export interface SessionFollower {
  /** A session was opened, or opened again. `identity` is the same object for the same session. */
  readonly added: (identity: object, session: Watchable) => void;
  /** The session is no longer open. */
  readonly removed: (identity: object) => void;
  /** The remedy of a failure, if it is more specific than that of its code. */
  readonly failed: (id: string, code: string, message: string, remedy: string) => void;
  /** An utterance of the session is over. */
  readonly spoken: (id: string, utterance: UtteranceGlance) => void;
  /** A connection has replaced a lost one. */
  readonly reconnected: (id: string, outageMs: number) => void;
}

/** A source of sessions. */
export interface SessionSource {
  /** Calls the follower until the returned function is called, first with the sessions that are open. */
  follow(follower: SessionFollower): () => void;
  /** Audio kept for re-sends by all of them, bytes. */
  keptBytes(): number;
}

export class SessionTracker {
  readonly #source: SessionSource;
  readonly #byId = new Map<string, TrackedSession>();
  readonly #byIdentity = new WeakMap<object, TrackedSession>();
  #leave: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #onAdded: (session: TrackedSession) => void = () => undefined;
  readonly samples: CountSample[] = [];

  constructor(source: SessionSource) {
    this.#source = source;
  }

  /** @param onAdded called with each session that is opened, or opened again */
  start(onAdded: (session: TrackedSession) => void): void {
    this.#onAdded = onAdded;
    this.#leave = this.#source.follow({
      added: (identity, session) => this.#added(identity, session),
      removed: (identity) => this.#byIdentity.get(identity)?.ended(Date.now()),
      failed: (id, code, message, remedy) => this.#byId.get(id)?.facts.remedyKnown(code, message, remedy),
      spoken: (id, utterance) => this.#byId.get(id)?.spoken(utterance, Date.now()),
      reconnected: (id, outageMs) => this.#byId.get(id)?.facts.outageKnown(outageMs),
    });
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS);
    this.#timer.unref();
  }

  /** Sessions by their ids, the newest last. */
  get sessions(): ReadonlyMap<string, TrackedSession> {
    return this.#byId;
  }

  get keptBytes(): number {
    return this.#source.keptBytes();
  }

  /** Reads every open session. */
  look(): void {
    const nowMs = Date.now();
    for (const session of this.#byId.values()) session.look(nowMs);
    this.#forgetOldest();
  }

  stop(): void {
    this.#leave();
    clearInterval(this.#timer);
  }

  #added(identity: object, source: Watchable): void {
    let session = this.#byIdentity.get(identity);
    if (session === undefined) {
      session = new TrackedSession(source.id, source, Date.now());
      this.#byIdentity.set(identity, session);
    } else {
      session.reopened(source);
    }
    this.#byId.set(session.id, session);
    this.#onAdded(session);
  }

  #forgetOldest(): void {
    const ended = [...this.#byId.values()].filter(({ isOpen }) => !isOpen);
    for (const { id } of ended.slice(0, Math.max(ended.length - MAX_ENDED, 0))) this.#byId.delete(id);
  }

  #sample(): void {
    let connected = 0;
    let dialling = 0;
    let waiting = 0;
    for (const session of this.#byId.values()) {
      if (!session.isOpen) continue;
      session.look(Date.now());
      const { state } = session.row;
      if (state === 'websocket_runtime') connected += 1;
      else if (state === 'session_token' || state === 'websocket_connect') dialling += 1;
      else if (state === 'waiting') waiting += 1;
    }
    this.#forgetOldest();
    this.samples.push({ atMs: Date.now(), connected, dialling, waiting });
    if (this.samples.length > MAX_SAMPLES) this.samples.shift();
  }
}
