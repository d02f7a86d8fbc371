export * from '../../dist/fleet/redis.js';
