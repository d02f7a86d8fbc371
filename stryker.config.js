/**
 * Mutation score of the pure core: `npm run mutation`, or a part of it with `npm run mutation -- --mutate 'src/core/session/**'`.
 * Only the core's own tests judge, because a mutant that only a socket notices is one that they missed.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', related: true },
  mutate: ['src/core/**/*.ts'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  incremental: false,
  reporters: ['progress-append-only', 'clear-text', 'html'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: 'reports/mutation.html' },
  // What the tests of the core do not need is not copied.
  ignorePatterns: ['/coverage', '/examples', '/reports'],
  tempDirName: 'reports/stryker',
  thresholds: { high: 95, low: 85, break: 85 },
  allowEmpty: false,
};
