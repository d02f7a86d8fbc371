import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import type { TestProjectConfiguration } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** Tests that only proofs run, because they take the processors for long: `test/proofs/run-tests.mjs`. */
const PROVED = [
  'test/bench/bench.test.ts',
  'test/client/scenario-hostile-memory.test.ts',
  'test/inspector/browser/*.test.ts',
  'test/proofs/site/*.test.ts',
];

/** Scenarios that compute for seconds. */
const COMPUTING_SCENARIOS = ['hostile-history', 'hostile-memory'];

/**
 * Scenarios with many sessions at once on real sockets. They run first: beside them are only the analysis of the sources and, in `npm test`,
 * the tests that only compute, both with a lower priority.
 */
const ALONE = ['crowd'];

/**
 * Tests that look at each process warning about a handler, of which a process gives a hundred a minute, or cause so many that what is
 * counted is reported a minute later, in the middle of another test: in a process of their own.
 */
const UNDISTURBED_SCENARIOS = ['callbacks', 'secrets', 'secrets-matrix'];

const scenarios = (names: readonly string[]): string => `test/client/scenario-{${names.join(',')},}.test.ts`;

/** Tests that wait: for real sockets, real time or other processes. They leave the processor idle for a part of their time. */
const WAITING = [
  `test/client/scenario-!(${[...COMPUTING_SCENARIOS, ...ALONE, ...UNDISTURBED_SCENARIOS].join('|')}).test.ts`,
  'test/adapters/{buffer-util,node-debug}.test.ts',
  'test/adapters/token/http-token-source-unanswered.test.ts',
  'test/adapters/ws/ws-upgrade.test.ts',
  'test/cli/{doctor-command,program,say-command}.test.ts',
  'test/client/session-{answers,idle-cuts}.test.ts',
  'test/docs/{ci-run,readme-code,reference,testing-page}.test.ts',
  'test/emulator/fault/faults-runtime.test.ts',
  'test/emulator/session/{conversation,egress,limits}.test.ts',
  'test/examples/{container,container-app,examples,npm-start,provider-examples}.test.ts',
  'test/fleet/redis-*.test.ts',
  'test/livekit/avatar-*.test.ts',
  'test/package/{main-entry,published-files}.test.ts',
  'test/recorder/{record-file,replay}.test.ts',
  'test/relay/scenario-*.test.ts',
];

const UNDISTURBED = [scenarios(UNDISTURBED_SCENARIOS), 'test/client/hostile-values.property.test.ts'];

/** Tests that compute for seconds, or start processes one after the other: `npm run test:quick` leaves them out. */
const SEARCHING = [
  'test/bench/**/*.test.ts',
  'test/cli/{named-files,storm-command}.test.ts',
  'test/client/connection/report-bucket.test.ts',
  scenarios(COMPUTING_SCENARIOS),
  'test/client/session-verdict-table.test.ts',
  'test/core/redaction/redactor-cost.test.ts',
  'test/core/redaction/known-secrets.test.ts',
  'test/core/utterance/replay-pool.property.test.ts',
  'test/client/misplaced-secrets.test.ts',
  'test/docs/{recovery-picture,survival-table,types-of-code}.test.ts',
  'test/examples/voice-agent.test.ts',
  'test/inspector/browser/*.test.ts',
  'test/fuzz/**/*.test.ts',
  'test/model/**/*.test.ts',
  'test/proofs/**/*.test.ts',
  'test/relay/relay-hostile.property.test.ts',
  'test/sim/**/*.test.ts',
  'test/storm/**/*.test.ts',
  'test/types/{consumer,documentation,examples}.test.ts',
  'test/wire/{decode-cost,fuzz}.test.ts',
];

/**
 * Tests that wait for ten seconds or more begin first: the last one of them would be waited for alone. So do some that start one process
 * after the other, which use the processors meanwhile, and one that collects the garbage a hundred times, while its process keeps little.
 */
const LONGEST = [
  'adapters/buffer-util',
  'cli/program',
  'client/scenario-restart',
  'docs/ci-run',
  'docs/readme-code',
  'examples/container-app',
  'examples/npm-start',
  'client/hostile-values',
  'client/scenario-gateway',
  'client/scenario-random-faults',
  'client/scenario-s',
  'client/session-answers',
  'fleet/redis',
  'livekit/avatar-session',
  'wire/decode-cost',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      LONGEST.some((name) => moduleId.includes(`/test/${name}`));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

const PROCESSORS = availableParallelism();

const LEFT_OUT = process.env['SEARCH'] === 'full' ? [] : PROVED;

/** They look at what a whole process keeps: the sessions that other tests leave would count. */
const SEARCHES: TestProjectConfiguration = {
  extends: true,
  test: {
    name: 'searching',
    include: SEARCHING,
    exclude: LEFT_OUT,
    maxWorkers: PROCESSORS,
    sequence: { groupOrder: 2 },
  },
};

/** They measure time: what searches runs after them, and what only computes runs beside them with a lower priority (`test/loop/run.mjs`). */
const BY_THE_CLOCK: TestProjectConfiguration[] = [
  {
    extends: true,
    test: {
      name: 'waiting',
      include: WAITING,
      maxWorkers: 3 * PROCESSORS,
      sequence: { groupOrder: 1 },
    },
  },
  {
    extends: true,
    test: { name: 'alone', include: [scenarios(ALONE)], sequence: { groupOrder: 0 }, fileParallelism: false },
  },
  {
    extends: true,
    test: {
      name: 'undisturbed',
      include: UNDISTURBED,
      isolate: true,
      maxWorkers: 3 * PROCESSORS,
      sequence: { groupOrder: 1 },
    },
  },
];

/** Two parts of the tests run at once, and each records how long its files took: `test/loop/run.mjs`. */
const PART = process.env['TEST_PART'];

export default defineConfig({
  ...(PART === undefined ? {} : { cacheDir: `node_modules/.cache/vitest-${PART}` }),
  test: {
    // Real-socket scenarios wait for conditions, and this bound only says when a condition will never come.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    globalSetup: ['test/support/needs-build.ts'],
    setupFiles: ['test/support/process-warnings.ts'],
    // Every test owns its ports and its clock and leaves nothing behind. The files of a worker therefore share one process:
    // a process and a module graph for each file cost five times as much as the tests themselves.
    isolate: false,
    // The projects take each file that one of them has compiled; so does the next run.
    experimental: { fsModuleCache: true, fsModuleCachePath: 'node_modules/.cache/vitest-modules' },
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'computing',
          include: ['test/**/*.test.ts'],
          exclude: [...WAITING, scenarios(ALONE), ...UNDISTURBED, ...SEARCHING],
          maxWorkers: PROCESSORS,
          // In `npm test` they get what the other tests leave of the processors.
          testTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      SEARCHES,
      ...BY_THE_CLOCK,
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
