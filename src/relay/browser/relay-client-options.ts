/** What the page's side of a relay takes and gives, as types. */

/**
 * A WebSocket, as browsers have them: what the client uses of it. Listeners are typed as methods, whose parameters TypeScript compares
 * leniently: each runtime has its own event classes.
 */
export interface WebSocketLike {
  /** 1 while it is open. */
  readonly readyState: number;
  /** The client sets `arraybuffer`. */
  binaryType: string;
  /** Called with each message. */
  onmessage: { handle(event: { readonly data: unknown }): void }['handle'] | null;
  /** Called once, when it is closed or could not be opened. */
  onclose: { handle(event: { readonly code: number }): void }['handle'] | null;
  /** Sends text or bytes. */
  send(data: string | Uint8Array): void;
  /** Begins the close handshake. */
  close(code?: number): void;
}

/** `connecting`; `open`, from `ready` on; `waiting` before it connects again; `closed`, which is final. */
export type RelayClientState = 'connecting' | 'open' | 'waiting' | 'closed';

/** The relay is ready. */
export interface RelayReady {
  /** The name by which the page comes back; any client that knows it can take the session over. */
  readonly id: string;
  /** Whether it goes on where it was; otherwise nothing of before comes any more. */
  readonly resumed: boolean;
  /** The audio that follows. */
  readonly audio: {
    /** `pcm_s16le`: mono samples of 16 bits, little endian; `ogg_opus`: pages of Ogg Opus. */
    readonly encoding: 'pcm_s16le' | 'ogg_opus';
    /** Samples per second, Hz. */
    readonly sampleRateHz: number;
  };
  /** What the application has given as the avatar. */
  readonly avatar?: unknown;
}

/** What the client calls, each if it is there. Audio comes before the frames that belong to it. */
export interface RelayClientHandlers {
  /** The relay is ready, again after each reconnect. */
  readonly onReady?: ((ready: RelayReady) => unknown) | undefined;
  /** Audio of a request. */
  readonly onAudio?:
    | ((message: { readonly reqId: string; readonly audio: Uint8Array }) => unknown)
    | undefined;
  /** A message with keyframes of a request, as the service sent it: `readKeyframes(raw)`. `end` says that it is the last. */
  readonly onFrame?:
    | ((message: { readonly reqId: string; readonly raw: Uint8Array; readonly end: boolean }) => unknown)
    | undefined;
  /** Nothing more of the request follows. */
  readonly onEnd?: ((message: { readonly reqId: string }) => unknown) | undefined;
  /** What was not played of the request is to be dropped, and no end follows. */
  readonly onInterrupt?: ((message: { readonly reqId: string }) => unknown) | undefined;
  /** A request has failed, or without `reqId` the session: an error code of the Web SDK. */
  readonly onError?:
    | ((message: { readonly code: string; readonly reqId?: string | undefined }) => unknown)
    | undefined;
  /** A text of the conversation. */
  readonly onTranscript?:
    | ((message: { readonly role: string; readonly text: string }) => unknown)
    | undefined;
  /** The state has changed. */
  readonly onState?: ((state: RelayClientState) => unknown) | undefined;
  /** It is closed and does not reconnect: by the page or with this close code by the relay. */
  readonly onClose?: ((close: { readonly code: number }) => unknown) | undefined;
}

/** Options of `connectRelay`. */
export interface RelayClientOptions extends RelayClientHandlers {
  /** Where the relay is, `wss:` or `ws:`, absolute. */
  readonly url: string;
  /**
   * The id of an earlier `onReady`, such as before a reload: the session goes on, what was being said does not.
   *
   * @default none: a new session
   */
  readonly id?: string | undefined;
  /**
   * Another WebSocket than the global one.
   *
   * @default the global WebSocket
   */
  readonly WebSocket?: (new (url: string) => WebSocketLike) | undefined;
}
