/**
 * Carries out the faults that strike an open connection at once, in the handshake as well as at runtime. Decides neither
 * when nor whether.
 */
import type { Random } from '../../ports/random.js';
import { encodeServerMessage } from '../../wire/encode.js';
import { MessageType, type ServerMessageContent } from '../../wire/message.js';
import { silentKeyframes } from '../animation/pcm-animation.js';
import type { ServiceSocket } from '../socket/service-socket.js';
import type { FaultOf } from './fault.js';

export type ImmediateKind =
  | 'reset'
  | 'delay'
  | 'close'
  | 'serverError'
  | 'garble'
  | 'textFrame'
  | 'truncate'
  | 'silence'
  | 'deaf'
  | 'noPongs'
  | 'pingBurst'
  | 'foreignFrames'
  | 'oversizedFrame';

export interface FaultTarget {
  readonly socket: ServiceSocket;
  /** Empty before the confirmation. */
  readonly connectionId: string;
  readonly avatarId: string;
  /** The latest request, empty when there was none. */
  readonly currentReqId: string;
  readonly random: Random;
}

/** Looks like a client's, and is nobody's. */
const FOREIGN_REQ_ID = '20200101000000_nobodysReque';

export function carryOut(fault: FaultOf<ImmediateKind>, target: FaultTarget): void {
  const { socket, random } = target;
  switch (fault.kind) {
    case 'reset': {
      socket.reset();
      return;
    }
    case 'delay': {
      socket.hold(fault.delayMs);
      return;
    }
    case 'close': {
      socket.close('fault', fault.code, fault.reason ?? '');
      return;
    }
    case 'silence': {
      socket.fallSilent(fault.durationMs, fault.stopReading ?? false);
      return;
    }
    case 'deaf': {
      if (fault.pongs ?? true) socket.goDeaf();
      else socket.fallSilent(undefined, false);
      return;
    }
    case 'noPongs': {
      socket.answerNoPings();
      return;
    }
    case 'pingBurst': {
      socket.inOneSegment(() => repeat(fault.count ?? 61, () => socket.sendPing()));
      return;
    }
    case 'serverError': {
      sendError(fault, target);
      return;
    }
    case 'garble': {
      repeat(fault.count, () => socket.send(garbage(fault.bytes ?? 64, random)));
      return;
    }
    case 'textFrame': {
      repeat(fault.count, () => socket.send(fault.text ?? '{"message":"this is no protobuf"}'));
      return;
    }
    case 'truncate': {
      const whole = silentKeyframe(target, target.currentReqId, false);
      if (fault.variant === 'frame') socket.sendCutFrame(whole);
      else socket.send(whole.subarray(0, whole.length >> 1));
      return;
    }
    case 'foreignFrames': {
      sendForeignFrames(target, fault.count ?? 1);
      return;
    }
    case 'oversizedFrame':
      socket.send(garbage(fault.bytes, random));
  }
}

export function sendForeignFrames(target: FaultTarget, count: number): void {
  repeat(count, (isLast) => target.socket.send(silentKeyframe(target, FOREIGN_REQ_ID, isLast)));
}

function sendError(fault: FaultOf<'serverError'>, { socket, connectionId, currentReqId }: FaultTarget): void {
  const { code, message, reqId = 'none', thenClose } = fault;
  const named = reqId === 'current' ? currentReqId : reqId === 'foreign' ? FOREIGN_REQ_ID : '';
  socket.send(
    encodeServerMessage({ type: MessageType.serverError, connectionId, reqId: named, code, message }),
  );
  if (thenClose !== undefined) socket.close('fault', thenClose.code, thenClose.reason ?? '');
}

function silentKeyframe({ connectionId, avatarId }: FaultTarget, reqId: string, end: boolean): Uint8Array {
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

/** Begins with a field of the reserved wire type 7, so that it is never an envelope by accident. */
function garbage(length: number, random: Random): Uint8Array {
  const bytes = Uint8Array.from({ length }, () => Math.floor(random.next() * 256));
  bytes[0] = 0x0f;
  return bytes;
}

function repeat(count = 1, run: (isLast: boolean) => void): void {
  for (let done = 1; done <= count; done++) run(done === count);
}
