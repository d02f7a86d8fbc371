/**
 * One interface for every kind of source of an application, such as audio or the body of a `Response`, which can be closed at once: the
 * `return` of an iterator and the `cancel` or `destroy` of a stream are called without waiting for a pending `next`. The request of a
 * server is not destroyed, because its socket also carries the answer.
 */

export interface SourceReader<Item> {
  /** One call at a time. Rejects with the errors of the source. */
  next(): Promise<IteratorResult<Item, unknown>>;
  /** Closes the source. Returns at once, even while a `next` is pending; never throws, whatever the source does. */
  leave(): void;
}

/** The methods of a web stream that are used; for a Node stream only `destroy` and `on`. */
interface WebStream<Item> {
  getReader(): {
    read(): Promise<IteratorResult<Item, unknown>>;
    cancel(): Promise<void>;
    releaseLock(): void;
  };
}
interface NodeStream {
  destroy(): unknown;
  on(event: 'error', listener: () => void): unknown;
}
/** The members that are used of a request received by a server of `node:http` or `node:http2`. */
interface ServerRequest extends NodeStream {
  iterator(options: { readonly destroyOnReturn: boolean }): AsyncIterator<never>;
  resume(): unknown;
}

/** Undefined for a value that can't be iterated, and for bytes. Throws the errors of the source when it is opened. */
export function openSource<Item>(
  source: Item | Iterable<Item> | AsyncIterable<Item>,
): SourceReader<Item> | undefined {
  // Typed arrays can be iterated as well, but as numbers.
  if (typeof source !== 'object' || source === null || ArrayBuffer.isView(source)) return undefined;
  if (isWebStream<Item>(source)) return readWebStream(source);
  if (isServerRequest(source)) return readServerRequest(source);
  if (Symbol.asyncIterator in source) {
    const iterator = source[Symbol.asyncIterator]();
    return isNodeStream(source) ? readNodeStream(source, iterator) : readIterator(iterator);
  }
  return Symbol.iterator in source ? readIterator(source[Symbol.iterator]()) : undefined;
}

function readIterator<Item>(iterator: AsyncIterator<Item> | Iterator<Item>): SourceReader<Item> {
  return {
    next: async () => {
      const result: unknown = await iterator.next();
      if (typeof result !== 'object' || result === null) {
        throw new TypeError('the iterator of the audio source gave no iterator result');
      }
      const { done, value } = result as IteratorResult<Item | Promise<Item>, unknown>;
      if (done === true) return { done, value };
      // A synchronous iterator may return promises, as `for await` allows.
      return { done: false, value: await value };
    },
    leave: () => ignoreOutcome(() => iterator.return?.()),
  };
}

/** `return` of a web stream's iterator waits for a pending `next`; its reader can cancel meanwhile. */
function readWebStream<Item>(stream: WebStream<Item>): SourceReader<Item> {
  const reader = stream.getReader();
  const release = (): void => ignoreOutcome(() => reader.releaseLock());
  return {
    next: async () => {
      try {
        const result = await reader.read();
        if (result.done === true) release();
        return result;
      } catch (error) {
        release();
        throw error;
      }
    },
    leave: () => {
      ignoreOutcome(() => reader.cancel());
      release();
    },
  };
}

/** `return` of a Node stream's iterator waits as well. */
function readNodeStream<Item>(stream: NodeStream, iterator: AsyncIterator<Item>): SourceReader<Item> {
  return {
    ...readIterator(iterator),
    leave: () => {
      // A stream may fail while it is destroyed: without a listener that would end the process.
      ignoreOutcome(() => stream.on('error', () => undefined));
      ignoreOutcome(() => stream.destroy());
    },
  };
}

/** Reading stops, and the rest is discarded: the server can answer, and the client can finish its upload. */
function readServerRequest<Item>(request: ServerRequest): SourceReader<Item> {
  const iterator: AsyncIterator<Item> = request.iterator({ destroyOnReturn: false });
  const discard = (): unknown => request.resume();
  return {
    ...readIterator(iterator),
    leave: () => {
      ignoreOutcome(() => request.on('error', () => undefined));
      // Waits for a pending `next`, because a stream does not flow while it is iterated.
      ignoreOutcome(() => iterator.return?.().then(discard, discard));
    },
  };
}

function isWebStream<Item>(source: object): source is WebStream<Item> {
  return 'getReader' in source && typeof source.getReader === 'function';
}

function isNodeStream(source: object): source is NodeStream {
  return (
    'destroy' in source &&
    typeof source.destroy === 'function' &&
    'on' in source &&
    typeof source.on === 'function'
  );
}

/** Whether it is a request that a server has received. A response that a client has received has no method. */
export function isServerRequest(source: object): source is ServerRequest {
  return (
    isNodeStream(source) &&
    'httpVersion' in source &&
    'method' in source &&
    typeof source.method === 'string' &&
    'iterator' in source &&
    typeof source.iterator === 'function' &&
    'resume' in source &&
    typeof source.resume === 'function'
  );
}

/** The source is no longer needed: its errors, now or later, are ignored. */
function ignoreOutcome(call: () => unknown): void {
  const ignore = (): void => undefined;
  try {
    Promise.resolve(call()).catch(ignore);
  } catch {
    ignore();
  }
}
