/**
 * The only place where a session publishes its messages: on the channels, and to the logger of the application. Adds the members that
 * every message has. Makes no message without a subscriber. Must not know the reason for a message, and changes nothing.
 */
import { isTraced, publishTo, traced } from '../../adapters/node/diagnostics-channels.js';
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { detached, memoizeLastAddress } from '../../core/memory/collections.js';
import { ownMember } from '../../core/option/plain-object.js';
import type { Clock } from '../../ports/clock.js';
import { OPERATIONS, POINTS } from './channels.js';
import type { Logger } from './logger.js';
import { SessionLog } from './session-log.js';
import type {
  ChannelMessage,
  OperationMessages,
  OperationName,
  PointMessages,
  PointName,
} from './channels.js';

/** A message without the members that every message has. */
export type Told<Message> = Omit<Message, keyof ChannelMessage>;
type Endpoint = ChannelMessage['endpoint'];

/** The options of a session that are used here. They are not kept, because they contain credentials. */
export interface TelemetryOptions {
  readonly clock: Clock;
  readonly ingressEndpointUrl: string;
  readonly logger?: Logger | undefined;
}

export class Telemetry {
  readonly clock: Clock;
  readonly #endpoint: Endpoint;
  readonly #log: SessionLog | undefined;
  #sessionId: string | undefined;

  constructor(options: TelemetryOptions) {
    const { clock, ingressEndpointUrl } = options;
    const logger = ownMember(options, 'logger');
    this.clock = clock;
    this.#endpoint = endpointOf(ingressEndpointUrl);
    this.#log = logger === undefined ? undefined : new SessionLog(logger, clock);
  }

  /** Made when it is first read; the same after restarts. */
  get sessionId(): string {
    return (this.#sessionId ??= crypto.randomUUID());
  }

  /** Whether a fact of this name is used: by a subscriber or by a logger. */
  hasReaders(name: PointName): boolean {
    return POINTS[name].hasSubscribers || this.#log !== undefined;
  }

  /** Publishes a fact; `make` is called only if there is a subscriber. */
  publish<Name extends PointName>(name: Name, make: () => Told<PointMessages[Name]>): void {
    const channel = POINTS[name];
    if (!this.hasReaders(name)) return;
    const message = { ...this.#origin(), ...make() } as unknown as PointMessages[Name];
    if (channel.hasSubscribers) publishTo(channel, message);
    this.#log?.write(name, message);
  }

  /** Publishes the message of an operation that is running, as the same object. */
  publishSame(name: 'firstFrame', message: PointMessages['firstFrame']): void {
    if (POINTS[name].hasSubscribers) publishTo(POINTS[name], message);
  }

  /** The message of an operation that begins; undefined without a subscriber. */
  begin<Name extends OperationName>(
    name: Name,
    make: () => Told<OperationMessages[Name]>,
  ): OperationMessages[Name] | undefined {
    if (!isTraced(OPERATIONS[name])) return undefined;
    return { ...this.#origin(), ...make() } as unknown as OperationMessages[Name];
  }

  /**
   * Runs an operation and publishes its course; without `message` only runs it. Settles like `run`.
   *
   * @param resultOf the result for subscribers, by the value
   * @param errorOf the error for subscribers, by the failure; default: the failure itself
   */
  run<Name extends OperationName, Value>(
    name: Name,
    message: OperationMessages[Name] | undefined,
    run: () => Promise<Value>,
    resultOf: (value: Value) => OperationMessages[Name]['result'],
    errorOf: (thrown: unknown) => unknown = itself,
  ): Promise<Value> {
    if (message === undefined) return run();
    const beganMs = this.clock.nowMs();
    const ended = <Outcome>(outcome: Outcome): Outcome => {
      message.durationMs = this.clock.nowMs() - beganMs;
      if (outcome instanceof AvatarSDKError && 'httpStatus' in message)
        message.httpStatus = ownMember(outcome, 'httpStatus');
      return outcome;
    };
    return traced(OPERATIONS[name], message, run, {
      resultOf: (value) => ended(resultOf(value)),
      errorOf: (thrown) => ended(errorOf(thrown)),
    });
  }

  #origin(): ChannelMessage {
    return { sessionId: this.sessionId, atMs: this.clock.epochMs(), endpoint: this.#endpoint };
  }
}

const itself = (thrown: unknown): unknown => thrown;

const endpointOf = memoizeLastAddress((address: string): Endpoint => {
  const { protocol, hostname, port } = new URL(address);
  const ofScheme = protocol === 'ws:' || protocol === 'http:' ? 80 : 443;
  return Object.freeze({ host: detached(hostname), port: port === '' ? ofScheme : Number(port) });
});
