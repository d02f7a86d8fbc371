import { describe, expect, it } from 'vitest';
import { AvatarEmulator, type EmulatorOptions } from '../../../src/emulator/index.js';

describe('the options of the embedded service', () => {
  it.each<[object, new () => Error, string]>([
    [{ port: -1 }, RangeError, 'port must be a whole number from 0 to 65535, got -1'],
    [{ port: '80' }, TypeError, 'port must be a number, got "80"'],
    [
      { host: '10.0.0.1' },
      RangeError,
      'host must be one of 127.0.0.1, ::1, localhost, 0.0.0.0, ::, got "10.0.0.1"',
    ],
    [
      { host: '0.0.0.0' },
      TypeError,
      'host 0.0.0.0 is reached from outside: list the names that clients call it by in allowedHosts (--allowed-host NAME)',
    ],
    [{ allowedHosts: 'a.test' }, TypeError, 'allowedHosts must be an array, got string'],
    [
      { allowedHosts: ['a.test:80'] },
      TypeError,
      'allowedHosts[0] must be the name of a host, without port, got a string of 9 characters',
    ],
    [{ seed: 1.5 }, RangeError, 'seed must be a whole number'],
    [{ prot: 1 }, TypeError, 'unknown option prot; known names: port, host'],
    [
      { faults: 'chaos' },
      TypeError,
      "faults must be a list of faults, got the name of one: use FAULT_PLANS.chaos or parseFaults('chaos')",
    ],
    [
      { faults: '[{"kind":"reset","phase":"upgrade"}]' },
      TypeError,
      'faults must be a list of faults, got a string of 36 characters: parseFaults() makes one of JSON and of the names in FAULT_PLANS',
    ],
    [{ faults: [{ kind: 'reset' }] }, TypeError, 'faults[0].phase must be one of'],
    [{ apps: [] }, RangeError, 'apps must have at least 1 item, got 0'],
    [{ apps: [{ appId: 'a', apiKey: '' }] }, RangeError, 'apps[0].apiKey must not be empty'],
    [{ apps: [{ appId: 'a', apiKey: 'k', maxSessions: -1 }] }, RangeError, 'apps[0].maxSessions must be'],
    [{ apps: [{ appId: 'a', apiKey: 'k', creditMs: -1 }] }, RangeError, 'apps[0].creditMs must be'],
    [{ ghostMs: -1 }, RangeError, 'ghostMs must be'],
    [
      { overLimit: 'ignore' },
      RangeError,
      'overLimit must be one of refuse, close, got a string of 6 characters',
    ],
    [{ roomTokens: 'JWT' }, RangeError, 'roomTokens must be one of any, jwt, got "JWT"'],
    [{ tokenEndsSession: 1 }, TypeError, 'tokenEndsSession must be true or false, got 1'],
    [{ avatars: [''] }, RangeError, 'avatars[0] must not be empty'],
    [{ capabilities: 'playback_state' }, TypeError, 'capabilities must be an array, got string'],
    [{ tokenErrorShape: 'E' }, RangeError, 'tokenErrorShape must be one of A, B, C, D, got "E"'],
    [
      { keyframesPerMessage: 0 },
      RangeError,
      'keyframesPerMessage must be a whole number from 1 to 1000, got 0',
    ],
    [
      { keyframesPerMessage: [5, 2] },
      RangeError,
      'keyframesPerMessage[1] must be a whole number from 5 to 1000, got 2',
    ],
    [{ pace: 0 }, RangeError, 'pace must be'],
    [{ pace: 'fast' }, TypeError, 'pace must be unpaced, realtime or a number, got'],
    [{ pace: 'realtimee' }, TypeError, 'did you mean realtime?'],
    [{ idleTimeoutMs: 0 }, RangeError, 'idleTimeoutMs must be'],
    [{ idleTimeoutMs: 2 ** 31 }, RangeError, 'or Infinity, got 2147483648'],
    [{ idleCloseCode: 1000 }, RangeError, 'idleCloseCode must be one of 1008, 1011, got 1000'],
    [{ creditMs: -1 }, RangeError, 'creditMs must be'],
    [{ maxSessions: NaN }, RangeError, 'maxSessions must be'],
    [{ playoutSpeed: 0 }, RangeError, 'playoutSpeed must be'],
    [{ retryAfterSeconds: 1.5 }, RangeError, 'retryAfterSeconds must be a whole number'],
    [{ singleUseTokens: 1 }, TypeError, 'singleUseTokens must be true or false, got 1'],
  ])('refuses %j', async (options, errorClass, message) => {
    const start = AvatarEmulator.start(options);
    await expect(start).rejects.toThrow(message);
    await expect(start).rejects.toBeInstanceOf(errorClass);
  });

  it('accepts Infinity for "no limit"', async () => {
    const never = {
      idleTimeoutMs: Infinity,
      maxSessionMs: Infinity,
      creditMs: Infinity,
      maxSessions: Infinity,
    };
    await using service = await AvatarEmulator.start(never);
    expect(service.openSockets).toBe(0);
  });

  it('uses the default for undefined', async () => {
    await using service = await AvatarEmulator.start({
      port: undefined,
      apps: undefined,
    } as unknown as EmulatorOptions);
    expect(service.credentials).toEqual({
      apiKey: 'emulated-api-key',
      appId: 'emulated-app',
      avatarId: 'emulated-avatar',
    });
  });
});
