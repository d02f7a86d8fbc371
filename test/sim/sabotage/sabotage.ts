/**
 * A defect that a session could have, put between the session and the world: by wrapping what the session or
 * the network is given, never by a switch in the product. Some check must notice it.
 */
import type { AvatarSessionOptions } from '../../../src/index.js';
import type { AudioSource } from '../application/audio-source.js';
import type { NetworkService } from '../network/network.js';
import type { WorldTime } from '../world/world-time.js';
import type { World } from '../world/world.js';

export interface Sabotage {
  readonly name: string;
  /** What goes wrong, in one sentence. */
  readonly defect: string;
  /** The checks that may notice it first. */
  readonly noticedBy: readonly string[];
  /** The adversary whose worlds show it. Default: all worlds. */
  readonly adversary?: string;
  /** What the session is given instead of its options: transport, clock, HTTP client, policy and callbacks among them. */
  tamper?(options: AvatarSessionOptions, world: World): AvatarSessionOptions;
  /** What the network has instead of its service. */
  tamperService?(service: NetworkService, time: WorldTime): NetworkService;
  /** What `speak` is given instead of the application's source. */
  tamperSource?(source: AudioSource): AudioSource;
  /** What `start` is given instead of the application's signal. */
  tamperSignal?(signal: AbortSignal): AbortSignal;
}
