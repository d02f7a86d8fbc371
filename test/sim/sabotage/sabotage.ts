/**
 * A possible defect of a session, made outside it: a wrapper changes the objects that the session or the
 * network gets. The product has no switch for it. At least one check must detect it.
 */
import type { AvatarSessionOptions } from '../../../src/index.js';
import type { AudioSource } from '../application/audio-source.js';
import type { NetworkService } from '../network/network.js';
import type { WorldTime } from '../world/world-time.js';
import type { World } from '../world/world.js';

export interface Sabotage {
  readonly name: string;
  /** The defect, in one sentence. */
  readonly defect: string;
  /** The checks that may detect it first. */
  readonly noticedBy: readonly string[];
  /** The adversary whose worlds show it. Default: all worlds. */
  readonly adversary?: string;
  /** Replaces the options of the session: transport, clock, HTTP client, policy, callbacks and others. */
  tamper?(options: AvatarSessionOptions, world: World): AvatarSessionOptions;
  /** Replaces the service of the network. */
  tamperService?(service: NetworkService, time: WorldTime): NetworkService;
  /** Replaces the application's source, before it is passed to `speak`. */
  tamperSource?(source: AudioSource): AudioSource;
  /** Replaces the application's signal, before it is passed to `start`. */
  tamperSignal?(signal: AbortSignal): AbortSignal;
}
