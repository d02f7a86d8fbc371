/** Defects between the session and the application's handlers. */
import type { AvatarSDKError, AvatarSessionOptions, Frame } from '../../../src/index.js';
import { patchAnimation } from '../../../src/wire/edit-animation.js';
import type { Sabotage } from './sabotage.js';

export const HANDLER_DEFECTS: readonly Sabotage[] = [
  {
    name: 'told-before-teardown',
    defect: 'close is emitted when the session begins to close',
    noticedBy: ['teardown-first', 'silent-after-close'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      const { onStateChange, onClose } = options;
      return {
        ...options,
        onStateChange: (change) => {
          const handled = onStateChange?.(change);
          if (change.to === 'closing') onClose?.({ reason: 'closed' });
          return handled;
        },
        onClose: () => undefined,
      };
    },
  },
  {
    name: 'close-told-twice',
    defect: 'close is emitted twice',
    noticedBy: ['silent-after-close'],
    tamper: (options) => ({
      ...options,
      onClose: (info) => {
        options.onClose?.(info);
        return options.onClose?.(info);
      },
    }),
  },
  {
    name: 'close-told-in-one-life',
    defect: 'only the first life of a session emits its close',
    adversary: 'restarts',
    noticedBy: ['silent-after-close'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      let closes = 0;
      return { ...options, onClose: (info) => (closes++ === 0 ? options.onClose?.(info) : undefined) };
    },
  },
  {
    name: 'begins-again-unasked',
    defect: 'a session that has failed restarts by itself',
    noticedBy: ['lives-are-asked-for'],
    tamper: (options, world) => ({
      ...options,
      onClose: (info) => {
        const handled = options.onClose?.(info);
        if (info.reason !== 'failed') return handled;
        for (const { session } of world.actors) void session.restart();
        return handled;
      },
    }),
  },
  {
    name: 'secret-in-error',
    defect: 'an error repeats the credentials that the service refused',
    noticedBy: ['no-secrets'],
    tamper: (options, { credentials }) => ({
      ...options,
      onError: (error) => options.onError?.(copyWith(error, { serverDetail: credentials.secrets.at(-1) })),
    }),
  },
  {
    name: 'reason-omitted',
    defect: 'the error that ends the session has no reason',
    noticedBy: ['gives-reasons'],
    tamper: (options) => ({
      ...options,
      onError: (error) => options.onError?.(copyWith(error, { reason: undefined })),
      onClose: (info) =>
        options.onClose?.(
          info.error === undefined ? info : { ...info, error: copyWith(info.error, { reason: undefined }) },
        ),
    }),
  },
  {
    name: 'end-not-told',
    defect: 'the error that ends the session is not emitted',
    noticedBy: ['verdicts-come-true'],
    tamper: (options) => ({
      ...options,
      onError: (error) => (error.reason === undefined ? options.onError?.(error) : undefined),
    }),
  },
  {
    name: 'outcome-omitted',
    defect: 'errors have no outcome for the audio of their request',
    noticedBy: ['gives-reasons'],
    tamper: (options) => ({
      ...options,
      onError: (error) => options.onError?.(copyWith(error, { outcome: undefined })),
    }),
  },
  {
    name: 'kept-after-the-loss',
    defect: 'the session re-sends an utterance that the application has configured not to be re-sent',
    noticedBy: ['fails-at-the-loss'],
    tamper: (options) => (isGivenUp(options) ? { ...options, recovery: 'replay' } : options),
  },
  {
    name: 'frame-after-interrupt',
    defect: 'frames are emitted 40 ms late, even if an interrupt was called meanwhile',
    noticedBy: ['frames-once', 'foreign-frames', 'silent-after-close'],
    tamper: (options) => ({
      ...options,
      onFrame: (frame) => void options.clock?.schedule(40, () => options.onFrame?.(frame)),
    }),
  },
  {
    name: 'envelope-regardless',
    defect: 'transportFrames gets a frame even if its other handler has stopped it',
    adversary: 'pauses',
    noticedBy: ['no-sink-after-stop'],
    tamper: (options) => ({
      ...options,
      onFrame: (frame) => {
        const handled = options.onFrame?.(frame);
        options.transportFrames?.(frame.raw, frame.end);
        return handled;
      },
      transportFrames: () => undefined,
    }),
  },
  {
    name: 'frames-swapped',
    defect: 'every fourth frame is emitted after the frame that follows it',
    noticedBy: ['frames-once', 'foreign-frames'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      let seen = 0;
      let held: Frame | undefined;
      return {
        ...options,
        onFrame: (frame) => {
          seen += 1;
          const late = held;
          held = seen % 4 === 0 ? frame : undefined;
          if (held === undefined) options.onFrame?.(frame);
          return late === undefined ? undefined : options.onFrame?.(late);
        },
      };
    },
  },
  {
    name: 'envelope-of-another-request',
    defect: 'the envelopes of all requests have the id of the first request',
    noticedBy: ['frames-once'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      let first: string | undefined;
      return {
        ...options,
        onFrame: (frame) => {
          first ??= frame.reqId;
          return options.onFrame?.(
            Object.assign(frame, { raw: patchAnimation(frame.raw, { reqId: first }) }),
          );
        },
      };
    },
  },
  {
    name: 'error-told-late',
    defect: 'an error is emitted after the change of state that it caused',
    noticedBy: ['in-order'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      let held: AvatarSDKError | undefined;
      return {
        ...options,
        onError: (error) => {
          if (held !== undefined) options.onError?.(held);
          held = error;
        },
        onStateChange: (change) => {
          const handled = options.onStateChange?.(change);
          const late = held;
          held = undefined;
          if (late !== undefined) options.onError?.(late);
          return handled;
        },
      };
    },
  },
  {
    name: 'refusal-says-goes-on',
    defect: 'the error of a request always has willRetry',
    adversary: 'errors-then-closes',
    noticedBy: ['verdicts-come-true'],
    tamper: (options) => ({
      ...options,
      onError: (error) =>
        options.onError?.(error.outcome === undefined ? error : copyWith(error, { willRetry: true })),
    }),
  },
  {
    name: 'position-ahead',
    defect: 'the position with which a playback ends is that of the frame after the last one that was read',
    adversary: 'leaving-readers',
    noticedBy: ['counts-what-was-taken'],
    tamper: (options) => ({
      ...options,
      onPlayback: (event) =>
        options.onPlayback?.(
          event.state === 'ended' ? { ...event, positionMs: event.positionMs + 40 } : event,
        ),
    }),
  },
  {
    name: 'state-untold',
    defect: 'every fifth change of state is not emitted',
    noticedBy: ['transitions'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      let seen = 0;
      return {
        ...options,
        onStateChange: (change) => {
          seen += 1;
          return seen % 5 === 0 ? undefined : options.onStateChange?.(change);
        },
      };
    },
  },
];

function isGivenUp({ recovery }: AvatarSessionOptions): boolean {
  return recovery === 'fail' || recovery === 'drop';
}

/** A copy of the error with some fields replaced; equal for `instanceof` and in its printed forms. */
function copyWith(
  error: AvatarSDKError,
  fields: Partial<Record<keyof AvatarSDKError, unknown>>,
): AvatarSDKError {
  const properties = Object.entries(fields).map(([name, value]) => [name, { value, enumerable: true }]);
  return Object.create(error, Object.fromEntries(properties) as PropertyDescriptorMap) as AvatarSDKError;
}
