/**
 * Replays a recorded flight in virtual time: the session of this version against the recorded behaviour of the service and the network.
 */
import { newAvatarSession } from '../../client/avatar-session.js';
import type { AvatarSessionOptions } from '../../client/options/session-options.js';
import { createVirtualClock } from '../../emulator/context/caller-clocks.js';
import type { FlightLine } from '../flight-record.js';
import { createRecorder } from '../index.js';
import type { Json } from '../line-kinds.js';
import { courseOf, differencesOf } from './course.js';
import type { Course, Difference } from './course.js';
import {
  CLOSE_WAITS_MS,
  scheduleApplication,
  scriptedDecisions,
  scriptedGate,
} from './scripted-application.js';
import { ScriptedService } from './scripted-service.js';
import { scriptOf } from './script.js';

export { Unplayable } from './script.js';

export interface Replay {
  readonly durationMs: number;
  readonly recorded: Course;
  readonly replayed: Course;
  /** Empty if the session behaved the same. */
  readonly differences: readonly Difference[];
}

/** The options that are taken from a record; the others are secrets, implementations, or irrelevant in virtual time. */
const TAKEN = [
  ...['appId', 'avatarId', 'sampleRate', 'bitrate', 'useQueryAuth', 'timeoutMs', 'silenceTimeoutMs'],
  ...['sourceTimeoutMs', 'readerTimeoutMs', 'recovery', 'overlap', 'replay', 'idle', 'maxSessionMs'],
  ...['heartbeat', 'maxMessageBytes', 'consoleEndpointUrl', 'ingressEndpointUrl'],
];

/** Rooms with a host name that is never resolved: the script replaces the service, and nothing is dialled. */
const ROOMS: Readonly<Record<string, Partial<AvatarSessionOptions>>> = {
  livekit: { livekitEgress: { url: 'wss://room.invalid', apiToken: 'replayed', roomName: 'replayed' } },
  agora: { agoraEgress: { channelName: 'replayed', token: 'replayed' } },
};

/**
 * @param lines the lines of one session
 * @throws Unplayable for an incomplete record, and TypeError or RangeError for options that no session accepts
 */
export async function replayFlight(lines: readonly FlightLine[]): Promise<Replay> {
  const script = scriptOf(lines);
  const clock = createVirtualClock();
  const service = new ScriptedService(script, clock);
  const pieces: string[] = [];
  const session = newAvatarSession({
    appId: 'app',
    avatarId: 'avatar',
    ...optionsOf(script.config),
    apiKey: 'replayed',
    retry: { ...objectOf(script.config['retry']), decide: scriptedDecisions(script, clock) },
    connectGate: scriptedGate(() => service.dialBegins(), clock),
    httpPost: service.httpPost,
    transport: service.transport,
    clock,
    random: { next: () => 0 },
    onFrame: () => undefined,
    onError: () => undefined,
  });
  const recorder = createRecorder({ stream: { write: (text) => pieces.push(text) }, clock });
  try {
    scheduleApplication(script, clock, session);
    // Lets the last millisecond of the record pass, with everything that follows from it without a delay.
    const isOver = [script.closeMs, script.abortMs, script.givenUpMs].some((ms) => ms !== undefined);
    await clock.advance(Math.ceil(script.durationMs) + 1 + (isOver ? 2 * CLOSE_WAITS_MS : 0));
  } finally {
    await recorder.close();
    const closed = session.close();
    await clock.run(closed);
  }
  const flown = pieces
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as FlightLine)
    .filter((line) => 'session_id' in line && line.session_id === session.id);
  const [recorded, replayed] = [courseOf(lines), courseOf(flown)];
  return {
    durationMs: script.durationMs,
    recorded,
    replayed,
    differences: differencesOf(recorded, replayed),
  };
}

function optionsOf(config: Json): Partial<AvatarSessionOptions> {
  const taken = TAKEN.filter((name) => config[name] !== undefined).map((name) => [name, config[name]]);
  const { egress } = config;
  const room = typeof egress === 'string' && Object.hasOwn(ROOMS, egress) ? ROOMS[egress] : {};
  return { ...(Object.fromEntries(taken) as Partial<AvatarSessionOptions>), ...room };
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
