import { describe, expect, it } from 'vitest';
import { EMULATE_FLAGS, namedByFlag, NOT_FLAGS, readEmulateFlags } from '../../src/cli/emulate-options.js';
import { resolveEmulatorOptions } from '../../src/emulator/context/resolve-emulator-options.js';

describe('the options of emulate', () => {
  it('are those of the embedded service, each once, except the listed ones', () => {
    const options = Object.keys(resolveEmulatorOptions({})).sort();
    expect([...EMULATE_FLAGS.map(({ sets }) => sets), ...Object.keys(NOT_FLAGS)].sort()).toEqual(options);
  });

  it.each<[string, string | boolean | string[], object]>([
    ['pace', 'realtime', { pace: 1 }],
    ['pace', '2.5', { pace: 2.5 }],
    ['keyframes-per-message', '3', { keyframesPerMessage: 3 }],
    ['keyframes-per-message', '1-5', { keyframesPerMessage: [1, 5] }],
    ['idle-timeout', '5000', { idleTimeoutMs: 5_000 }],
    ['idle-timeout', 'Infinity', { idleTimeoutMs: Infinity }],
    ['max-sessions', '2', { maxSessions: 2 }],
    ['reusable-tokens', true, { singleUseTokens: false }],
    ['avatar-id', ['a', 'b'], { avatars: ['a', 'b'] }],
    ['allowed-host', ['gateway.test'], { allowedHosts: ['gateway.test'] }],
  ])('--%s %j', (name, given, resolved) => {
    expect(resolveEmulatorOptions(readEmulateFlags({ [name]: given }))).toMatchObject(resolved);
  });

  it('that are refused appear with the name of the command-line option', () => {
    const error = new RangeError('maxSessions must be a finite number of at least 0, got -1');
    expect(namedByFlag(error)).toMatchObject({
      name: 'InputError',
      message: '--max-sessions must be a finite number of at least 0, got -1',
    });
    const other = new RangeError('apps[0].apiKey must not be empty');
    expect(namedByFlag(other)).toBe(other);
  });
});
