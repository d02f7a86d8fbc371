/**
 * Runs the connections of a session one after the other: opens one, hands it to speech, waits for its end, and repeats this while the
 * policy allows it. Ends with the reason why there is no further connection; the cleanup then is up to the driver.
 */
import { AvatarSDKError, recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { FailureFacts } from '../../core/failure/failure-facts.js';
import { latestAttempt, beginOutage } from '../../core/policy/outage.js';
import type { SessionEnd } from '../../core/session/session-life.js';
import type { LiveConnection } from '../connection/live-connection.js';
import type { Speech } from '../speech/speech.js';
import { IdleWatch, prepareReconnect, PathWatch, Rollover, rolledOver } from './reopening.js';
import { publishClosed } from './dial.js';
import { openConnection } from './open-connection.js';
import type { Lost, OpenedConnection, OpenHost, Opening } from './open-connection.js';
import { MessageRouter } from './message-router.js';
import type { RouterHost } from './message-router.js';

export interface LoopHost extends RouterHost, OpenHost {
  readonly speech: Speech;
  /** How the session ends; undefined while it runs. */
  readonly end: SessionEnd | undefined;
  /** A connection is confirmed. */
  connected(connectionId: string): void;
  /** There will be no further connection. */
  loopEnded(end: LoopEnd): void;
}

/** Why there is no connection: the session was closed, the service ended it, or a failure is not retried. */
export type LoopEnd =
  | { readonly how: 'over' }
  | { readonly how: 'normally'; readonly error: AvatarSDKError }
  | { readonly how: 'failed'; readonly error: unknown };

/** The end of a session whose loop ended for this reason. */
export function endAfter(
  how: LoopEnd,
  { errors, lifecycle }: Pick<LoopHost, 'errors' | 'lifecycle'>,
): SessionEnd {
  if (how.how === 'normally') {
    return { reason: 'ended', error: recordVerdict(how.error, { willRetry: false, reason: 'closed' }) };
  }
  const error = how.how === 'failed' ? how.error : undefined;
  if (error instanceof AvatarSDKError) return { reason: 'failed', error };
  const defect = recordVerdict(errors.defect(error), { willRetry: false, reason: 'rule' });
  lifecycle.failed(defect);
  return { reason: 'failed', error: defect };
}

/** A confirmed connection, and everything that is needed once it is lost. */
interface Live extends OpenedConnection {
  readonly runtime: MessageRouter;
}

export class ConnectionLoop {
  #idleWatch: IdleWatch | undefined;
  #pathWatch: PathWatch | undefined;
  readonly #host: LoopHost;
  #rollover: Rollover | undefined;
  #connection: LiveConnection | undefined;
  /** The connection that was confirmed last, lost or not. */
  #latest: LiveConnection | undefined;

  constructor(host: LoopHost) {
    this.#host = host;
  }

  /** The confirmed connection; undefined while there is none. */
  get connection(): LiveConnection | undefined {
    return this.#connection;
  }

  /** Closes what is open; resolves when no socket is left, undefined where there was none. */
  release(): Promise<void> | undefined {
    this.#rollover?.disarm();
    void this.#connection?.close();
    return this.#latest?.released.then(() => this.#released());
  }

  #released(): void {
    // The stored end has the raw close reason, which may contain a secret that the service echoed.
    if (this.#host.end !== undefined) this.#latest = undefined;
  }

  /** Runs until the session ends or no further connection is possible, and reports which to its host; never rejects. */
  async run(): Promise<void> {
    const { ingress, console } = this.#host.gates();
    ingress.register();
    console?.register();
    let end: LoopEnd | undefined;
    try {
      // A session is in this function for most of its life, so the function keeps nothing in memory but its connection.
      const outage = beginOutage(this.#host.context.clock.nowMs());
      let live = await this.#connect({ outage, loss: undefined, lost: undefined });
      while (end === undefined) {
        const next = await this.#reconnectAfter(live, await live.connection.ended);
        if (next === 'over') end = { how: 'over' };
        else if (next instanceof AvatarSDKError) end = { how: 'normally', error: next };
        else live = next;
      }
    } catch (error) {
      end = { how: 'failed', error };
    }
    ingress.unregister();
    console?.unregister();
    this.#host.loopEnded(end);
  }

  async #connect(opening: Opening): Promise<Live> {
    const opened = await openConnection(this.#host, opening);
    const { connection, outage, pass } = opened;
    try {
      // The session ended between the confirmation and this line: no other code has this socket.
      const { end } = this.#host;
      if (end !== undefined) {
        await connection.close();
        throw end.error;
      }
      return { connection, outage, pass, runtime: this.#adopt(opened, opening.lost) };
    } catch (error) {
      publishClosed(this.#host, connection, undefined);
      pass.left();
      throw error;
    }
  }

  /** Called when the connection is over: opens the next one, or returns why there is none. */
  async #reconnectAfter(
    live: Live,
    facts: FailureFacts | undefined,
  ): Promise<Live | AvatarSDKError | 'over'> {
    const { connection, pass, runtime } = live;
    const host = this.#host;
    const { clock, policy } = host.context;
    publishClosed(host, connection, facts);
    try {
      this.#connection = undefined;
      this.#rollover?.disarm();
      host.speech.detach(facts?.kind === 'heartbeatMissed');
      if (host.end !== undefined) return 'over';
      const loss =
        facts === undefined
          ? rolledOver(host.errors, connection.connectionId)
          : runtime.interpretLoss(this.#path.lost(facts, connection, clock.nowMs()));
      if (loss === 'normalEnd') {
        const message = 'the service ended the session normally';
        return host.errors.connectionEnded(message, connection.connectionId, 'ended');
      }
      // Done before any wait: a thousand lost sessions must not become a thousand dials that have to fail first.
      const atEndpoint = facts === undefined ? undefined : pass.lost(loss.error);
      if (facts !== undefined) host.fleet?.lost(loss.error.closeCode);
      const { lifecycle, signal, speech } = host;
      const during = { clock, policy, lifecycle, signal, speech, idleWatch: this.#watched() };
      const opening = await prepareReconnect(during, live, loss, facts === undefined);
      pass.left();
      const { outage, loss: decided, lost } = opening;
      return await this.#connect({ outage, loss: decided, lost, atEndpoint });
    } finally {
      pass.left();
    }
  }

  /** This and the next object are made at the first loss: before it there is nothing to count. */
  get #path(): PathWatch {
    return (this.#pathWatch ??= new PathWatch(this.#host.context.options.heartbeat));
  }

  #watched(): IdleWatch {
    const { context, speech } = this.#host;
    return (this.#idleWatch ??= new IdleWatch(context.options.idle, speech.unfinished));
  }

  #adopt(opened: OpenedConnection, lost: Lost | undefined): MessageRouter {
    const { lifecycle, speech, context } = this.#host;
    const { heartbeat: configured, maxSessionMs } = context.options;
    const { connection, outage } = opened;
    const { connectionId } = connection;
    const runtime = new MessageRouter(this.#host, connection);
    const heartbeat = this.#pathWatch?.heartbeat ?? configured;
    this.#connection = connection;
    this.#latest = connection;
    // Handlers run when speech already has the new connection; the messages that came with the confirmation are delivered after them.
    lifecycle.notifier.batch(() => {
      lifecycle.move('confirmed', connectionId);
      this.#host.connected(connectionId);
      speech.attach(connection, heartbeat);
      if (lost === undefined) return;
      lifecycle.announce('reconnect', {
        connectionId,
        previousConnectionId: lost.connection.connectionId,
        attempts: latestAttempt(outage),
        outageMs: Math.round(connection.confirmedAtMs - lost.atMs),
        error: lost.error,
      });
    });
    // A handler may just have ended the session.
    if (this.#host.end === undefined) {
      connection.attach(runtime, heartbeat);
      if (maxSessionMs !== undefined) {
        this.#rollover ??= new Rollover(context.clock, maxSessionMs, speech.unfinished);
        this.#rollover.arm(connection);
      }
    }
    return runtime;
  }
}
