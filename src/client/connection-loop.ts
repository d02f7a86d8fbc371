/**
 * Connection after connection: opens one, hands it to speech, waits for its end, and begins again as long as the policy says so.
 * Ends with the reason why it went no further; what is left to tidy up then is the driver's business.
 */
import { recordVerdict } from '../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import { beginOutage, connectionLost } from '../core/policy/outage.js';
import type { Outage } from '../core/policy/outage.js';
import { sleep } from '../ports/sleep.js';
import type { TokenReason } from '../ports/token-source.js';
import { dial } from './dial.js';
import type { DialGate } from './gate-pass.js';
import { IdleWatch } from './idle-watch.js';
import type { LiveConnection } from './live-connection.js';
import { openConnection } from './open-connection.js';
import type { OpenedConnection } from './open-connection.js';
import { tellDecision, tellHeld } from './outage-voice.js';
import type { OutageVoice } from './outage-voice.js';
import { Rollover } from './rollover.js';
import { Runtime } from './runtime.js';
import type { Loss, RuntimeParts } from './runtime.js';
import type { ResolvedSessionOptions } from './session-options.js';
import type { TokenStore } from './token-store.js';

export interface LoopParts extends RuntimeParts, OutageVoice {
  readonly options: ResolvedSessionOptions;
  readonly tokens: TokenStore;
  /** The gate that the next dial passes. */
  readonly gate: () => DialGate;
  /** Refuses what can't work before anything is dialled. */
  readonly checkBeforeDial: () => AvatarSDKError | undefined;
  /** An error of this side, about the connection that is ending. */
  readonly closure: (message: string, connectionId: string) => AvatarSDKError;
  /** A connection is confirmed. */
  readonly connected: (connectionId: string) => void;
}

/** A connection that is gone, and the failure that its loss was. */
interface Lost {
  readonly connection: LiveConnection;
  readonly atMs: number;
  /** Dials that the outage had seen before this loss. */
  readonly attemptsBefore: number;
  readonly error: AvatarSDKError;
  readonly announced: boolean;
}

/** How the next connection is opened: after a decision about `loss`, or at once when there is none to make. */
interface Opening {
  readonly outage: Outage;
  readonly loss: AvatarSDKError | undefined;
  readonly lost: Lost | undefined;
  readonly drainedSessions?: number | undefined;
}

export class ConnectionLoop {
  readonly idleWatch: IdleWatch;
  readonly #parts: LoopParts;
  readonly #rollover: Rollover;
  #connection: LiveConnection | undefined;
  /** The connection that was confirmed last, lost or not. */
  #latest: LiveConnection | undefined;

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.idleWatch = new IdleWatch(parts.options.idle, parts.speech.unfinished);
    this.#rollover = new Rollover(parts.clock, parts.options.maxSessionMs, parts.speech.unfinished);
  }

  /** The confirmed connection; undefined while there is none. */
  get connection(): LiveConnection | undefined {
    return this.#connection;
  }

  /** Closes what is open; resolves when no socket is left. */
  async release(): Promise<void> {
    this.#rollover.disarm();
    void this.#connection?.close();
    await this.#latest?.released;
  }

  /** Resolves when the service has ended the session normally, with that said as an error; rejects when it can't go on. */
  async run(): Promise<AvatarSDKError> {
    const resign = this.#parts.gate().enrol();
    try {
      return await this.#connectAgainAndAgain();
    } finally {
      resign();
    }
  }

  async #connectAgainAndAgain(): Promise<AvatarSDKError> {
    const { clock, speech, signal } = this.#parts;
    let opening: Opening = { outage: beginOutage(clock.nowMs()), loss: undefined, lost: undefined };
    for (;;) {
      const opened = await this.#open(opening);
      const { connection, pass } = opened;
      try {
        if (signal.aborted) {
          // The session ended between the confirmation and this line: nobody else knows of this socket.
          await connection.close();
          signal.throwIfAborted();
        }
        const runtime = this.#adopt(opened, opening.lost);
        const facts = await connection.ended;
        this.#connection = undefined;
        this.#rollover.disarm();
        speech.detach();
        signal.throwIfAborted();
        const loss = facts === undefined ? this.#rolledOver(connection) : runtime.interpretLoss(facts);
        if (loss === 'normalEnd') {
          return this.#parts.closure('the service ended the session normally', connection.connectionId);
        }
        // Before anything waits: a thousand losses must not become a thousand dials that have to fail first.
        const drainedSessions = facts === undefined ? undefined : pass.lost(loss.error);
        opening = { ...(await this.#reopening(opened, loss, facts === undefined)), drainedSessions };
      } finally {
        pass.left();
      }
    }
  }

  async #reopening(
    opened: OpenedConnection,
    loss: Exclude<Loss, 'normalEnd'>,
    planned: boolean,
  ): Promise<Opening> {
    const { clock, policy, lifecycle, signal } = this.#parts;
    const { connection, outage } = opened;
    const nowMs = clock.nowMs();
    const { confirmedAtMs } = connection;
    const { error } = loss;
    const lost = { connection, atMs: nowMs, attemptsBefore: 0, ...loss };
    if (planned) {
      lifecycle.move('interrupted', error.message);
      await this.#keepDistance(outage);
      return { outage: beginOutage(nowMs), loss: undefined, lost };
    }
    if (this.idleWatch.sleepsAfter(error, policy)) {
      recordVerdict(error, { attempt: 0, willRetry: true });
      lifecycle.notifier.together(() => {
        if (!loss.announced) lifecycle.failed(error);
        lifecycle.move('interrupted', 'closed for want of input: waiting for the first words');
      });
      await this.idleWatch.untilSpoken(signal);
      await this.#keepDistance(outage);
      return { outage: beginOutage(clock.nowMs()), loss: undefined, lost };
    }
    const { stableAfterMs } = policy;
    const next = connectionLost(outage, { confirmedAtMs, nowMs, stableAfterMs });
    return { outage: next, loss: error, lost: { ...lost, attemptsBefore: next.attempts } };
  }

  /** Two dials of one session keep their distance also where no failure lies between them. */
  async #keepDistance({ lastAttemptAtMs = 0 }: Outage): Promise<void> {
    const { clock, policy, signal } = this.#parts;
    const leftMs = lastAttemptAtMs + policy.backoff.minIntervalMs - clock.nowMs();
    if (leftMs > 0) await sleep(clock, leftMs, signal);
  }

  #rolledOver({ connectionId }: LiveConnection): Exclude<Loss, 'normalEnd'> {
    const error = this.#parts.closure('planned rollover before the session limit', connectionId);
    return { error: recordVerdict(error, { willRetry: true }), announced: true };
  }

  #open({ outage, loss, lost, drainedSessions }: Opening): Promise<OpenedConnection> {
    const { clock, policy, decider, options, signal, gate, gated } = this.#parts;
    return openConnection({
      policy,
      decider,
      clock,
      random: options.random,
      outage,
      loss,
      drainedSessions,
      reason: lost === undefined ? 'start' : 'reconnect',
      signal,
      gate,
      released: lost?.connection.released,
      dial: (reason, tokenObtained) => this.#dial(reason, tokenObtained),
      decided: (error, decision, during) => {
        tellDecision(this.#parts, error, decision, during, error === lost?.error && lost.announced);
      },
      held: (latest, during, standing, leastMs) => tellHeld(this.#parts, latest, during, standing, leastMs),
      heldTooLong: (latest) =>
        gated('the outage lasted too long: the connect gate let no dial through', latest),
    });
  }

  async #dial(reason: TokenReason, tokenObtained: (stale: boolean) => void): Promise<LiveConnection> {
    const { lifecycle, options, tokens, interpreter, signal } = this.#parts;
    lifecycle.move('dialStarted', reason);
    const refused = this.#parts.checkBeforeDial();
    if (refused !== undefined) throw refused;
    return dial({
      options,
      tokens,
      interpreter,
      reason,
      signal,
      tokenObtained: (stale) => {
        tokenObtained(stale);
        lifecycle.move('tokenObtained', 'a session token is there');
      },
    });
  }

  #adopt(opened: OpenedConnection, lost: Lost | undefined): Runtime {
    const { lifecycle, speech, options, signal } = this.#parts;
    const { connection, outage } = opened;
    const { connectionId } = connection;
    const runtime = new Runtime(this.#parts, connection);
    this.#connection = connection;
    this.#latest = connection;
    // Handlers find speech on the new connection; what came with the confirmation is handed over after them.
    lifecycle.notifier.together(() => {
      lifecycle.move('confirmed', connectionId);
      this.#parts.connected(connectionId);
      speech.attach(connection);
      if (lost === undefined) return;
      lifecycle.notifier.announce('reconnect', {
        connectionId,
        previousConnectionId: lost.connection.connectionId,
        attempts: outage.attempts - lost.attemptsBefore,
        outageMs: connection.confirmedAtMs - lost.atMs,
        error: lost.error,
      });
    });
    // A handler may have ended the session just now.
    if (!signal.aborted) {
      connection.attach(runtime, options.heartbeat);
      this.#rollover.arm(connection);
    }
    return runtime;
  }
}
