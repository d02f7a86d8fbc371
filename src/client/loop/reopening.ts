/**
 * Between a lost connection and the next dial: no wait, the minimum interval between two dials, or, in an idle session, a wait for the
 * next audio. Also the state with which the next outage begins. Makes no dial itself.
 */
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { FailureFacts } from '../../core/failure/failure-facts.js';
import { leastDelayMs } from '../../core/policy/delay.js';
import { NO_LOSSES, PATTERN_LOSSES, connectionEnded } from '../../core/policy/loss-history.js';
import type { ConnectionEnd } from '../../core/policy/loss-history.js';
import { beginOutage, connectionLost } from '../../core/policy/outage.js';
import type { Outage } from '../../core/policy/outage.js';
import type { RetryPolicy } from '../../core/policy/rule.js';
import { sleep } from '../../ports/clock.js';
import type { Clock, Timer } from '../../ports/clock.js';
import type { EndSignal } from '../../ports/end-signal.js';
import type { HeartbeatTimes } from '../connection/heartbeat.js';
import type { LiveConnection } from '../connection/live-connection.js';
import type { Lifecycle } from '../events/lifecycle.js';
import type { SessionErrors } from '../events/session-errors.js';
import type { IdleChoice } from '../options/nested-fields.js';
import type { Speech } from '../speech/speech.js';
import type { UtteranceRegistry } from '../speech/utterance-registry.js';
import { untilAborted, AbortFlag } from '../waiting/deadline.js';
import type { Loss } from './message-router.js';
import type { OpenedConnection, Opening } from './open-connection.js';

export interface ReopeningParts {
  readonly clock: Clock;
  readonly policy: RetryPolicy;
  readonly lifecycle: Lifecycle;
  readonly speech: Pick<Speech, 'reconnecting'>;
  readonly idleWatch: IdleWatch;
  /** Aborted with an AvatarSDKError when the session ends. */
  readonly signal: EndSignal;
}

/** Resolves when the outage may continue with its decision and its dial; rejects with the signal's reason. */
export async function prepareReconnect(
  parts: ReopeningParts,
  opened: OpenedConnection,
  loss: Exclude<Loss, 'normalEnd'>,
  planned: boolean,
): Promise<Opening> {
  const { clock, policy, lifecycle, speech, idleWatch, signal } = parts;
  const { connection, outage } = opened;
  const nowMs = clock.nowMs();
  const { confirmedAtMs, lastSignOfLifeAtMs } = connection;
  const { error } = loss;
  const lost = { connection, atMs: planned ? nowMs : lastSignOfLifeAtMs, ...loss };
  if (planned) {
    const { connectionId } = connection;
    lifecycle.telemetry.publish('rollover', () => ({ connectionId, liveMs: nowMs - confirmedAtMs }));
    lifecycle.notifier.batch(() => {
      lifecycle.verdictReached({ willRetry: true });
      lifecycle.move('interrupted', error.message);
    });
    speech.reconnecting();
    await waitMinInterval(parts, outage);
    return { outage: beginOutage(nowMs, nowMs), loss: undefined, lost };
  }
  if (idleWatch.sleepsAfter(error, policy)) {
    const verdict = { attempt: 0, willRetry: true };
    recordVerdict(error, verdict);
    const waits = (stage: 'began' | 'ended'): void =>
      lifecycle.telemetry.publish('idle', () => ({ stage, waitedMs: clock.nowMs() - nowMs }));
    waits('began');
    lifecycle.notifier.batch(() => {
      lifecycle.verdictReached(verdict, loss.emitted);
      lifecycle.move('interrupted', 'closed because no audio came: waiting for the next audio');
    });
    await idleWatch.untilAudio(signal).finally(() => waits('ended'));
    await waitMinInterval(parts, outage);
    return { outage: beginOutage(clock.nowMs(), nowMs), loss: undefined, lost };
  }
  const { stableAfterMs } = policy;
  const next = connectionLost(outage, { confirmedAtMs, lastSignOfLifeAtMs, nowMs, stableAfterMs });
  return { outage: next, loss: error, lost };
}

/** Keeps two dials of one session apart also if no failure lies between them. */
async function waitMinInterval({ clock, policy, signal }: ReopeningParts, outage: Outage): Promise<void> {
  const leftMs = leastDelayMs(policy.backoff, outage, clock.nowMs());
  if (leftMs > 0) await sleep(clock, leftMs, signal);
}

/** After how many consecutive idle closes without any input between them a session waits. */
const CLOSES_BEFORE_WAITING: Readonly<Record<IdleChoice, number>> = {
  reconnect: 2,
  reconnectOnDemand: 1,
  stay: Infinity,
};

/**
 * The service closes a session that sends no audio, and closes it again after each reconnect. Decides after which of these closes the
 * session no longer reconnects by itself but waits for the next audio, so that a forgotten session causes no cost.
 */
export class IdleWatch {
  readonly #closesBeforeWaiting: number;
  readonly #unfinished: UtteranceRegistry;
  #idleCloses = 0;
  /** The value of `acceptedWrites` at the latest idle close. */
  #writesSeen = 0;

  constructor(choice: IdleChoice, unfinished: UtteranceRegistry) {
    this.#closesBeforeWaiting = CLOSES_BEFORE_WAITING[choice];
    this.#unfinished = unfinished;
    this.#writesSeen = unfinished.acceptedWrites;
  }

  /** Whether the session waits for audio after this loss, instead of dialling. Counts the loss. */
  sleepsAfter(error: AvatarSDKError, policy: RetryPolicy): boolean {
    // A loss of another kind between two idle closes is no input: it does not make the session a used one.
    if (error.code !== 'idleTimeout') return false;
    const { acceptedWrites, size } = this.#unfinished;
    this.#idleCloses = acceptedWrites === this.#writesSeen ? this.#idleCloses + 1 : 1;
    this.#writesSeen = acceptedWrites;
    if (size > 0 || this.#idleCloses < this.#closesBeforeWaiting) return false;
    return policy.rules.idleTimeout.action === 'retry';
  }

  /** Resolves when audio has been accepted; rejects with the signal's reason. */
  async untilAudio(signal: EndSignal): Promise<void> {
    if (this.#unfinished.size === 0) await untilAborted(this.#unfinished.nextAudio, signal);
  }
}

const BROKEN = 1006;

/**
 * What the lost connections of a session show about the network path: if something on the path cuts silent connections, pings are sent
 * often enough to prevent that, and errors name the pattern of several losses in a row. Made with the first loss. Does not decide about
 * retries.
 */
export class PathWatch {
  readonly #configured: HeartbeatTimes | undefined;
  #history = NO_LOSSES;

  /** @param configured undefined if there are no pings */
  constructor(configured: HeartbeatTimes | undefined) {
    this.#configured = configured;
  }

  /** The heartbeat of the next connection. */
  get heartbeat(): HeartbeatTimes | undefined {
    const configured = this.#configured;
    const { pingEveryMs = Infinity, neverAnswered, soonUnanswered } = this.#history;
    // A peer that answers no pings, or none at first, may need longer for an answer than the limits during speech allow.
    const isSlow = neverAnswered > 0 || soonUnanswered >= PATTERN_LOSSES;
    if (configured === undefined || (pingEveryMs === Infinity && !isSlow)) return configured;
    const speaking = isSlow ? undefined : configured.speaking;
    return {
      ...pingedEvery(configured, pingEveryMs),
      speaking: speaking && pingedEvery(speaking, pingEveryMs),
    };
  }

  /** The facts of a loss, with the pattern that it shows together with the losses before it. */
  lost(facts: FailureFacts, connection: LiveConnection, nowMs: number): FailureFacts {
    const end = endOf(facts, nowMs - connection.confirmedAtMs);
    this.#history = connectionEnded(this.#history, end);
    const { idleCuts, neverAnswered, pingEveryMs } = this.#history;
    if (facts.kind === 'socketClosed' && end.how === 'cut' && idleCuts >= PATTERN_LOSSES) {
      const silentMs = Math.round(end.silentMs);
      const pings = connection.pings && pingEveryMs !== undefined;
      return { ...facts, idleCuts: pings ? { silentMs, pingEveryMs } : { silentMs } };
    }
    if (facts.kind === 'heartbeatMissed' && neverAnswered >= PATTERN_LOSSES)
      return { ...facts, neverAnswered };
    return facts;
  }
}

function pingedEvery({ intervalMs, timeoutMs }: HeartbeatTimes, pingEveryMs: number): HeartbeatTimes {
  return { intervalMs: Math.min(intervalMs, pingEveryMs), timeoutMs };
}

function endOf(facts: FailureFacts, ageMs: number): ConnectionEnd {
  if (facts.kind === 'heartbeatMissed') {
    const { silentMs, pingAnswered = true } = facts;
    return { how: 'unanswered', ageMs, silentMs, pingAnswered };
  }
  if (facts.kind !== 'socketClosed' || facts.silence === undefined) {
    return { how: 'other', ageMs, silentMs: 0, pingAnswered: true };
  }
  const { silentMs, pingOverdue, pingAnswered } = facts.silence;
  const cut = pingOverdue ? 'cutWhilePinged' : 'cut';
  const how = facts.closeCode === BROKEN ? cut : 'other';
  return { how, ageMs, silentMs, pingAnswered };
}

/** After this part of the connection's life, it is replaced in the next pause between utterances. */
const SOFT_PART = 0.9;
/** After this part, it is replaced even during an utterance: a re-send is better than the service's refusal. */
const HARD_PART = 0.98;

const NO_MORE_WAITING = new Error('the wait for the pause has ended');

/**
 * Replaces a connection before the service's known duration limit ends it: after nine tenths of its life as soon as no utterance is
 * unfinished, or shortly before the limit.
 */
export class Rollover {
  readonly #clock: Clock;
  readonly #maxSessionMs: number;
  readonly #unfinished: UtteranceRegistry;
  #timer: Timer | undefined;
  #waiting: AbortFlag | undefined;

  constructor(clock: Clock, maxSessionMs: number, unfinished: UtteranceRegistry) {
    this.#clock = clock;
    this.#maxSessionMs = maxSessionMs;
    this.#unfinished = unfinished;
  }

  /** Called when a connection has just been confirmed. */
  arm(connection: LiveConnection): void {
    const maxSessionMs = this.#maxSessionMs;
    this.#timer = this.#clock.schedule(maxSessionMs * SOFT_PART, () => {
      const waiting = new AbortFlag();
      this.#waiting = waiting;
      this.#timer = this.#clock.schedule(maxSessionMs * (HARD_PART - SOFT_PART), () =>
        waiting.abort(NO_MORE_WAITING),
      );
      void this.#closeWhenIdle(connection, waiting);
    });
  }

  /** Called when the connection is lost, or the session is ending. */
  disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.abort(NO_MORE_WAITING);
  }

  async #closeWhenIdle(connection: LiveConnection, signal: EndSignal): Promise<void> {
    try {
      // Other code that waited for the same moment may have begun an utterance again by now.
      do await untilAborted(this.#unfinished.whenEmpty(), signal);
      while (this.#unfinished.size > 0);
    } catch {
      // No pause came in time: the connection is replaced now, unless it is lost already.
    }
    if (this.#waiting === signal) await connection.close();
  }
}

/** The end of a connection that was replaced in time is no failure, and causes no error event. */
export function rolledOver(errors: SessionErrors, connectionId: string): Exclude<Loss, 'normalEnd'> {
  const message = 'planned rollover before the session limit';
  const error = errors.connectionEnded(message, connectionId, 'rollover');
  return { error: recordVerdict(error, { willRetry: true }), emitted: undefined };
}
