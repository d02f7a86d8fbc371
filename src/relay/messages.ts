/** The messages between a relay and its browser as values, independent of the dialect. */

/** The format of a session's audio, which the page plays. */
export interface RelayAudioFormat {
  /** `pcm_s16le`: mono samples of 16 bits, little endian; `ogg_opus`: pages of Ogg Opus, as the application gave them. */
  readonly encoding: 'pcm_s16le' | 'ogg_opus';
  /** Samples per second, Hz. */
  readonly sampleRateHz: number;
}

/** A text of the conversation for display in the page. */
export interface Transcript {
  /** The speaker: `user` or `assistant`. */
  readonly role: string;
  /** The text. */
  readonly text: string;
}

/** A message to the browser. */
export type DownMessage =
  | {
      readonly type: 'ready';
      readonly id: string;
      /** The number of the message after this one. */
      readonly next: number;
      /** Whether the browser continues where it was; otherwise it starts afresh and drops its messages. */
      readonly resumed: boolean;
      /** Whether a browser may reconnect with the id. */
      readonly lingers: boolean;
      readonly audio: RelayAudioFormat;
      readonly avatar: unknown;
    }
  | { readonly type: 'audio'; readonly reqId: string; readonly bytes: Uint8Array }
  | { readonly type: 'frame'; readonly reqId: string; readonly raw: Uint8Array; readonly end: boolean }
  /** No further message of the request follows. */
  | { readonly type: 'end'; readonly reqId: string }
  /** Unplayed audio and frames of the request must be dropped. */
  | { readonly type: 'interrupt'; readonly reqId: string; readonly byBrowser: boolean }
  | { readonly type: 'error'; readonly code: string; readonly reqId: string | undefined }
  | ({ readonly type: 'transcript' } & Transcript);

/** A message from the browser. */
export type UpMessage =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'micAudio'; readonly audio: Uint8Array }
  | { readonly type: 'setAvatar'; readonly avatarId: string }
  | { readonly type: 'speak'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly type: 'interrupt' }
  | { readonly type: 'played'; readonly reqId: string; readonly ms: number }
  /** A message whose type only the application knows. */
  | { readonly type: 'message'; readonly fields: Readonly<Record<string, unknown>> };

/** A browser sent data that is no message of the dialect: the connection is closed with this code. */
export class BrokenRule extends Error {
  readonly closeCode: number;

  constructor(message: string, closeCode = 1008) {
    super(message);
    this.closeCode = closeCode;
  }
}
