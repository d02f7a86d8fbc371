// @ts-check
/**
 * Tests the port of the conformance kit in Python: all cases, and plausible bugs, each of which at least one
 * case has to detect.
 */
import { spawnSync } from 'node:child_process';

const ROOT = new URL('../..', import.meta.url).pathname;
const { error, status } = spawnSync('python3', ['-B', 'test/conformance/python/mutants.py'], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (error !== undefined) {
  process.stdout.write(
    'left out: the port of the conformance kit (no python3 on the PATH)\n0 right, 0 wrong\n',
  );
} else {
  process.exitCode = status ?? 1;
}
