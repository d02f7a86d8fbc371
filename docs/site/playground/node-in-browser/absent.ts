/**
 * What Node has and a browser has not, by the names under which the package imports it: sockets, servers, files, compression. The playground
 * gives the session a transport and an HTTP client of its own, so nothing of it is called; what is called all the same says what is missing.
 */

type Absent = new () => never;

function absent(name: string): Absent {
  return function missing(): never {
    throw new Error(`a browser has no ${name}`);
  } as unknown as Absent;
}

export const connect = absent('sockets');
export const Socket = absent('sockets');
export const isIP = (text: string): number => (/^[\d.]+$/.test(text) ? 4 : text.includes(':') ? 6 : 0);

export const createServer = absent('servers');
export const STATUS_CODES: Readonly<Record<number, string>> = {};
export const request = absent('HTTP client of Node');
export const urlToHttpOptions = absent('HTTP client of Node');
export const WebSocketServer = absent('servers');
/** The class of the package `ws`; `createWebSocketTransport` takes the one that it is given. */
export const WebSocket = absent('package ws');

export const createBrotliDecompress = absent('streams of Node');
export const createGunzip = absent('streams of Node');
export const createInflate = absent('streams of Node');
export const createInflateRaw = absent('streams of Node');
export const Readable = absent('streams of Node');
export const Transform = absent('streams of Node');
export const Writable = absent('streams of Node');

/** Of `node:module`: a `require` that finds nothing, as where an optional package is not installed. */
export function createRequire(): (name: string) => never {
  return (name) => {
    throw Object.assign(new Error(`a browser has no package ${name}`), { code: 'MODULE_NOT_FOUND' });
  };
}

/** Of `node:os` and `node:zlib`. */
export const constants: Readonly<Record<string, unknown>> = { signals: {} };

/** Of `node:worker_threads`. */
export const isMainThread = true;
export function markAsUntransferable(): void {
  // The page transfers no memory to workers.
}
