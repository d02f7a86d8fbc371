/**
 * Mutants of one folder of the pure core, judged by the tests of that folder: `npm run prove -- mutation` does so for every folder and adds up.
 * Only these tests judge, because a mutant that only a socket, or only another folder, notices is one that they missed.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', related: true },
  mutate: [`src/core/${process.env['FOLDER'] ?? '**'}/*.ts`],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  incremental: false,
  reporters: ['progress-append-only', 'json'],
  jsonReporter: { fileName: `reports/mutation/${process.env['FOLDER'] ?? 'core'}.json` },
  // What the tests of the core do not need is not copied.
  ignorePatterns: ['/coverage', '/examples', '/reports'],
  tempDirName: 'reports/stryker',
  // A mutant of a table that is made while it is loaded takes all tests of its folder: there are too few of those to leave it out.
  warnings: { unknownOptions: true, preprocessorErrors: true, unserializableOptions: true, slow: false },
  allowEmpty: false,
};
