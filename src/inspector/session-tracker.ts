/**
 * The sessions that the inspector knows: those that are open, and the last that were. Looks at them when it is asked to, and once a second
 * to count them. Must not know who asks, and how it is shown.
 */
import type { CountSample } from './protocol.js';
import { TrackedSession } from './tracked-session.js';
import type { UtteranceGlance, Watchable } from './tracked-session.js';

/** Sessions that are over and still shown. */
const MAX_ENDED = 200;
const SAMPLE_EVERY_MS = 1_000;
/** Five minutes. */
const MAX_SAMPLES = 300;

/** What a source of sessions calls. */
export interface SessionFollower {
  /** A session is open, maybe again. `identity` is the same object for the same session. */
  readonly added: (identity: object, session: Watchable) => void;
  /** It is open no longer. */
  readonly removed: (identity: object) => void;
  /** What to do about a failure of it, when more is known than what its code says. */
  readonly failed: (id: string, code: string, message: string, remedy: string) => void;
  /** An utterance of it is over. */
  readonly spoken: (id: string, utterance: UtteranceGlance) => void;
  /** A connection has replaced a lost one. */
  readonly reconnected: (id: string, outageMs: number) => void;
}

/** Where sessions come from. */
export interface SessionSource {
  /** Calls back until the function that it returns is called, at first with the sessions that are open. */
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

  /** @param onAdded called with each session that is open, or open again */
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

  /** By their ids, the newest last. */
  get sessions(): ReadonlyMap<string, TrackedSession> {
    return this.#byId;
  }

  get keptBytes(): number {
    return this.#source.keptBytes();
  }

  /** Looks at every session that is open. */
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
