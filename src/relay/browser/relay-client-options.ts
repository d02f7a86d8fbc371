/** The types of the relay client's options and callbacks. */

/**
 * A WebSocket with the members that the client uses, as browsers have them. Listeners are typed as methods, whose parameters TypeScript
 * compares leniently, because each runtime has its own event classes.
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

/** `connecting`; `open` after `ready`; `waiting` before it connects again; `closed`, which is final. */
export type RelayClientState = 'connecting' | 'open' | 'waiting' | 'closed';

/** The relay is ready. */
export interface RelayReady {
  /** The id with which the page reconnects. Any client that has it can take the session over. */
  readonly id: string;
  /** Whether it continues where it was; otherwise messages from before are lost. */
  readonly resumed: boolean;
  /** The format of the audio that follows. */
  readonly audio: {
    /** `pcm_s16le`: mono samples of 16 bits, little endian; `ogg_opus`: pages of Ogg Opus. */
    readonly encoding: 'pcm_s16le' | 'ogg_opus';
    /** Samples per second, Hz. */
    readonly sampleRateHz: number;
  };
  /** The description of the avatar that the application gave. */
  readonly avatar?: unknown;
}

/** The callbacks of the client, all optional. Audio is delivered before the frames that belong to it. */
export interface RelayClientHandlers {
  /** The relay is ready, again after each reconnect. */
  readonly onReady?: ((ready: RelayReady) => unknown) | undefined;
  /** Audio of a request. */
  readonly onAudio?:
    | ((message: { readonly reqId: string; readonly audio: Uint8Array }) => unknown)
    | undefined;
  /** A message with keyframes of a request, as the service sent it: `readKeyframes(raw)`. `end`: it is the last one. */
  readonly onFrame?:
    | ((message: { readonly reqId: string; readonly raw: Uint8Array; readonly end: boolean }) => unknown)
    | undefined;
  /** No further message of the request follows. */
  readonly onEnd?: ((message: { readonly reqId: string }) => unknown) | undefined;
  /** Unplayed audio and frames of the request must be dropped; no `onEnd` follows for it. */
  readonly onInterrupt?: ((message: { readonly reqId: string }) => unknown) | undefined;
  /** A request has failed, or without `reqId` the session. The code is an error code of the Web SDK. */
  readonly onError?:
    | ((message: { readonly code: string; readonly reqId?: string | undefined }) => unknown)
    | undefined;
  /** A text of the conversation. */
  readonly onTranscript?:
    | ((message: { readonly role: string; readonly text: string }) => unknown)
    | undefined;
  /** The state has changed. */
  readonly onState?: ((state: RelayClientState) => unknown) | undefined;
  /** It is closed and does not reconnect: by the page, or by the relay with this close code. */
  readonly onClose?: ((close: { readonly code: number }) => unknown) | undefined;
}

/** Options of `connectRelay`. */
export interface RelayClientOptions extends RelayClientHandlers {
  /** The address of the relay, `wss:` or `ws:`, absolute. */
  readonly url: string;
  /**
   * The id of an earlier `onReady`, such as before a reload: the session continues, but unfinished utterances are interrupted.
   *
   * @default none: a new session
   */
  readonly id?: string | undefined;
  /**
   * A WebSocket class in place of the global one.
   *
   * @default the global WebSocket
   */
  readonly WebSocket?: (new (url: string) => WebSocketLike) | undefined;
}
