/** A queue of frames without a session. */
import { Frame } from '../../../src/client/events/session-events.js';
import { FrameQueue } from '../../../src/client/speech/frame-queue.js';
import { KeptFrames } from '../../../src/client/speech/kept-frames.js';
import type { FrameQueueHost, MissingFrames } from '../../../src/client/speech/frame-queue.js';
import { missingFramesError } from '../../../src/client/speech/send-pipeline.js';
import { ReaderWatch } from '../../../src/client/speech/frame-loop.js';
import { SessionErrors } from '../../../src/client/events/session-errors.js';
import { createRedactor } from '../../../src/core/redaction/redactor.js';
import type { UtteranceOutcome } from '../../../src/core/failure/avatar-sdk-error.js';
import { VirtualClock } from '../../virtual-clock.js';

export const MIB = 1024 * 1024;
export const READER_TIMEOUT_MS = 30_000;
export const frame = (index: number, bytes = 10): Frame =>
  new Frame('r', false, index, new Uint8Array(bytes));

export interface Queue {
  readonly frames: FrameQueue;
  readonly clock: VirtualClock;
  readonly readers: ReaderWatch;
  /** Adds frames with successive numbers. */
  readonly push: (count: number, bytes?: number) => void;
}

/** Frames that are kept for any number of loops. */
export function keptFrames(clock = new VirtualClock()): KeptFrames {
  return new KeptFrames('r', hostOf(clock, new ReaderWatch(clock, READER_TIMEOUT_MS)));
}

function hostOf(clock: VirtualClock, readers: ReaderWatch): FrameQueueHost {
  const host = {
    over: false,
    errors: new SessionErrors(createRedactor([]), { phase: 'websocket_runtime', clock }, false),
  };
  return {
    readers,
    pausing: { holdsNow: false, over: Promise.resolve() },
    framesMissing: (reqId: string, missing: MissingFrames, outcome: UtteranceOutcome = 'delivered') =>
      missingFramesError(host, READER_TIMEOUT_MS, reqId, outcome, missing),
  };
}

export function queue(
  clock = new VirtualClock(),
  readers = new ReaderWatch(clock, READER_TIMEOUT_MS),
): Queue {
  const frames = new FrameQueue('r', hostOf(clock, readers));
  let index = 0;
  const push = (count: number, bytes?: number): void => {
    for (const end = index + count; index < end; index += 1) frames.push(frame(index, bytes), false);
  };
  return { frames, clock, readers, push };
}

/** The number of frames that a loop got, and the error that it threw. */
export async function readToEnd(frames: FrameQueue): Promise<{ count: number; error: unknown }> {
  let count = 0;
  try {
    for await (const { index } of frames) {
      if (index !== count) throw new Error(`frame ${index} came in the place of ${count}`);
      count += 1;
    }
  } catch (error) {
    return { count, error };
  }
  return { count, error: undefined };
}
