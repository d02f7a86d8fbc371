/**
 * Subscribes an exporter or a recorder to the channels of sessions. Errors of a listener are caught: a failing listener must end neither
 * the process nor the sessions that it watches. Must not know what listeners do with a message.
 */
import { listenTo, momentOf } from '../../adapters/node/diagnostics-channels.js';
import { CHANNELS } from './channels.js';
import type { OperationMessages, OperationName, PointMessages, PointName } from './channels.js';

interface Course<Message> {
  readonly start?: (message: Message) => unknown;
  /** Called at the end of the operation, also after a failure. */
  readonly asyncEnd?: (message: Message) => unknown;
}

/** The functions for the messages of each channel, by its key in `CHANNELS`. */
export type ChannelListener = {
  readonly [Name in PointName]?: (message: PointMessages[Name]) => unknown;
} & {
  readonly [Name in OperationName]?: Course<OperationMessages[Name]>;
};

/** @returns a function that unsubscribes */
export function listen(listener: ChannelListener): () => void {
  const undo = (Object.keys(CHANNELS) as (keyof typeof CHANNELS)[]).flatMap((key) => {
    const name = CHANNELS[key];
    const called = listener[key] as Call | Course<never> | undefined;
    if (called === undefined) return [];
    if (typeof called === 'function') return [listenTo(name, guarded(called))];
    return (['start', 'asyncEnd'] as const).flatMap((moment) => {
      const call = called[moment] as Call | undefined;
      return call === undefined ? [] : [listenTo(momentOf(name, moment), guarded(call))];
    });
  });
  return () => {
    for (const end of undo.splice(0)) end();
  };
}

type Call = (message: unknown) => unknown;

function guarded(call: Call): (message: unknown) => void {
  return (message) => {
    try {
      call(message);
    } catch {
      // Node would report the error as an uncaught exception.
    }
  };
}
