/** A session that publishes into a room, in virtual time, with a scripted service. */
import type { AvatarSessionOptions, PlaybackEvent } from '../../../src/index.js';
import { MessageType, PlaybackStateValue } from '../../../src/ports/message.js';
import { audioMessages, wireIdsOf } from '../../support/confirmed-session.js';
import { startedVirtualSession } from '../virtual-session.js';
import type { VirtualSession } from '../virtual-session.js';

/** The bytes of one second of speech at 16 kHz. */
export const SECOND_BYTES = 32_000;
export const SECOND = new Uint8Array(SECOND_BYTES);
export const livekitEgress = { url: 'wss://room.test', roomName: 'r', publisherId: 'p', apiToken: 't' };

export interface Room extends VirtualSession {
  readonly playback: PlaybackEvent[];
  /** The playback events, as `started 0` or `paused 500`. */
  readonly said: () => string[];
  /** The request ids of the latest connection, in the order of their first audio. */
  readonly wireIds: () => string[];
  /** The types of the messages of one request that the latest connection received after its configuration. */
  readonly received: (reqId: string) => number[];
  /** The number of audio bytes on the latest connection. */
  readonly audioBytes: () => number;
  readonly state: (state: keyof typeof PlaybackStateValue, playedMs: number, more?: State) => void;
  /** Sends an empty animation message. */
  readonly signal: (end?: boolean, reqId?: string) => void;
}

interface State {
  readonly reqId?: string;
  readonly reason?: string;
}

export const CAPABILITIES = ['playback_control', 'playback_state'];

export async function openRoom(
  options: Partial<AvatarSessionOptions> = {},
  capabilities: (connection: number) => readonly string[] = () => CAPABILITIES,
): Promise<Room> {
  const virtual = await startedVirtualSession({
    service: (dial) => void dial.confirm(undefined, capabilities(dial.number)),
    options: { heartbeat: false, livekitEgress, retry: { backoff: { baseMs: 100 } }, ...options },
  });
  const { session, transport } = virtual;
  const playback: PlaybackEvent[] = [];
  session.on('playback', (event) => playback.push(event));
  const wireIds = (): string[] => wireIdsOf(virtual);
  const latestId = (): string => wireIds().at(-1) ?? '';
  const head = { connectionId: 'c' } as const;
  return {
    ...virtual,
    playback,
    said: () => playback.map(({ state, positionMs }) => `${state} ${positionMs ?? '?'}`),
    wireIds,
    received: (reqId) =>
      transport.latest.received.flatMap((one) => ('reqId' in one && one.reqId === reqId ? [one.type] : [])),
    audioBytes: () => audioMessages(virtual).reduce((sum, one) => sum + one.audio.length, 0),
    state: (state, playedMs, { reqId = latestId(), reason = '' } = {}) => {
      const type = MessageType.serverPlaybackState;
      transport.latest.say({ ...head, type, reqId, state: PlaybackStateValue[state], playedMs, reason });
    },
    signal: (end = false, reqId = latestId()) => {
      const type = MessageType.serverResponseAnimation;
      transport.latest.say({ ...head, type, reqId, end, avatarId: '', keyframes: [] });
    },
  };
}

/** The control messages of the latest connection: `pause 0`, with the number of the request on it. */
export function controls({ transport, wireIds }: Room): string[] {
  return transport.latest.received.flatMap((one) => {
    if (one.type !== MessageType.clientPause && one.type !== MessageType.clientResume) return [];
    return [`${one.type === MessageType.clientPause ? 'pause' : 'resume'} ${wireIds().indexOf(one.reqId)}`];
  });
}

/** Ends the connection without a close, and waits until the session is connected again. */
export async function reconnected(room: Room): Promise<void> {
  const before = room.reconnects.length;
  room.transport.latest.drop();
  await room.clock.until(() => room.reconnects.length > before);
}
