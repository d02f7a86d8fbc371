/** The tests that judge a mutant of the core, with one seed for all properties: a score that can be measured again. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Every file costs a start for each mutant: a folder of the core is judged by its own tests alone.
    include: [`test/core/${process.env['FOLDER'] ?? '**'}/*.test.ts`],
    setupFiles: ['test/mutation/fixed-seed.ts'],
    testTimeout: 30_000,
    // The core keeps nothing between two files: one worker for all of them is ten times faster.
    isolate: false,
  },
});
