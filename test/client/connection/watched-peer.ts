/** A fake peer that a heartbeat watches, without a connection. */
import { Heartbeat } from '../../../src/client/connection/heartbeat.js';
import type { HeartbeatOwner, HeartbeatTimes, Watched } from '../../../src/client/connection/heartbeat.js';
import { VirtualClock } from '../../virtual-clock.js';

export class Peer implements Watched, HeartbeatOwner {
  bytes = 0;
  takenBytes = 0;
  bufferedBytes = 0;
  isSpeaking = false;
  looks = 0;
  pings = 0;
  onPing: () => void = () => undefined;
  onLost: (silentMs: number, pingAnswered: boolean) => void = () => undefined;
  get receivedBytes(): number {
    this.looks += 1;
    return this.bytes;
  }
  peerLost(silentMs: number, pingAnswered: boolean): void {
    this.onLost(silentMs, pingAnswered);
  }
  ping(): void {
    this.pings += 1;
    this.onPing();
  }
}

export const DEFAULTS: HeartbeatTimes = {
  intervalMs: 5_000,
  timeoutMs: 5_000,
  speaking: { intervalMs: 1_000, timeoutMs: 2_000 },
};

export interface Watch {
  readonly clock: VirtualClock;
  readonly peer: Peer;
  readonly heartbeat: Heartbeat;
  readonly deadAtMs: number[];
  readonly silences: number[];
}

export function watch(options = DEFAULTS, clock = new VirtualClock(), peer = new Peer()): Watch {
  const deadAtMs: number[] = [];
  const silences: number[] = [];
  peer.onLost = (silentMs) => {
    deadAtMs.push(clock.nowMs());
    silences.push(silentMs);
  };
  const heartbeat = new Heartbeat(clock, options, peer, peer);
  return { clock, peer, heartbeat, deadAtMs, silences };
}
