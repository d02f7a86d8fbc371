/**
 * Options of an avatar's methods `start` and `aclose`, and the parts that they share with those of its constructor: texts that an
 * environment variable may replace, and the time limit of a drain.
 */
import { requireNumber, requireOptions, requireString } from '../core/option/option-check.js';

/** Options of `AvatarSession.aclose`. */
export interface CloseOptions {
  /**
   * How long speech that the agent has given may still play, milliseconds, 0 to 2³¹−1; 0 interrupts it.
   *
   * @default drainTimeoutMs of the avatar
   */
  readonly drainTimeoutMs?: number | undefined;
}

/** Options of `AvatarSession.start`: the LiveKit server, and the room. */
export interface StartOptions {
  /**
   * The address of the LiveKit server.
   *
   * @default LIVEKIT_URL
   */
  readonly livekitUrl?: string | undefined;
  /**
   * The API key of the LiveKit server. It stays in this process: the service gets a token for the room.
   *
   * @default LIVEKIT_API_KEY
   */
  readonly livekitApiKey?: string | undefined;
  /**
   * The API secret of the LiveKit server. It stays in this process.
   *
   * @default LIVEKIT_API_SECRET
   */
  readonly livekitApiSecret?: string | undefined;
  /**
   * The room that the avatar is published into.
   *
   * @default the room that `start` is given
   */
  readonly livekitRoomName?: string | undefined;
}

const START_NAMES = [
  'livekitUrl',
  'livekitApiKey',
  'livekitApiSecret',
  'livekitRoomName',
] as const satisfies readonly (keyof StartOptions)[];

export const MAX_MS = 2 ** 31 - 1;

export interface RoomServer {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly roomName: string | undefined;
}

/** @param timeoutMs the time limit if no option is given */
export function checkCloseOptions(options: CloseOptions, timeoutMs: number): number {
  const { drainTimeoutMs } = requireOptions('', options, ['drainTimeoutMs']) as CloseOptions;
  return requireDrainTimeout(drainTimeoutMs ?? timeoutMs);
}

export function requireDrainTimeout(timeoutMs: unknown): number {
  return requireNumber('drainTimeoutMs', timeoutMs, { min: 0, max: MAX_MS });
}

/** @throws TypeError that names the option and the environment variable that may replace it */
export function checkStartOptions(options: StartOptions, environment: NodeJS.ProcessEnv): RoomServer {
  const given = requireOptions('', options, START_NAMES) as StartOptions;
  return {
    url: required('livekitUrl', given.livekitUrl, 'LIVEKIT_URL', environment),
    apiKey: required('livekitApiKey', given.livekitApiKey, 'LIVEKIT_API_KEY', environment),
    apiSecret: required('livekitApiSecret', given.livekitApiSecret, 'LIVEKIT_API_SECRET', environment),
    roomName: optional('livekitRoomName', given.livekitRoomName),
  };
}

export function required(
  name: string,
  given: string | undefined,
  variable: string,
  environment: NodeJS.ProcessEnv,
): string {
  const value = optional(name, given ?? environment[variable]);
  if (value === undefined) throw new TypeError(`${name} is missing: give it, or set ${variable}`);
  return value;
}

/** An empty value counts as absent, so that a file of variables can unset one. */
export function optional(name: string, value: unknown): string | undefined {
  return value === undefined || value === '' ? undefined : requireString(name, value);
}
