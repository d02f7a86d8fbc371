/** The tests that judge a mutant of the core, with one seed for all properties: a score that can be measured again. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts'],
    setupFiles: ['test/mutation/fixed-seed.ts'],
    testTimeout: 30_000,
  },
});
