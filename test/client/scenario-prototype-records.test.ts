/**
 * `Object.prototype` has further members with the names of options, arguments, errors and listeners: every error, event
 * and result is unchanged.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { FURTHER_NAMES } from './polluted-prototype.js';

it('members of Object.prototype change no error and no event', { timeout: 60_000 }, async () => {
  await using service = await AvatarEmulator.start();
  const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
  const options = { ...credentials, consoleEndpointUrl, ingressEndpointUrl };
  const script = join(import.meta.dirname, 'scenario-support/pollutes-records.mjs');
  const args = [script, JSON.stringify(options), JSON.stringify(FURTHER_NAMES)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { harmful, expected } = JSON.parse(stdout) as { harmful: string[]; expected: string };
  expect(harmful).toEqual([]);
  // Makes sure that the script has recorded the expected events.
  expect(expected).toContain('["delivered",true,["once","first: session_token"');
  expect(expected.split('\n')).toHaveLength(20);
});
