// @ts-check
import './built.mjs';

export const { createRedisCoordinator } = await import('../../dist/fleet/redis.js');
