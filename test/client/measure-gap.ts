/**
 * Measures the gap in the frames after the loss of a connection during speech: the time until the next new
 * keyframe. Virtual time.
 */
import { AvatarSession } from '../../src/index.js';
import type { Recovery } from '../../src/index.js';
import { sleep } from '../../src/ports/clock.js';
import { VirtualClock } from '../virtual-clock.js';
import { KEYFRAME_MS, ROUND_TRIP_MS, serveOverLongLine } from './long-line.js';
import type { LongLine } from './long-line.js';
import { virtualSession } from './virtual-session.js';

export interface GapPlan {
  /** The position in the utterance at which the line is cut, milliseconds. */
  readonly positionMs: number;
  readonly recovery: Recovery;
  /** The result of every random draw of the session, from 0 to 1. */
  readonly draw: number;
}

/** How many times faster than speech the service animates. */
const SPEED = 5;
/** Round trips of the token request and of the upgrade: one to connect, one for the request. */
const TRIPS = 2;
/** Milliseconds of audio per write. */
const PIECE_MS = 200;
const BYTES_PER_MS = 32;
const neverAborted = new AbortController().signal;

/** The gap in milliseconds, for the only session of a process, with default options except `recovery`. */
export async function gapMs({ positionMs, recovery, draw }: GapPlan): Promise<number> {
  const clock = new VirtualClock();
  const last = positionMs / KEYFRAME_MS;
  const lines: LongLine[] = [];
  const { session } = virtualSession({
    clock,
    takesFrames: false,
    service: (dial) => {
      // After a cut the keyframes of the tail come one by one, so the gap is measured exactly.
      const roughlyUntil = lines.length === 0 || recovery === 'replay' ? last - 25 : 0;
      lines.push(
        serveOverLongLine(dial, clock, { thinksMs: 0, speed: SPEED, roughlyUntil, upgradeTrips: TRIPS }),
      );
    },
    options: {
      tokenProvider: async () => {
        await sleep(clock, TRIPS * ROUND_TRIP_MS, neverAborted);
        return 'token';
      },
      random: { next: () => draw },
      recovery,
      // With `replay` all of the audio is sent again, so all of it must be kept.
      replay: { maxBytes: 64 * 1024 * 1024 },
    },
  });
  let keyframes = 0;
  session.on('frame', (frame) => (keyframes = frame.index + frame.keyframes.length));
  void session.start();
  await clock.until(() => session.state === 'websocket_runtime');
  const utterance = session.speak();
  utterance.finished.catch(() => undefined);
  const write = (): void => {
    utterance.write(new Uint8Array(PIECE_MS * BYTES_PER_MS)).catch(() => undefined);
    clock.schedule(PIECE_MS, write);
  };
  write();
  await clock.until(() => keyframes >= last, 2 * positionMs + 10_000);
  const cutAtMs = clock.nowMs();
  lines.at(-1)?.socket?.drop(1006);
  const heard = keyframes;
  await clock.until(() => keyframes > heard, positionMs + 60_000);
  const gap = clock.nowMs() - cutAtMs;
  await AvatarSession.closeAll();
  return gap;
}
