/** The options that are functions for events, by the name of the event, checked. */
import { shareLatest } from '../../core/memory/share-latest.js';
import { requireFunction } from '../../core/option/option-check.js';
import type { SessionEventName } from '../events/session-events.js';
import type { AvatarSessionOptions, ResolvedSessionOptions } from './session-options.js';

type Callbacks = ResolvedSessionOptions['callbacks'];

/** Each event that has an option of its own for a callback. */
const CALLBACK_OPTIONS = [
  ['error', 'onError'],
  ['retry', 'onRetry'],
  ['reconnect', 'onReconnect'],
  ['state', 'onStateChange'],
  ['frame', 'onFrame'],
  ['playback', 'onPlayback'],
  ['close', 'onClose'],
] as const satisfies readonly (readonly [SessionEventName, keyof AvatarSessionOptions])[];

const share = shareLatest<Callbacks>();

/** Throws TypeError for what is no function. */
export function resolveCallbacks(given: Readonly<Record<string, unknown>>): Callbacks {
  const callbacks: Record<string, unknown> = {};
  for (const [event, option] of CALLBACK_OPTIONS) {
    if (given[option] !== undefined) callbacks[event] = requireFunction(option, given[option]);
  }
  return share(callbacks);
}
