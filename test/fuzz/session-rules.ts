/**
 * The rules that a session keeps for any received messages, checked from outside. The first broken rule is
 * thrown at the end of a run, because errors that an application throws in a callback are caught.
 */
import { inspect } from 'node:util';
import { AvatarSDKError } from '../../src/index.js';
import type { AvatarSession, Frame, PlaybackEvent, SessionState } from '../../src/index.js';
import { AVATAR_SDK_ERROR_CODES } from '../../src/core/failure/avatar-sdk-error-code.js';
import { SESSION_EVENTS, transition } from '../../src/core/session/session-life.js';
import { decodeServerMessage } from '../../src/wire/decode.js';
import type { FakeTransport } from '../client/fake-transport.js';

/** Control, bidirectional and zero-width characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

export class SessionRules {
  #breach: string | undefined;
  readonly #transport: FakeTransport;
  readonly #secrets: readonly string[];
  #state: SessionState = 'idle';
  #closed = false;
  readonly #own = new Set<string>();
  readonly #interrupted = new Set<string>();
  readonly #keyframes = new Map<string, number>();
  readonly #ended = new Set<string>();
  /** Whether the playback of a request has started and not ended. */
  readonly #playing = new Map<string, boolean>();

  constructor(session: AvatarSession, transport: FakeTransport, secrets: readonly string[]) {
    this.#transport = transport;
    this.#secrets = secrets;
    session.on('state', ({ from, to, reason }) => {
      this.#shown('an event', reason);
      const legal = SESSION_EVENTS.some((event) => transition(from, event) === to);
      this.must(legal && from === this.#state, `legal transitions: ${from} → ${to} in ${this.#state}`);
      this.#state = to;
      this.#any('state');
    });
    session.on('error', (error) => {
      this.#any('error');
      this.rejected(error);
    });
    session.on('retry', ({ delayMs }) => {
      this.must(Number.isFinite(delayMs) && delayMs >= 0, `a finite delay: ${delayMs}`);
      this.#any('retry');
    });
    session.on('reconnect', (info) => {
      this.#any('reconnect');
      this.#shown('an event', `${info.connectionId} ${info.previousConnectionId}`);
    });
    session.on('playback', (event) => {
      this.#any('playback');
      this.#shown('an event', event.reason ?? '');
      this.#playback(event);
    });
    session.on('frame', (frame) => this.#frame(frame));
    session.on('close', () => {
      this.#any('close');
      for (const [reqId, isOpen] of this.#playing) this.must(!isOpen, `an end of the playback of ${reqId}`);
      this.#closed = true;
    });
  }

  get breach(): string | undefined {
    return this.#breach;
  }

  must(holds: boolean, rule: string): void {
    if (!holds) this.#breach ??= rule;
  }

  /** Registers a request of this session: its keyframes must arrive once and in order. */
  began(reqId: string): void {
    this.must(!this.#own.has(reqId), `a request id of its own for each request: ${reqId}`);
    this.#own.add(reqId);
  }

  /** From now on, no frame of these requests may arrive. */
  interrupted(reqIds: Iterable<string>): void {
    for (const reqId of reqIds) this.#interrupted.add(reqId);
  }

  get requests(): readonly string[] {
    return [...this.#own];
  }

  /** Checks the rejection of a promise of an utterance. */
  requestRejected(error: unknown): void {
    this.rejected(error);
    const { reqId, outcome } = error instanceof AvatarSDKError ? error : {};
    this.must(reqId !== undefined && outcome !== undefined, `a request and its outcome: ${inspect(error)}`);
  }

  /** Checks the rejection of a promise of the session. */
  rejected(error: unknown): void {
    if (!(error instanceof AvatarSDKError)) {
      this.must(false, `only errors of this package, got ${inspect(error)}`);
      return;
    }
    this.must(AVATAR_SDK_ERROR_CODES.includes(error.code), `a known code: ${error.code}`);
    const shown = `${JSON.stringify(error)} ${inspect(error, { depth: 6 })} ${error.stack ?? ''}`;
    for (const secret of this.#secrets) this.must(!shown.includes(secret), `no secret in an error: ${shown}`);
    this.#shown('a message', error.message);
  }

  /** Checks a text of this package that may contain text of the service. */
  #shown(where: string, text: string): void {
    for (const secret of this.#secrets) this.must(!text.includes(secret), `no secret in ${where}: ${text}`);
    this.must(!UNSEEN.test(text), `no invisible character in ${where}: ${JSON.stringify(text)}`);
  }

  /** Checks the session after its close has settled. */
  over(session: AvatarSession, pendingTimers: number): void {
    this.must(this.#closed, 'a close event');
    this.must(session.state === 'closed', `closed in the end, not ${session.state}`);
    this.must(this.#transport.openSockets === 0, 'no socket is left');
    this.must(pendingTimers === 0, `no timer is left, but ${pendingTimers} are`);
    const shown = inspect(session.explain(), { depth: 4 });
    for (const secret of this.#secrets) this.must(!shown.includes(secret), 'no secret in the history');
  }

  #any(event: string): void {
    this.must(!this.#closed, `nothing after the close event, but got ${event}`);
    this.must(this.#transport.mostOpen <= 1, 'at most one open socket');
  }

  #frame(frame: Frame): void {
    this.#any('frame');
    const { reqId, index } = frame;
    this.must(!this.#interrupted.has(reqId), `no frame of the interrupted request ${reqId}`);
    const count = frame.keyframes.length;
    if (!this.#own.has(reqId)) return;
    this.must(!this.#ended.has(reqId), `nothing after the last frame of ${reqId}`);
    if (frame.end) this.#ended.add(reqId);
    const envelope = decodeServerMessage(frame.raw);
    const isSame = 'reqId' in envelope && envelope.reqId === reqId && 'end' in envelope;
    this.must(isSame && envelope.end === frame.end, `an envelope of ${reqId} and its end`);
    const expected = this.#keyframes.get(reqId) ?? 0;
    this.must(count === 0 || index === expected, `keyframe ${expected} of ${reqId} is next, got ${index}`);
    this.#keyframes.set(reqId, expected + count);
  }

  #playback({ reqId, state, positionMs }: PlaybackEvent): void {
    const isOpen = this.#playing.get(reqId);
    switch (state) {
      case 'started':
        this.must(isOpen === undefined, `one start of the playback of ${reqId}`);
        this.#playing.set(reqId, true);
        return;
      case 'paused':
      case 'resumed':
        this.must(isOpen !== false, `${state} of ${reqId} before its end`);
        this.#playing.set(reqId, true);
        return;
      case 'ended':
      case 'interrupted':
        this.must(isOpen === true, `${state} of ${reqId} after its start, and once`);
        this.must(Number.isFinite(positionMs), `a position with ${state} of ${reqId}`);
        this.#playing.set(reqId, false);
    }
  }
}
