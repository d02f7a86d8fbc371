/**
 * Checks process warnings during the tests; a setup file of vitest. A warning of this package that the table
 * lists for the test file is expected and is not printed. Any other warning of this package fails the test
 * that is running. Warnings of Node are printed.
 */
import { afterEach, expect } from 'vitest';
import { PROJECT } from '../source-imports.js';

/** Test file → the warnings that its code causes, for example with handlers that throw. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'test/client/events/notifier.test.ts': ['AvatarKitHandlerWarning'],
  'test/client/gate/application-gate.test.ts': ['AvatarKitHandlerWarning'],
  'test/client/hostile-values.property.test.ts': ['AvatarKitHandlerWarning'],
  'test/client/scenario-callbacks.test.ts': ['AvatarKitHandlerWarning'],
  'test/client/scenario-unawaited.test.ts': ['AvatarKitUnheardFailureWarning'],
  'test/client/scenario-interleavings.test.ts': ['AvatarKitUnheardFailureWarning'],
  'test/client/scenario-secrets-matrix.test.ts': ['AvatarKitHandlerWarning'],
  'test/client/scenario-secrets.test.ts': ['AvatarKitHandlerWarning'],
  'test/client/session-decide.test.ts': ['AvatarKitHandlerWarning'],
  'test/client/session-story.test.ts': ['AvatarKitHandlerWarning'],
  'test/recorder/recorder.test.ts': ['AvatarKitRecorderWarning'],
};
/**
 * This warning is emitted at a garbage collection, possibly long after the end of the test file that dropped
 * the session.
 */
const AT_ANY_TIME = 'AvatarKitForgottenSessionWarning';
/**
 * This warning is emitted a minute after a handler has failed again. Another test file may be running then.
 */
const HANDLER_COUNT = /^\d+ more in .*, the latest: /;

/**
 * Several test files share a process, and each of them runs this setup file. The warnings are kept on
 * `globalThis`, because each run has its own copy of this module.
 */
const shared = globalThis as { avatarKitTestWarnings?: Error[] };
const came = (shared.avatarKitTestWarnings ??= listen());

function listen(): Error[] {
  const warnings: Error[] = [];
  const [print] = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name.startsWith('AvatarKit')) warnings.push(warning);
    else print?.(warning);
  });
  return warnings;
}

const file = expect.getState().testPath?.slice(PROJECT.length).replace(/^\//, '') ?? '';
const expected = [AT_ANY_TIME, ...(EXPECTED[file] ?? [])];

afterEach(() => {
  const unexpected = came
    .splice(0)
    .filter(({ name, message }) => !expected.includes(name) && !HANDLER_COUNT.test(message));
  expect(unexpected, 'process warnings that test/support/process-warnings.ts does not expect here').toEqual(
    [],
  );
});
