/**
 * Speech for scenarios: sends audio piece by piece, and compares the delivered keyframes with those of the
 * audio.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import type { AvatarSession, Frame, Keyframe } from '../../../src/index.js';
import { animate, animateFrom } from '../../../src/emulator/animation/animator.js';
import { pieces } from '../../emulator/pcm.js';

const RATE_HZ = 16_000;

/** 20 ms of speech at 16 kHz. */
export const CHUNK_BYTES = 640;

/** Sends all audio with `sendAudio`, one chunk per turn of the event loop, and resolves with the request id. */
export async function say(
  session: AvatarSession,
  pcm: Uint8Array,
  chunkBytes = CHUNK_BYTES,
): Promise<string> {
  let reqId = '';
  for (const piece of pieces(pcm, chunkBytes)) {
    reqId = await session.sendAudio(piece);
    await turn();
  }
  await session.sendAudio(new Uint8Array(0), true);
  return reqId;
}

/** Resolves when the last frame of the request has been delivered. */
export async function heardOut(
  session: AvatarSession,
  reqId: string,
  frames: readonly Frame[],
): Promise<void> {
  if (frames.some((frame) => frame.reqId === reqId && frame.end)) return;
  await new Promise<void>((resolve, reject) => {
    session.on('close', ({ reason }) =>
      reject(new Error(`the session ended (${reason}) before ${reqId} did`)),
    );
    session.on('frame', (frame) => {
      if (frame.reqId === reqId && frame.end) resolve();
    });
  });
}

/** Expects every keyframe of the audio once, in order, with contiguous numbers, and one end. */
export function expectSpokenOnce(frames: readonly Frame[], reqId: string, pcm: Uint8Array): void {
  const own = frames.filter((frame) => frame.reqId === reqId);
  const expected = expectedOf(own, pcm);
  expect(numbers(own.flatMap(({ keyframes }) => keyframes))).toEqual(numbers(expected));
  const differing = own
    .flatMap(({ keyframes }) => keyframes)
    .findIndex((one, at) => !isDeepStrictEqual(one, expected[at]));
  expect(differing, 'the first keyframe that differs from that of this audio').toBe(-1);
  let count = 0;
  for (const frame of own) {
    expect(frame.index).toBe(count);
    count += frame.keyframes.length;
  }
  expect(own.map(({ end }) => end)).toEqual(own.map((_, at) => at === own.length - 1));
}

/**
 * The keyframes that the service makes from this audio: from all of it, and after a recovery from the part after a
 * delivered keyframe. The number of that keyframe in the new request shows where that part begins.
 */
export function expectedOf(frames: readonly Frame[], pcm: Uint8Array): readonly Keyframe[] {
  const expected = animate(pcm, RATE_HZ);
  for (const { resumed, index, keyframes } of frames) {
    const start = index - (numbers(keyframes.slice(0, 1))[0] ?? index);
    if (!resumed || start <= 0) continue;
    expect(start, 'a recovery begins in the delivered part').toBeLessThanOrEqual(index);
    expected.splice(index, Infinity, ...animateFrom(pcm, RATE_HZ, start).slice(index - start));
  }
  return expected;
}

/**
 * The numbers that the service writes into its keyframes, so that a failed test shows numbers instead of
 * floats.
 */
function numbers(keyframes: readonly Keyframe[]): (number | undefined)[] {
  return keyframes.map(({ expression }) => expression[1]);
}
