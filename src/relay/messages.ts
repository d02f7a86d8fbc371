/** What goes between a relay and its browser, whatever the dialect: the messages as values. Must not know how they are written. */

/** The audio of a session, as a page has to play it. */
export interface RelayAudioFormat {
  /** `pcm_s16le`: mono samples of 16 bits, little endian; `ogg_opus`: pages of Ogg Opus, as the application gave them. */
  readonly encoding: 'pcm_s16le' | 'ogg_opus';
  /** Samples per second, Hz. */
  readonly sampleRateHz: number;
}

/** A text of the conversation, for the page to show. */
export interface Transcript {
  /** Who said it: `user` or `assistant`. */
  readonly role: string;
  /** The text. */
  readonly text: string;
}

/** To the browser. */
export type DownMessage =
  | {
      readonly type: 'ready';
      readonly id: string;
      /** The number of the message after this one. */
      readonly next: number;
      /** Whether the browser goes on where it was; otherwise it begins anew, and drops what it has. */
      readonly resumed: boolean;
      /** Whether a browser may come back with the id. */
      readonly lingers: boolean;
      readonly audio: RelayAudioFormat;
      readonly avatar: unknown;
    }
  | { readonly type: 'audio'; readonly reqId: string; readonly bytes: Uint8Array }
  | { readonly type: 'frame'; readonly reqId: string; readonly raw: Uint8Array; readonly end: boolean }
  /** Nothing more of the request follows. */
  | { readonly type: 'end'; readonly reqId: string }
  /** What has come of the request, and is not played yet, is to be dropped. */
  | { readonly type: 'interrupt'; readonly reqId: string; readonly byBrowser: boolean }
  | { readonly type: 'error'; readonly code: string; readonly reqId: string | undefined }
  | ({ readonly type: 'transcript' } & Transcript);

/** From the browser. */
export type UpMessage =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'micAudio'; readonly audio: Uint8Array }
  | { readonly type: 'setAvatar'; readonly avatarId: string }
  | { readonly type: 'speak'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly type: 'interrupt' }
  | { readonly type: 'played'; readonly reqId: string; readonly ms: number }
  /** Of a type that only the application knows. */
  | { readonly type: 'message'; readonly fields: Readonly<Record<string, unknown>> };

/** What a browser sent is no message of the dialect: the connection is closed with this code. */
export class BrokenRule extends Error {
  readonly closeCode: number;

  constructor(message: string, closeCode = 1008) {
    super(message);
    this.closeCode = closeCode;
  }
}
