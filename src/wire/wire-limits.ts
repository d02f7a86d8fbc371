/**
 * How much a message of the service may hold. What is beyond a limit is refused as undecodable (`protocolError`), or cut where
 * the text is for people. Far above what a service sends, far below what costs a process its time or memory.
 */
export const WIRE_LIMITS: Readonly<Record<WireLimit, number>> = Object.freeze({
  /** Connection ids, request ids, avatar ids and reasons, bytes; a request id has 27, a connection id about 36. */
  idBytes: 1_024,
  /** Capabilities of a confirmation; today's services name two. */
  capabilities: 64,
  capabilityBytes: 128,
  /** Text of a ServerError, bytes; what is beyond is cut. */
  errorTextBytes: 8_192,
  /** Pieces, empty ones not counted, in which the content of one message may come. Encoders make one. */
  contentPieces: 1_024,
  /** Keyframes of one message: ten minutes of speech. */
  keyframes: 16_384,
  /** Encoded bytes of one keyframe: 16 thousand floats, where a face has about 120. */
  keyframeBytes: 65_536,
});

type WireLimit =
  | 'idBytes'
  | 'capabilities'
  | 'capabilityBytes'
  | 'errorTextBytes'
  | 'contentPieces'
  | 'keyframes'
  | 'keyframeBytes';
