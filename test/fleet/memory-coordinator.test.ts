import { describe, expect, it } from 'vitest';
import { createMemoryCoordinator } from '../../src/index.js';
import type { MemoryCoordinator } from '../../src/index.js';
import { VirtualClock } from '../virtual-clock.js';
import { describeCoordinator } from './coordinator-contract.js';

describeCoordinator('createMemoryCoordinator', () => {
  const clock = new VirtualClock();
  let made: MemoryCoordinator | undefined;
  return Promise.resolve({
    join: (limits) => (made ??= createMemoryCoordinator({ ...limits, clock })),
    pass: (ms) => clock.advance(ms),
    stop: () => Promise.resolve(),
  });
});

describe('the options of createMemoryCoordinator', () => {
  it.each([
    [{ maxSessions: 0 }, 'maxSessions must be a whole number of at least 1 or Infinity, got 0'],
    [{ dialsPerSecond: 0 }, 'dialsPerSecond must be a finite number of at least 0.1 or Infinity, got 0'],
    [{ maxSession: 2 }, 'unknown option'],
  ])('refuses %j', (options, message) => {
    expect(() => createMemoryCoordinator(options as object)).toThrow(message);
  });
});
