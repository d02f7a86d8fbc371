import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/cli/command.js';
import { resolveServiceTarget } from '../../src/cli/command-choices.js';

const ENV = { AVATARKIT_API_KEY: 'key', AVATARKIT_APP_ID: 'app', AVATARKIT_AVATAR_ID: 'avatar' };

describe('the chosen service', () => {
  it.each([
    ['nothing is given', {}],
    ['the variables are empty', { AVATARKIT_API_KEY: '', AVATARKIT_REGION: '' }],
  ])('is the embedded one if %s', (_, env) => {
    expect(resolveServiceTarget({}, env, false)).toEqual({ kind: 'embedded' });
  });

  it('is the embedded one if faults are configured, even if the environment names a real one', () => {
    expect(resolveServiceTarget({}, ENV, true)).toEqual({ kind: 'embedded' });
  });

  it('is a real one from variables alone', () => {
    expect(resolveServiceTarget({}, { ...ENV, AVATARKIT_REGION: 'cn-beijing' }, false)).toEqual({
      kind: 'real',
      options: { apiKey: 'key', appId: 'app', avatarId: 'avatar', region: 'cn-beijing' },
    });
  });

  it('is chosen by options before variables', () => {
    const values = {
      'app-id': 'other',
      'console-url': 'http://localhost:1',
      'ingress-url': 'ws://localhost:1',
    };
    expect(resolveServiceTarget(values, ENV, false)).toMatchObject({
      options: {
        appId: 'other',
        avatarId: 'avatar',
        consoleEndpointUrl: 'http://localhost:1',
        ingressEndpointUrl: 'ws://localhost:1',
      },
    });
  });

  it.each<[string, object, Record<string, string>, boolean, RegExp]>([
    ['the API key', { region: 'us-west' }, {}, false, /set AVATARKIT_API_KEY/],
    ['the app id', {}, { AVATARKIT_API_KEY: 'key' }, false, /--app-id is missing \(or AVATARKIT_APP_ID\)/],
    ['the avatar id', { 'app-id': 'app' }, { AVATARKIT_API_KEY: 'key' }, false, /--avatar-id is missing/],
    [
      'one of the two services',
      { 'app-id': 'app' },
      ENV,
      true,
      /--faults is for the embedded service, --app-id names/,
    ],
  ])('%s has to be named', (_, values, env, faults, message) => {
    const refused = (): unknown => resolveServiceTarget(values, env, faults);
    expect(refused).toThrow(InputError);
    expect(refused).toThrow(message);
  });
});
