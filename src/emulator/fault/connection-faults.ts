/**
 * The kinds of faults of an open connection: those that strike as soon as they are due, in the handshake or
 * at runtime; those that change the confirmation; and those that wait for a message and change it.
 * AnimationSender takes the last kind from RuntimeFaults when it sends such a message.
 */
import type { Random } from '../../ports/random.js';
import { encodeServerMessage } from '../../wire/encode.js';
import { MessageType, type ServerMessageContent } from '../../ports/message.js';
import { silentKeyframes } from '../animation/animator.js';
import {
  byDefault,
  CLOSE_CODE,
  CLOSE_REASON,
  COUNT,
  FLAG,
  groupOf,
  NAME,
  oneOf,
  optional,
  TEXT,
  TIME_MS,
  wholeFrom,
  type ConnectionTarget,
  faultRow,
} from './fault-row.js';

const OPEN = ['handshake', 'runtime'] as const;
const BYTES = wholeFrom(1, 256 * 1024 * 1024);
/** Has the form of a client's request id, but no request has it. */
const FOREIGN_REQ_ID = '20200101000000_unknownReque';

export const CONFIRMATION_FAULTS = {
  acceptThenDrop: faultRow({
    phases: ['handshake'],
    about: 'Confirms, then drops the TCP connection without a close frame; with `code`, after a close frame.',
    fields: { dropAfterMs: byDefault(0, TIME_MS), code: optional(CLOSE_CODE) },
    onConfirmation: ({ dropAfterMs, code }, confirmation) => {
      confirmation.drop ??= { afterMs: dropAfterMs, code };
    },
  }),
  missingCapability: faultRow({
    phases: ['handshake'],
    about: 'The confirmation lacks this capability, and the service behaves accordingly.',
    fields: { capability: NAME },
    onConfirmation: ({ capability }, confirmation) => {
      confirmation.capabilities = confirmation.capabilities.filter((name) => name !== capability);
    },
  }),
  emptyConnectionId: faultRow({
    phases: ['handshake'],
    about: 'The confirmation has an empty connection_id.',
    fields: {},
    onConfirmation: (_fault, confirmation) => {
      confirmation.connectionId = '';
    },
  }),
  confirmThenFrames: faultRow({
    phases: ['handshake'],
    about:
      'Writes the confirmation, a message of an unknown type and `count` keyframes of an unknown request at once, ' +
      'in one TCP segment as far as the kernel allows.',
    fields: { count: byDefault(1, COUNT) },
    onConfirmation: ({ count }, confirmation) => {
      confirmation.foreignFrames ??= count;
    },
  }),
};

export const CONNECTION_FAULTS = {
  close: faultRow({
    phases: OPEN,
    about: 'Sends a close frame; in the handshake instead of the confirmation.',
    fields: { code: CLOSE_CODE, reason: byDefault('', CLOSE_REASON) },
    isFinal: () => true,
    onConnection: ({ code, reason }, { socket }) => socket.close('fault', code, reason),
  }),
  serverError: faultRow({
    phases: OPEN,
    about: 'Sends a ServerError; in the handshake instead of the confirmation.',
    fields: {
      code: wholeFrom(-2_147_483_648, 2_147_483_647),
      message: TEXT,
      reqId: byDefault('none', oneOf('current', 'foreign', 'none')),
      thenClose: optional(groupOf({ code: CLOSE_CODE, reason: byDefault('', CLOSE_REASON) })),
    },
    isFinal: () => true,
    onConnection: ({ code, message, reqId, thenClose }, { socket, connectionId, currentReqId }) => {
      const named = { current: currentReqId, foreign: FOREIGN_REQ_ID, none: '' }[reqId];
      const content = { connectionId, reqId: named, code, message };
      socket.send(encodeServerMessage({ type: MessageType.serverError, ...content }));
      if (thenClose !== undefined) socket.close('fault', thenClose.code, thenClose.reason ?? '');
    },
  }),
  garble: faultRow({
    phases: OPEN,
    about: 'Sends `count` binary messages of `bytes` random bytes that are no envelope.',
    fields: { bytes: byDefault(64, BYTES), count: byDefault(1, COUNT) },
    onConnection: ({ bytes, count }, { socket, random }) =>
      repeat(count, () => socket.send(garbage(bytes, random))),
  }),
  textFrame: faultRow({
    phases: OPEN,
    about: 'Sends `count` text messages.',
    fields: { text: byDefault('{"message":"this is no protobuf"}', TEXT), count: byDefault(1, COUNT) },
    onConnection: ({ text, count }, { socket }) => repeat(count, () => socket.send(text)),
  }),
  truncate: faultRow({
    phases: OPEN,
    about:
      '`frame`: sends half of a WebSocket frame, then ends the TCP connection. `message`: sends one more frame, ' +
      'a whole one, with half an envelope in it; the real stream stays complete.',
    fields: { variant: oneOf('frame', 'message') },
    isFinal: ({ variant }) => variant === 'frame',
    onConnection: ({ variant }, target) => {
      const whole = silentKeyframe(target, target.currentReqId, false);
      if (variant === 'frame') target.socket.sendCutFrame(whole);
      else target.socket.send(whole.subarray(0, whole.length >> 1));
    },
  }),
  silence: faultRow({
    phases: OPEN,
    about:
      'Half-open connection: handles nothing, answers no ping, sends nothing, keeps TCP open. It lasts for ever, or ' +
      'for `durationMs`; then everything that arrived is handled. Bytes are still read from the kernel, so that a ' +
      'close by the peer is noticed; with `stopReading` they stay there (the peer meets backpressure, and its close is ' +
      'noticed only at `stop`).',
    fields: { durationMs: optional(TIME_MS), stopReading: byDefault(false, FLAG) },
    isFinal: ({ durationMs }) => durationMs === undefined,
    onConnection: ({ durationMs, stopReading }, { socket }) => socket.fallSilent(durationMs, stopReading),
  }),
  deaf: faultRow({
    phases: ['runtime'],
    about:
      'Ignores all messages, sends nothing, keeps the connection open. Pings are answered, unless `pongs` is false.',
    fields: { pongs: byDefault(true, FLAG) },
    onConnection: ({ pongs }, { socket }) => {
      if (pongs) socket.goDeaf();
      else socket.fallSilent(undefined, false);
    },
  }),
  noPongs: faultRow({
    phases: ['runtime'],
    about:
      'Answers no ping; everything else continues, as behind a load balancer that does not forward pings.',
    fields: {},
    onConnection: (_fault, { socket }) => socket.answerNoPings(),
  }),
  pingBurst: faultRow({
    phases: ['runtime'],
    about: 'Sends `count` pings at once, in one TCP segment as far as the kernel allows.',
    fields: { count: byDefault(61, COUNT) },
    onConnection: ({ count }, { socket }) =>
      socket.inOneSegment(() => repeat(count, () => socket.sendPing())),
  }),
  foreignFrames: faultRow({
    phases: OPEN,
    about:
      'Sends `count` keyframes, and an end, for a request that the client did not make; in the handshake before the ' +
      'confirmation. With `requests: "many"`, each keyframe is all of a request of its own.',
    fields: { count: byDefault(1, COUNT), requests: byDefault('one', oneOf('one', 'many')) },
    onConnection: ({ count, requests }, target) =>
      requests === 'one' ? sendForeignFrames(target, count) : sendForeignRequests(target, count),
  }),
  oversizedFrame: faultRow({
    phases: OPEN,
    about: 'Sends one binary message of `bytes` bytes.',
    fields: { bytes: BYTES },
    onConnection: ({ bytes }, { socket, random }) => void socket.send(garbage(bytes, random)),
  }),
};

export const MESSAGE_FAULTS = {
  earlyEnd: faultRow({
    phases: ['runtime'],
    about:
      'Ends a segment before the client ends the request: a message with keyframes carries `end`; with egress it is ' +
      'sent as soon as all audio so far has been played. The request continues.',
    fields: {},
  }),
  duplicateEnd: faultRow({
    phases: ['runtime'],
    about: 'Sends one more, empty, end message.',
    fields: {},
  }),
  dropEnd: faultRow({
    phases: ['runtime'],
    about: 'Sends the keyframes of a request, and never its end.',
    fields: {},
  }),
  duplicateFrame: faultRow({
    phases: ['runtime'],
    about: 'Sends a message with keyframes twice.',
    fields: {},
  }),
  playedMsBackwards: faultRow({
    phases: ['runtime'],
    about: 'Sends a PlaybackState with a position `byMs` lower than the last one sent.',
    fields: { byMs: byDefault(500, TIME_MS) },
  }),
  framesAfterInterrupt: faultRow({
    phases: ['runtime'],
    about: 'Sends `keyframes` more keyframes for a request after its interrupt, spread over `overMs`.',
    fields: { keyframes: byDefault(5, COUNT), overMs: byDefault(0, TIME_MS) },
  }),
};

export function sendForeignFrames(target: ConnectionTarget, count: number): void {
  repeat(count, (isLast) => target.socket.send(silentKeyframe(target, FOREIGN_REQ_ID, isLast)));
}

function sendForeignRequests(target: ConnectionTarget, count: number): void {
  let sent = 0;
  repeat(count, () => {
    const number = String(sent++).padStart(6, '0');
    target.socket.send(silentKeyframe(target, `${FOREIGN_REQ_ID.slice(0, -number.length)}${number}`, true));
  });
}

function silentKeyframe(
  { connectionId, avatarId }: ConnectionTarget,
  reqId: string,
  end: boolean,
): Uint8Array {
  const content: ServerMessageContent = {
    type: MessageType.serverResponseAnimation,
    connectionId,
    reqId,
    end,
    avatarId,
    keyframes: silentKeyframes(1),
  };
  return encodeServerMessage(content);
}

/** Bytes that begin with the reserved wire type 7, so that they are never a valid envelope. */
function garbage(length: number, random: Random): Uint8Array {
  const bytes = Uint8Array.from({ length }, () => Math.floor(random.next() * 256));
  bytes[0] = 0x0f;
  return bytes;
}

function repeat(count: number, run: (isLast: boolean) => void): void {
  for (let done = 1; done <= count; done++) run(done === count);
}
