/**
 * Named channels of the process: what is published reaches all subscribers of the name. Without a subscriber it costs one comparison.
 * The only file through which sessions reach `node:diagnostics_channel`; a bundle for browsers puts another one in its place. Must not know
 * what is published.
 */
import { channel, subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import type { TracingChannel } from 'node:diagnostics_channel';

/** A name under which single facts are published. */
export interface PointChannel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

/** A name under which the course of an operation is published: `start`, `end`, `asyncStart`, `asyncEnd`, `error`. */
export type OperationChannel = TracingChannel<object>;

export function pointChannel(name: string): PointChannel {
  return channel(name);
}

export function operationChannel(name: string): OperationChannel {
  return tracingChannel<object>(name);
}

/** Calls `listener` with everything that is published under this name. @returns a function that ends this */
export function listenTo(name: string, listener: (message: unknown) => void): () => void {
  subscribe(name, listener);
  return () => void unsubscribe(name, listener);
}

/** The channel's name for one moment of an operation. */
export function momentOf(operation: string, moment: 'start' | 'asyncEnd'): string {
  return `tracing:${operation}:${moment}`;
}

/** Checks each part, because not every runtime has `hasSubscribers` on the tracing channel itself. */
export function isTraced({ start, end, asyncStart, asyncEnd, error }: OperationChannel): boolean {
  return (
    start.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers
  );
}

/** Never throws. Node reports an exception of a subscriber as uncaught; if the runtime throws it here instead, it is dropped. */
export function publishTo(to: PointChannel, message: unknown): void {
  try {
    to.publish(message);
  } catch {
    // Node reports it as an uncaught exception, after this turn. A runtime that throws it here must not cause an error in the publisher.
  }
}

/** The outcome as subscribers get it. */
export interface Published<Value> {
  readonly resultOf: (value: Value) => unknown;
  readonly errorOf: (thrown: unknown) => unknown;
}

/**
 * Runs an operation and publishes its course, as `TracingChannel.tracePromise` does; `course` is the same object in all its messages, and
 * has `result` or `error` at the end. Returns the promise of `run` itself, so that a caller that awaits it continues in the same turn as
 * without subscribers, and after them.
 */
export function traced<Value>(
  by: OperationChannel,
  course: object,
  run: () => Promise<Value>,
  { resultOf, errorOf }: Published<Value>,
): Promise<Value> {
  let running: Promise<Value> | undefined;
  const state = { hasBegun: false };
  const publish = (...moments: readonly PointChannel[]): void => {
    for (const moment of moments) publishTo(moment, course);
  };
  const begin = (): void => {
    state.hasBegun = true;
    running = run();
    const ended = running.then(
      (value) => {
        Object.assign(course, { result: resultOf(value) });
        publish(by.asyncStart, by.asyncEnd);
      },
      (thrown: unknown) => {
        Object.assign(course, { error: errorOf(thrown) });
        publish(by.error, by.asyncStart, by.asyncEnd);
      },
    );
    ended.catch(() => undefined);
  };
  try {
    by.start.runStores(course, begin);
  } catch (error) {
    if (state.hasBegun) throw error;
    // The runtime could not publish the beginning: the operation continues without it.
  }
  publish(by.end);
  return running ?? run();
}
