/// <reference types="node" preserve="true" />
/** The public surface of `avatarkit-session/redis`: a coordinator of many processes on Redis or Valkey. */
export { createRedisCoordinator } from './redis-coordinator.js';
export type { RedisCoordinator } from './redis-coordinator.js';
export type { RedisCoordinatorOptions } from './redis-options.js';
export type { IoRedisLike, NodeRedisLike, RedisClientLike } from './redis-client.js';
export type { MemoryCoordinator } from './memory-coordinator.js';
export type { FleetLimits } from './fleet-limits.js';
export type { FleetEndpoint, FleetLease, FleetSnapshot } from '../ports/fleet-snapshot.js';
export type {
  FleetCoordinator,
  FleetMember,
  FleetNews,
  FleetRequest,
  FleetWait,
  Lease,
} from '../ports/fleet-coordinator.js';
export type { Clock, Timer } from '../ports/clock.js';
export type { Random } from '../ports/random.js';
