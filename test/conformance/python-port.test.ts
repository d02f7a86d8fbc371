/**
 * Runs the port in Python, where Python is installed: all cases can be met with the tables and the README
 * alone.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { PROJECT } from '../source-imports.js';

const RUNNER = 'test/conformance/python/run.py';
const python = spawnSync('python3', ['-B', '--version']);
if (python.error !== undefined)
  process.stdout.write('left out: the port of the conformance kit (no python3 on the PATH)\n');

describe.skipIf(python.error !== undefined)('the port in Python', () => {
  it('passes all cases of its subjects', () => {
    const { stdout, status } = spawnSync('python3', ['-B', RUNNER], { cwd: PROJECT, encoding: 'utf8' });
    expect(stdout).toMatch(/^\d{3,} right, 0 wrong\n$/);
    expect(status).toBe(0);
  });

  it('fails for a file that has no case', () => {
    const { stdout, status } = spawnSync('python3', ['-B', RUNNER, 'nothing.json'], {
      cwd: PROJECT,
      encoding: 'utf8',
    });
    expect(stdout).toBe('0 right, 0 wrong\n');
    expect(status).toBe(1);
  });
});
