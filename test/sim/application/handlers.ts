/**
 * The application's handlers of one session. Each records its event, and then behaves as the schedule
 * specifies; it may throw or reject.
 */
import type {
  AvatarSession,
  AvatarSessionOptions,
  SessionEventName,
  SessionEvents,
} from '../../../src/index.js';
import type { Chronicle, Emitted } from '../world/chronicle.js';
import type { Draws } from '../world/draws.js';
import type { HandlerManner, OperationKind } from '../world/schedule.js';

export interface HandlerOptions {
  readonly session: number;
  readonly chronicle: Chronicle;
  readonly manner: HandlerManner;
  readonly draws: Draws;
  /** The session that emits the event; undefined while the session is constructed. */
  readonly emitter: () => AvatarSession | undefined;
  readonly perform: (operation: OperationKind) => void;
}

export function createHandlers(
  options: HandlerOptions,
): Pick<
  AvatarSessionOptions,
  | 'onError'
  | 'onRetry'
  | 'onReconnect'
  | 'onStateChange'
  | 'onFrame'
  | 'onPlayback'
  | 'onClose'
  | 'transportFrames'
> {
  const counts = new Map<SessionEventName, number>();
  const handler =
    <Name extends SessionEventName>(name: Name) =>
    (payload: SessionEvents[Name]): unknown => {
      const { chronicle, session, emitter } = options;
      const emitted = { kind: 'emitted', name, payload, session } as const;
      const { state = 'idle', connectionId } = emitter() ?? {};
      chronicle.add({ ...emitted, state, connectionId } as Emitted);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return behave(options, name, counts.get(name) ?? 0);
    };
  return {
    onError: handler('error'),
    onRetry: handler('retry'),
    onReconnect: handler('reconnect'),
    onStateChange: handler('state'),
    onFrame: handler('frame'),
    onPlayback: handler('playback'),
    onClose: handler('close'),
    transportFrames: (_bytes, isLast) => {
      options.chronicle.add({ kind: 'envelope', session: options.session, isLast });
    },
  };
}

function behave({ manner, draws, perform }: HandlerOptions, name: SessionEventName, nth: number): unknown {
  switch (manner.kind) {
    case 'quiet':
      return undefined;
    case 'throwing':
      if (draws.chance(manner.probability)) throw new Error(`the handler of ${name} throws`);
      return undefined;
    case 'rejecting':
      return draws.chance(manner.probability)
        ? Promise.reject(new Error(`the handler of ${name} rejects`))
        : undefined;
    case 'meddling':
      if (manner.on === name && manner.nth === nth) perform(manner.operation);
      return undefined;
  }
}
