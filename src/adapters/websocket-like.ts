/**
 * The part of the WHATWG WebSocket that the transport uses, so that no DOM types are needed and any implementation
 * fits: a browser's, Deno's, Node's from version 22 on, undici's, the one of the `ws` package, mock-socket's.
 */
export interface WebSocketLike {
  binaryType: string;
  /** Absent, or always 0, in some runtimes. */
  readonly bufferedAmount?: number;
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: WebSocketListener): void;
}

/** Written as a method, whose parameter types TypeScript compares leniently: each runtime has its own event classes. */
export type WebSocketListener = { handle(event: unknown): void }['handle'];

export type WebSocketConstructor = new (url: string) => WebSocketLike;
