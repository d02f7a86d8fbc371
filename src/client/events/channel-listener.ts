/**
 * Listens to the channels of sessions on behalf of an exporter or a recorder. What a listener throws stays here: one that fails must end neither
 * the process nor what it watches. Must not know what is done with a message.
 */
import { listenTo, momentOf } from '../../adapters/node/diagnostics-channels.js';
import { CHANNELS } from './channels.js';
import type { OperationMessages, OperationName, PointMessages, PointName } from './channels.js';

interface Course<Message> {
  readonly start?: (message: Message) => unknown;
  /** Also where the operation failed. */
  readonly asyncEnd?: (message: Message) => unknown;
}

/** What is called with the messages of each channel, by its key in `CHANNELS`. */
export type ChannelListener = {
  readonly [Name in PointName]?: (message: PointMessages[Name]) => unknown;
} & {
  readonly [Name in OperationName]?: Course<OperationMessages[Name]>;
};

/** @returns what ends it */
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
      // Node would report it as an uncaught exception.
    }
  };
}
