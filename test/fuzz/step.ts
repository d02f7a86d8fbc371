/**
 * What a fuzzing run does to a session, step by step: what the service sends, byte for byte, what the application calls, and
 * how much time passes. Plain data, so that a finding can be kept as text.
 */

/** What the application does, of its own accord or from within a callback. */
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

/** Stand in a message for the ids of the first and of the newest request that the service has heard; as long as one. */
export const FIRST_REQUEST = 'F'.repeat(27);
export const NEWEST_REQUEST = 'N'.repeat(27);

export type Step =
  /** A binary message, hexadecimal; in the two texts above stands the id that the service has really heard. */
  | { readonly kind: 'frame'; readonly hex: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'close'; readonly closeCode: number; readonly closeReason: string }
  | { readonly kind: 'violate' }
  /** The socket has taken what was written. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'call'; readonly call: Call };

export interface Script {
  /** Whether the service confirms every connection by itself; else only a frame does. */
  readonly confirms: boolean;
  readonly egress: boolean;
  /** What the application calls within each callback of that name; it throws there in any case when `throws` is set. */
  readonly within: { readonly event: 'frame' | 'error' | 'state' | 'retry'; readonly call: Call } | undefined;
  readonly throws: boolean;
  readonly steps: readonly Step[];
}
