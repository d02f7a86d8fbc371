import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Every test owns its ports and its clock, so files may run side by side; real-socket scenarios
    // wait for conditions, and this bound only says when a condition will never come.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    restoreMocks: true,
  },
});
