import { defineConfig } from 'vitest/config';

/** What real sockets do to five hundred sessions at once shows only where nothing else wants the processor. */
const ALONE = ['test/client/scenario-crowd.test.ts'];

export default defineConfig({
  test: {
    // Every test owns its ports and its clock, so files may run side by side; real-socket scenarios
    // wait for conditions, and this bound only says when a condition will never come.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'side by side',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: ALONE, sequence: { groupOrder: 1 }, fileParallelism: false },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // The entry point of the command runs in processes of their own; everything that it calls is measured.
      exclude: ['src/cli/main.ts'],
      reporter: ['text', 'html', 'json-summary', 'json'],
      thresholds: { branches: 95 },
    },
  },
});
