/**
 * The steps of a fuzzing run: the bytes that the service sends, the calls of the application, and the time
 * that passes. Plain data, so that a finding can be stored as text.
 */

/** The calls of the application, made directly or from within a callback. */
export const CALLS = [
  'speak',
  'write',
  'end',
  'interruptOne',
  'sendAudio',
  'sendLastAudio',
  'interrupt',
  'pause',
  'resume',
  'close',
  'drain',
] as const;
export type Call = (typeof CALLS)[number];

/**
 * Placeholders in a message for the ids of the first and of the newest request that the service has received.
 * They have the length of an id.
 */
export const FIRST_REQUEST = 'F'.repeat(27);
export const NEWEST_REQUEST = 'N'.repeat(27);

export type Step =
  /** A binary message in hexadecimal. The two placeholders above are replaced by the real ids. */
  | { readonly kind: 'frame'; readonly hex: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'close'; readonly closeCode: number; readonly closeReason: string }
  | { readonly kind: 'violate' }
  /** The socket has accepted the written bytes. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'call'; readonly call: Call };

export interface Script {
  /**
   * Whether the service confirms every connection by itself. Otherwise only a frame of the script confirms
   * it.
   */
  readonly confirms: boolean;
  readonly egress: boolean;
  /**
   * The call that the application makes in each callback of this name. If `throws` is set, the callback also
   * throws.
   */
  readonly within: { readonly event: 'frame' | 'error' | 'state' | 'retry'; readonly call: Call } | undefined;
  readonly throws: boolean;
  readonly steps: readonly Step[];
}
