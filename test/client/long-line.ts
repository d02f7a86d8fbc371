/**
 * A service at the end of a line with a long delay, in virtual time. It confirms, and sends keyframes for the
 * audio of each request. The line can drop all packets for some time: bytes in flight then arrive afterwards,
 * because TCP sends them again.
 */
import { MessageType } from '../../src/ports/message.js';
import type { VirtualClock } from '../virtual-clock.js';
import type { FakeDial, FakeSocket } from './fake-transport.js';

export const ROUND_TRIP_MS = 40;
/** The duration of the speech for one keyframe. */
export const KEYFRAME_MS = 40;
const BYTES_PER_MS = 32;

export interface LongLine {
  readonly socket: FakeSocket | undefined;
  /** The time until which no packet arrives on either side. */
  deadUntilMs: number;
  /** Calls `arrive` after the one-way delay of the line, or when the line works again. */
  carry(arrive: () => void): void;
}

export interface LongLinePlan {
  /** The time from the first audio to the first keyframe, milliseconds. Default 200. */
  readonly thinksMs?: number;
  /** How many times faster than speech the service animates. Default 1. */
  readonly speed?: number;
  /** Keyframes up to this number come in messages of one second, the others in one message each. Default 0. */
  readonly roughlyUntil?: number;
  /**
   * For how long no packet arrives in either direction after the first audio of a request, pings and their answers
   * included, milliseconds. Default 0.
   */
  readonly standsStillMs?: number;
  /** Whether it answers pings. Default true. */
  readonly pongs?: boolean;
  /** The number of round trips of an upgrade. Default 0. */
  readonly upgradeTrips?: number;
}

export function serveOverLongLine(dial: FakeDial, clock: VirtualClock, plan: LongLinePlan): LongLine {
  const line = {
    socket: undefined as FakeSocket | undefined,
    deadUntilMs: 0,
    carry(arrive: () => void) {
      const atMs = Math.max(clock.nowMs(), line.deadUntilMs) + ROUND_TRIP_MS / 2;
      if (atMs < Infinity) clock.schedule(atMs - clock.nowMs(), arrive);
    },
  };
  const open = (): void => {
    line.socket = dial.accept();
    serve(line.socket, clock, line, plan);
  };
  const { upgradeTrips = 0 } = plan;
  if (upgradeTrips === 0) open();
  else clock.schedule(upgradeTrips * ROUND_TRIP_MS, open);
  return line;
}

interface Run {
  audioMs: number;
  keyframes: number;
  ended: boolean;
}

function serve(socket: FakeSocket, clock: VirtualClock, line: LongLine, plan: LongLinePlan): void {
  const { thinksMs = 200, speed = 1, roughlyUntil = 0, pongs = true, standsStillMs = 0 } = plan;
  const runs = new Map<string, Run>();
  const answerPing = socket.onPing;
  socket.onPing = () => {
    if (pongs) line.carry(() => line.carry(answerPing));
  };
  const animate = (reqId: string, run: Run): void => {
    if (!socket.open) return;
    const ready = Math.floor(run.audioMs / KEYFRAME_MS) - run.keyframes;
    const wanted = run.keyframes + 25 <= roughlyUntil ? 25 : 1;
    const count = run.ended ? Math.min(wanted, ready) : wanted;
    if (count > 0 && count <= ready) {
      run.keyframes += count;
      const end = run.ended && count === ready;
      line.carry(() => socket.animate(reqId, count, { end }));
      if (end) return;
    }
    clock.schedule((Math.max(count, 1) * KEYFRAME_MS) / speed, () => animate(reqId, run));
  };
  socket.onReceive = (message) => {
    if (message.type === MessageType.clientConfigureSession) {
      const type = MessageType.serverConfirmSession;
      line.carry(() => line.carry(() => socket.say({ type, connectionId: 'connection', capabilities: [] })));
    }
    if (message.type !== MessageType.clientAudioInput) return;
    const { reqId, audio, end } = message;
    line.carry(() => {
      const begun = runs.get(reqId);
      const run = begun ?? { audioMs: 0, keyframes: 0, ended: false };
      if (begun === undefined) {
        runs.set(reqId, run);
        line.deadUntilMs = Math.max(line.deadUntilMs, clock.nowMs() + standsStillMs);
        clock.schedule(thinksMs, () => animate(reqId, run));
      }
      run.audioMs += audio.length / BYTES_PER_MS;
      run.ended ||= end;
    });
  };
}
